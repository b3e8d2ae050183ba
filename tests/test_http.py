"""Running the server: its HTTP pages, its start and its end, its command line."""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import aiohttp
import pytest

from harness.client import Client, show
from harness.server import Process, binary
from harness.xml import NS

pytestmark = pytest.mark.parterre


async def fetch(server, path: str, **options):
    async with aiohttp.ClientSession() as http, http.get(server.http + path, **options) as answer:
        return answer, await answer.text()


async def test_host_meta(server):
    """XEP-0156: where WebSocket and BOSH are, seen through the proxy's eyes."""
    answer, text = await fetch(server, "/.well-known/host-meta")
    assert answer.content_type == "application/xrd+xml" and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert f"ws://127.0.0.1:{server.http_port}/xmpp-websocket" in text and f"{server.http}/http-bind" in text
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.org"}
    _, text = await fetch(server, "/.well-known/host-meta.json", headers=proxied)
    assert "wss://chat.example.org/xmpp-websocket" in text and "https://chat.example.org/http-bind" in text
    answer, _ = await fetch(server, "/.well-known/host-meta.json")
    links = {link["rel"]: link["href"] for link in (await _json(server))["links"]}
    assert links["urn:xmpp:alt-connections:websocket"] == server.websocket
    assert links["urn:xmpp:alt-connections:xbosh"] == server.bosh


async def _json(server):
    async with aiohttp.ClientSession() as http, http.get(server.http + "/.well-known/host-meta.json") as answer:
        return await answer.json(content_type=None)


async def test_health_metrics_and_landing_page(server):
    assert (await fetch(server, "/healthz"))[0].status == 200
    async with await Client.connect(server, transport="websocket"):
        _, text = await fetch(server, "/metrics")
        assert 'parterre_connections{transport="websocket"} 1' in text and text.endswith("# EOF\n")
    answer, page = await fetch(server, "/")
    assert answer.status == 200 and answer.content_type == "text/html"
    assert "xmpp-websocket" in page or "http-bind" in page
    assert (await fetch(server, "/no-such-page"))[0].status == 404


