"""WebSockets that another process accepted: Node's way of passing sockets to a child (docs/hand-over.md)."""

import array
import asyncio
import base64
import contextlib
import ipaddress
import json
import os
import resource
import socket
import subprocess
import time

import pytest

from harness.node import node
from harness.server import LOG, binary

pytestmark = pytest.mark.parterre

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACK = {"cmd": "NODE_HANDLE_ACK"}
NACK = {"cmd": "NODE_HANDLE_NACK"}
OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"


class Parent:
    """Plays Node towards the server: the channel, byte for byte."""

    def __init__(self, server, *arguments: str, **options):
        ours, theirs = socket.socketpair()
        self.channel = ours
        self.channel.settimeout(10)
        self.process = subprocess.Popen(
            [str(binary()), "serve", "--config", "-", "--with-parent", "--control", str(theirs.fileno()), *LOG, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=server.directory,
            pass_fds=[theirs.fileno()], **options,
        )
        theirs.close()
        self._rest = b""
        self.process.stdin.write(server.config.read_text() + "# end\n")
        self.process.stdin.flush()
        self.ready = self.process.stdout.readline()
        self.hello = self.line()

    def send(self, *messages, fds=(), cut: int = 0):
        """Writes messages in one piece, or in pieces of `cut` bytes; descriptors go with the first byte."""
        data = "".join(m if isinstance(m, str) else json.dumps(m) + "\n" for m in messages).encode()
        pieces = [data[at:at + cut] for at in range(0, len(data), cut)] if cut else [data]
        for number, piece in enumerate(pieces):
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds and number == 0 else []
            sent = self.channel.sendmsg([piece], rights)
            assert sent == len(piece)

    def line(self) -> dict:
        """The next line from the server."""
        while b"\n" not in self._rest:
            got = self.channel.recv(65536)
            assert got, "the server has closed the channel"
            self._rest += got
        line, self._rest = self._rest.split(b"\n", 1)
        return json.loads(line)

    def silent(self) -> bool:
        """Whether the server has said nothing that was not read: it answers a question, and nothing comes before."""
        self.send({"cmd": "NODE_SOCKET_GET_COUNT", "key": "silence"})
        return self.line() == {"cmd": "NODE_SOCKET_COUNT", "key": "silence", "count": 0}

    def closed(self) -> bool:
        """Whether the server closes the channel."""
        try:
            return self.channel.recv(1) == b""
        except ConnectionResetError:
            return True

    def end(self) -> str:
        """Ends the server by its standard input; gives what it logged."""
        with contextlib.suppress(ProcessLookupError):
            _, log = self.process.communicate(timeout=20)
            return log
        return ""


@pytest.fixture
def parent(make_server):
    parents = []

    def make(*arguments: str, settings: dict | None = None, **options) -> Parent:
        parents.append(Parent(make_server(**(settings or {})), *arguments, **options))
        return parents[-1]

    yield make
    for one in parents:
        one.process.kill()
        if one.process.stdin.closed:
            one.process.stdin = None  # communicate() would flush it.
        one.process.communicate()
        one.channel.close()


@pytest.fixture
def pair():
    """Connected TCP sockets: a client's, and what a site accepted."""
    made = []

    def make(at: str = "127.0.0.1"):
        family = socket.AF_INET6 if ":" in at else socket.AF_INET
        listener = socket.create_server((at, 0), family=family)
        theirs = socket.create_connection(listener.getsockname()[:2])
        theirs.settimeout(10)
        accepted, _ = listener.accept()
        listener.close()
        made.extend([theirs, accepted])
        return theirs, accepted

    yield make
    for one in made:
        one.close()


PRIVATE = [ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]


@pytest.fixture
def neighbour() -> str:
    """An address of this machine in a private network: where the proxy of a site in containers is."""
    for family, somewhere in [(socket.AF_INET, "10.255.255.254"), (socket.AF_INET6, "fd00::ffff")]:
        with socket.socket(family, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.connect((somewhere, 9))  # Sends nothing: the system only says where it would come from.
            own = ipaddress.ip_address(probe.getsockname()[0])
            if any(own in network for network in PRIVATE):
                return str(own)
    pytest.skip("this machine has no address in a private network")


def upgrade(number: int, **changes) -> dict:
    return {"v": 1, "id": number, "url": "/ws/xmpp", "key": KEY, "protocol": "xmpp", "head": "", **changes}


def handle(message) -> dict:
    return {"cmd": "NODE_HANDLE", "type": "net.Socket", "msg": message, "key": "4:0.0.0.0:9000"}


def frame(text: str) -> bytes:
    data = text.encode()
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def read_until(client: socket.socket, wanted: bytes) -> bytes:
    got = b""
    while wanted not in got:
        data = client.recv(65536)
        assert data, got
        got += data
    return got


def read_all(client: socket.socket) -> bytes:
    got = b""
    while data := client.recv(65536):
        got += data
    return got


# Byte for byte.


def test_the_first_line_and_the_ready_line(parent):
    one = parent("--log-format", "json")
    assert one.hello["t"] == "hello" and one.hello["v"] == 1
    assert one.hello["max_fds"] == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    ready = json.loads(one.ready)
    assert ready["t"] == "ready" and ready["version"] and ready["http"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("cut", [0, 1, 2, 7, 64, 199])
def test_however_the_stream_is_cut(parent, pair, cut):
    """One acknowledgement each, the word of it in the same write, and the upgrade is answered."""
    one = parent()
    for number in range(3):
        theirs, accepted = pair()
        one.send(handle(upgrade(number)), fds=[accepted.fileno()], cut=cut)
        accepted.close()
        assert one.line() == ACK
        assert one.line() == {"t": "in", "id": number}
        theirs.sendall(frame(OPEN))
        got = read_until(theirs, b"features")
        assert got.startswith(b"HTTP/1.1 101 ") and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in got
    assert one.silent()


def test_several_lines_in_one_write(parent, pair):
    one = parent()
    theirs, accepted = pair()
    unknown = {"t": "weather", "of": "tomorrow"}
    one.send(unknown, {"cmd": "NODE_SOCKET_NOTIFY_CLOSE", "key": "k"}, handle(upgrade(1)), 5, fds=[accepted.fileno()])
    assert one.line() == {"cmd": "NODE_SOCKET_ALL_CLOSED", "key": "k"}
    assert [one.line(), one.line()] == [ACK, {"t": "in", "id": 1}]
    assert read_until(theirs, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
    assert one.silent()


def test_what_came_behind_the_request_is_not_lost(parent, pair):
    one = parent()
    theirs, accepted = pair()
    sent = frame(OPEN)
    one.send(handle(upgrade(1, head=base64.b64encode(sent[:20]).decode())), fds=[accepted.fileno()])
    assert one.line() == ACK
    read_until(theirs, b"\r\n\r\n")
    theirs.sendall(sent[20:])
    read_until(theirs, b"features")


def test_a_socket_that_does_not_arrive_is_asked_for_again_and_then_given_up(parent):
    one = parent()
    message = handle(upgrade(4))
    for attempt in range(4):
        one.send(message)
        assert one.line() == NACK, attempt
        message = {"cmd": "NODE_HANDLE", "type": "net.Native", "msg": message}
    assert one.line() == {"t": "refused", "id": 4, "why": "descriptors"}
    assert one.silent()


def test_a_socket_that_arrives_at_the_second_attempt(parent, pair):
    one = parent()
    theirs, accepted = pair()
    one.send(handle(upgrade(4)))
    assert one.line() == NACK
    one.send({"cmd": "NODE_HANDLE", "type": "net.Native", "msg": handle(upgrade(4))}, fds=[accepted.fileno()])
    assert [one.line(), one.line()] == [ACK, {"t": "in", "id": 4}]
    read_until(theirs, b"101")


def test_a_bare_message_is_not_acknowledged(parent):
    one = parent()
    one.send(upgrade(9))
    assert one.line() == {"t": "refused", "id": 9, "why": "dead"}
    assert one.silent()


@pytest.mark.parametrize("garbage", ["hello\n", "{\n", "\n", "{}{}\n"])
def test_garbage_ends_the_channel_and_nothing_else(parent, pair, garbage):
    one = parent()
    theirs, accepted = pair()
    one.send(handle(upgrade(1)), fds=[accepted.fileno()])
    assert [one.line(), one.line()] == [ACK, {"t": "in", "id": 1}]
    one.send(garbage)
    assert one.closed()
    theirs.sendall(frame(OPEN))
    read_until(theirs, b"features")
    assert one.process.poll() is None


def test_a_line_without_end_ends_the_channel(parent):
    one = parent(settings={"limits__control_line_bytes": 131_072})
    with contextlib.suppress(OSError):  # It may be closed before all is written.
        one.send("x" * 131_073)
    assert one.closed()
    assert "limits.control_line_bytes" in one.end()


def test_the_end_within_a_line(parent):
    one = parent()
    one.send('{"cmd": "NODE_HAN')
    one.channel.shutdown(socket.SHUT_WR)
    assert one.closed()
    assert one.process.poll() is None
    assert one.process.wait if one.end() is not None else False
    assert one.process.returncode == 0


@pytest.mark.parametrize(
    ("change", "why", "status"),
    [
        ({"protocol": "chat"}, "request", b"426"),
        ({"key": "short"}, "request", b"426"),
        ({"head": base64.b64encode(b"x" * 65_537).decode()}, "request", b"503"),
        ({"v": 2}, "message", b""),
        ({"key": None}, "message", b""),
    ],
)
def test_what_cannot_be_served_is_answered_on_both_sides(parent, pair, change, why, status):
    one = parent()
    theirs, accepted = pair()
    one.send(handle(upgrade(3, **change)), fds=[accepted.fileno()])
    accepted.close()
    assert [one.line(), one.line()] == [ACK, {"t": "refused", "id": 3, "why": why}]
    assert read_all(theirs).startswith(b"HTTP/1.1 " + status if status else b"")
    assert one.silent()


def test_limits_count_the_client_and_not_the_proxy(parent, pair):
    one = parent(settings={"limits__connections_per_address": 1})
    kept = []
    for number, (address, answer) in enumerate([("192.0.2.1", "in"), ("192.0.2.2", "in"), ("192.0.2.1", "refused")]):
        theirs, accepted = pair()
        kept.append(theirs)
        one.send(handle(upgrade(number, xff=f"6.6.6.6, {address}")), fds=[accepted.fileno()])
        accepted.close()
        assert [one.line(), one.line()["t"]] == [ACK, answer], address
    answer = read_all(kept[-1])
    assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 10\r\n" in answer


def test_a_proxy_with_an_address_of_its_own_speaks_for_its_clients(parent, pair, neighbour):
    """As in PeerTube's containers, whose nginx says nothing of TLS: its clients are told apart, and may log in."""
    one = parent(settings={"limits__connections_per_address": 1})
    kept = []
    for number, (address, answer) in enumerate([("192.0.2.1", "in"), ("192.0.2.2", "in"), ("192.0.2.1", "refused")]):
        theirs, accepted = pair(neighbour)
        kept.append(theirs)
        one.send(handle(upgrade(number, xff=f"6.6.6.6, {address}")), fds=[accepted.fileno()])
        accepted.close()
        assert [one.line(), one.line()["t"]] == [ACK, answer], address
    kept[0].sendall(frame(OPEN))
    assert b">PLAIN<" in read_until(kept[0], b"</mechanisms>")


@pytest.mark.parametrize("says", [lambda own: own, lambda own: ""])
def test_a_neighbour_who_comes_directly_is_a_client(parent, pair, neighbour, says):
    """The site names the peer itself, or nobody: its connections are counted, and no password is asked for in the clear."""
    one = parent(settings={"limits__connections_per_address": 1})
    kept = []
    for number, answer in enumerate(["in", "refused"]):
        theirs, accepted = pair(neighbour)
        kept.append(theirs)
        one.send(handle(upgrade(number, xff=says(neighbour))), fds=[accepted.fileno()])
        accepted.close()
        assert [one.line(), one.line()["t"]] == [ACK, answer]
    kept[0].sendall(frame(OPEN))
    assert b">PLAIN<" not in read_until(kept[0], b"</mechanisms>")


def test_what_is_no_channel_is_refused_at_the_start(make_server):
    server = make_server()
    done = server.run("serve", "--config", str(server.config), "--control", "77")
    assert done.returncode == 1 and "--control 77" in done.stderr, done.stderr


def test_nothing_of_the_log_gets_onto_the_channel(parent, pair):
    """The most talkative log, and a client that breaks the rules."""
    one = parent("--log-level", "trace", env={**os.environ, "RUST_BACKTRACE": "1"})
    theirs, accepted = pair()
    one.send(handle(upgrade(1)), fds=[accepted.fileno()])
    assert [one.line(), one.line()] == [ACK, {"t": "in", "id": 1}]
    theirs.sendall(frame("<nonsense"))
    read_until(theirs, b"not-well-formed")
    assert one.silent()


def test_the_end_of_the_standard_input_stops_the_server(parent):
    one = parent()
    one.process.stdin.close()
    assert one.process.wait(10) == 0


def test_without_a_parent_to_wait_for_the_input_is_not_watched(make_server):
    server = make_server()
    child = subprocess.Popen(
        [str(binary()), "serve", "--config", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=server.directory
    )
    try:
        child.stdin.write(server.config.read_text() + "# end\n")
        child.stdin.close()
        assert "ready" in child.stdout.readline()
        with socket.create_connection(("127.0.0.1", server.http_port)) as client:
            client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert b"200" in read_all(client)
    finally:
        child.kill()
        child.wait()


# With Node.


@pytest.fixture
def play(make_server):
    async def play(scene: str, settings: dict | None = None, **wish) -> dict:
        server = make_server(**(settings or {}))
        arguments = ["serve", "--config", "-", "--with-parent", "--control", "3", "--log-format", "json", *LOG]
        wish = {"scene": scene, "binary": str(binary()), "arguments": arguments, "config": server.config.read_text(), **wish}
        return await node("hand-over.mjs", wish)

    return play


@pytest.mark.parametrize("clients", [4, 200])
async def test_node_hands_over(play, clients):
    saw = await play("taken", settings={"limits__connections_per_address": 0}, clients=clients)
    assert sorted(saw["ids"]) == list(range(1, clients + 1))
    assert saw["page"] == "a page" and saw["connections"] <= 1
    assert saw["exit"] == {"code": 0, "signal": None}


async def test_node_hands_a_test_over(play):
    assert (await play("test"))["answer"] == "ok"


async def test_node_is_told_of_a_refusal(play):
    saw = await play("refused", client={"protocol": "chat"})
    assert saw["answer"].startswith("HTTP/1.1 426 ")
    saw = await play("refused", settings={"limits__connections": 0, "limits__connections_per_second": 1}, message={"v": 3})
    assert saw["answer"] == ""


async def test_node_s_own_queue_and_a_socket_that_dies_in_it(play):
    saw = await play("queued")
    said = {message["id"]: message for message in saw["said"] if "id" in message}
    assert {number: message["t"] for number, message in said.items()} in (
        {1: "in", 2: "in", 3: "refused"},
        {1: "in", 2: "in", 3: "in"},
    )


async def test_node_survives_the_server_s_death_with_sockets_waiting(play):
    saw = await play("killed")
    assert saw["ended"] == 10 and saw["page"] == "a page"


async def test_node_is_told_when_the_server_has_no_room(play, make_server):
    shell = f"ulimit -n 60; exec {binary()} serve --config - --with-parent --control 3 --log-format json"
    saw = await play("files", settings={"limits__connections_per_address": 0}, shell=shell)
    assert saw["hello"]["max_fds"] == 60
    assert 10 <= saw["taken"] < 60
    assert "full" in saw["why"] and saw["answer"].startswith("HTTP/1.1 503 ")


async def test_who_is_in_stays_when_node_closes_the_channel(play):
    saw = await play("disconnected")
    assert saw["alive"] and saw["exit"]["code"] == 0


async def test_clients_are_told_when_the_parent_lets_go(play):
    saw = await play("input")
    assert (saw["code"], saw["signal"], saw["farewell"]) == (0, None, True)