async def test_a_store_that_works_again_is_well_though_nobody_speaks(server):
    room = f"room@{server.muc}"
    async with await Client.connect(server) as client, asyncio.timeout(60):
        await client.create(room, "romeo")
        # Another program has the database for longer than the server waits.
        with contextlib.closing(sqlite3.connect(server.directory / "data" / "parterre.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await client.send(f"<message to='{room}' type='groupchat' id='lost'><body>lost</body></message>")
            await client.expect("message", 30, id="lost", type="error")
            answer, text = await fetch(server, "/healthz")
            assert answer.status == 503 and "the database could not keep" in text
        while (await fetch(server, "/healthz"))[0].status != 200:
            await asyncio.sleep(0.2)


async def test_websocket_without_the_subprotocol(server):
    """RFC 7395 §3.1: `xmpp` has to be among the protocols."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(server.websocket)
        async with http.get(server.http + "/xmpp-websocket") as answer:
            assert answer.status in (400, 405, 426)


async def test_a_websocket_on_a_connection_that_was_used_before(server):
    """Caddy, Traefik, HAProxy and nginx's `keepalive` use a connection again, for whatever comes next (RFC 9110 §7.8)."""
    again = []

    async def note(*_):
        again.append(True)

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        for path in ("/healthz", "/http-bind"):
            async with http.get(server.http + path) as answer:
                await answer.read()
        async with http.ws_connect(server.websocket, protocols=("xmpp",)) as socket:
            assert len(again) == 2, "the client opened another connection"
            assert socket.protocol == "xmpp"
            await socket.send_str(f"<open xmlns='{NS['framing']}' to='{server.anonymous_domain}' version='1.0'/>")
            header = ET.fromstring(await socket.receive_str())
            assert header.tag == f"{{{NS['framing']}}}open" and header.get("from") == server.anonymous_domain


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_graceful_stop(server, transport):
    """SIGTERM: every stream is told `system-shutdown` (RFC 6120 §4.9.3.20), and the end comes within five seconds."""
    async with await Client.connect(server, transport=transport) as client:
        began = time.monotonic()
        server.process.child.send_signal(signal.SIGTERM)
        closed = await client.wait_closed()
        assert closed.condition == "system-shutdown"
    assert await asyncio.to_thread(server.process.wait, 10) == 0
    assert time.monotonic() - began < 5.5


async def test_stop_does_not_wait_for_those_who_do_not_listen(server):
    clients = [await Client.connect(server) for _ in range(5)]
    for client in clients:
        client._reader.cancel()
    began = time.monotonic()
    assert await asyncio.to_thread(server.stop) == 0
    assert time.monotonic() - began < 5.5


async def test_what_was_said_is_there_after_a_stop(server):
    room = f"kept@{server.muc}"
    server.add_account("romeo", "password")
    async with await Client.connect(server, "romeo@localhost") as romeo:
        await romeo.join(room, "Romeo")
        form = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" \
               "http://jabber.org/protocol/muc#roomconfig</value></field>" \
               "<field var='muc#roomconfig_persistentroom'><value>1</value></field></x>"
        await romeo.iq("set", room, f"<query xmlns='http://jabber.org/protocol/muc#owner'>{form}</query>")
        for n in range(5):
            await romeo.say(room, f"line {n}")
    assert await asyncio.to_thread(server.stop) == 0
    server.start()
    async with await Client.connect(server, "romeo@localhost") as romeo:
        await romeo.send(f"<presence to='{room}/Romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        for n in range(5):
            line = await romeo.expect("message/c:body")
            assert line.findtext("{jabber:client}body") == f"line {n}"
            assert line.find("{urn:xmpp:delay}delay") is not None


def test_with_parent(make_server):
    """The server ends when the process that started it does, however that one ended."""
    server = make_server()
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline().strip(), child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(binary()), "serve", "--config", str(server.config), "--with-parent"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=server.directory,
    )
    pid = int(parent.stdout.readline().split()[-1])
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _lives(pid):
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_ready_line(make_server):
    server = make_server().start()
    said = [line for line in server.process.lines if "ready" in line]
    assert len(said) == 1 and str(server.http_port) in said[0]


# -- Exit codes: 0 fine, 1 failed, 2 wrong usage or configuration ------------------------------------------------

@pytest.mark.parametrize("key, nearest", [
    ("limits.stanza_byte", "stanza_bytes"),
    ("http.lisen", "listen"),
    ("domian", "domain"),
    ("rooms.admin", "admins"),
    ("limitz.rooms", "limits"),
])
def test_an_unknown_key_is_named_with_the_nearest_one(make_server, key, nearest):
    server = make_server(**{key.replace(".", "__"): 1})
    done = server.run("serve", "--config", str(server.config))
    said = done.stdout + done.stderr
    assert done.returncode == 2
    assert key.split(".")[-1 if "." in key and key.split(".")[0] != "limitz" else 0] in said and nearest in said


@pytest.mark.parametrize("key, value", [
    ("limits.stanza_bytes", "many"),
    ("limits.stanza_bytes", 1),
    ("limits.idle_time", "soon"),
    ("http.listen", "nowhere"),
    ("http.trusted_proxies", ["localhost"]),
    ("rooms.create", "nobody"),
    ("rooms.admins", ["not an address@"]),
    ("domain", "two words"),
    ("c2s.listen", "0.0.0.0:5222"),  # with allow_plaintext
    ("history.retention", "-3d"),
])
def test_a_wrong_value_is_refused_with_its_key(make_server, key, value):
    server = make_server(**{key.replace(".", "__"): value})
    done = server.run("serve", "--config", str(server.config))
    assert done.returncode == 2, done.stdout + done.stderr
    assert key.split(".")[-1] in done.stdout + done.stderr


def test_an_unknown_variable_is_refused(make_server):
    server = make_server()
    done = subprocess.run(
        [str(binary()), "serve", "--config", str(server.config)], capture_output=True, text=True, timeout=30,
        env={**os.environ, "PARTERRE__LIMITS__STANZA_BYTE": "20000"}, cwd=server.directory,
    )
    assert done.returncode == 2 and "stanza_bytes" in (done.stdout + done.stderr).lower()


async def test_a_variable_counts_more_than_the_file(make_server):
    server = make_server(limits__rooms_per_connection=5)
    server.start(env={"PARTERRE__LIMITS__ROOMS_PER_CONNECTION": "1"})
    async with await Client.connect(server) as client:
        await client.join(f"one@{server.muc}", "Nick")
        assert (await client.join(f"two@{server.muc}", "Nick")).get("type") == "error"


def test_usage(make_server):
    server = make_server()
    assert server.run("dance").returncode == 2
    assert server.run("serve", "--config", "/does/not/exist.toml").returncode == 2
    assert server.run("--help").returncode == 0
    assert server.run("--version").stdout.startswith("parterre ")


def test_sighup_does_not_end_a_server_that_is_starting(make_server):
    """Whoever has renewed the certificate does not know whether the server runs yet."""
    server = make_server()
    (server.directory / "data").mkdir()
    with contextlib.closing(sqlite3.connect(server.directory / "data" / "parterre.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")  # It listens, and waits for the database.
        server.process = Process([str(binary()), "serve", "--config", str(server.config)], cwd=server.directory)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", server.http_port)):
                break
            time.sleep(0.02)
        server.process.child.send_signal(signal.SIGHUP)
    server.process.wait_for_line(lambda line: "ready" in line)
    assert server.stop() == 0


def test_a_port_that_is_taken(make_server):
    first = make_server().start()
    second = make_server(http__listen=f"127.0.0.1:{first.http_port}")
    done = second.run("serve", "--config", str(second.config))
    assert done.returncode == 1
    assert str(first.http_port) in done.stdout + done.stderr


def test_a_file_in_the_place_of_the_unix_socket_is_left_alone(make_server, tmp_path):
    file = tmp_path / "precious"
    file.write_text("somebody's")
    server = make_server(http__listen=f"unix:{file}")
    done = server.run("serve", "--config", str(server.config))
    assert done.returncode == 1 and str(file) in done.stdout + done.stderr
    checked = server.run("check", "--config", str(server.config))
    assert checked.returncode == 1 and f"WRONG http.listen: {file}" in checked.stdout
    assert file.read_text() == "somebody's"


def test_accounts(make_server):
    server = make_server()
    config = ("--config", str(server.config))
    server.add_account("romeo", "password")
    assert server.run("account", "add", *config, "romeo@localhost", stdin="again\n").returncode == 1
    assert "romeo@localhost" in server.run("account", "list", *config).stdout
    assert server.run("account", "passwd", *config, "romeo@localhost", stdin="new\n").returncode == 0
    assert server.run("account", "remove", *config, "romeo@localhost").returncode == 0
    assert "romeo" not in server.run("account", "list", *config).stdout
    assert server.run("account", "remove", *config, "romeo@localhost").returncode == 1
    assert server.run("account", "add", *config, "romeo@localhost", stdin="").returncode != 0


async def test_accounts_while_the_server_runs(server):
    server.add_account("romeo", "first")
    async with await Client.connect(server, "romeo@localhost", "first"):
        pass
    assert server.run("account", "passwd", "--config", str(server.config), "romeo@localhost", stdin="second\n").returncode == 0
    with pytest.raises(PermissionError):
        await Client.connect(server, "romeo@localhost", "first")
    async with await Client.connect(server, "romeo@localhost", "second"):
        pass


async def test_an_account_of_a_name_that_was_removed_begins_with_nothing(server):
    """Whoever has the name now is another person, and has not the contacts of the one before."""
    server.add_account("romeo", "first")
    async with await Client.connect(server, "romeo@localhost", "first") as client:
        await client.iq("set", None, "<query xmlns='jabber:iq:roster'><item jid='juliet@localhost'/></query>")
        await client.transport.close()
        await client.wait_closed()
    assert server.run("account", "remove", "--config", str(server.config), "romeo@localhost").returncode == 0
    server.add_account("romeo", "second")
    async with await Client.connect(server, "romeo@localhost", "second") as client:
        assert "juliet" not in show(await client.iq("get", None, "<query xmlns='jabber:iq:roster'/>"))


async def test_json_logs(make_server):
    import json

    server = make_server()
    server.start("--log-format", "json")
    async with await Client.connect(server):
        pass
    server.stop()
    logged = [line for line in server.process.lines if line.startswith("{")]
    assert logged and all(json.loads(line) for line in logged)
