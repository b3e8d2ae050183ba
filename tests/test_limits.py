"""Each limit of the configuration, reached."""

import asyncio
import os
import select
import signal
import socket
import time

import aiohttp
import pytest

from harness.client import Client, Closed, condition
from harness.metrics import metric
from harness.xml import NS, show

pytestmark = pytest.mark.parterre


def message(server, body: str) -> str:
    return f"<message to='nobody@{server.domain}' type='chat'><body>{body}</body></message>"


# -- One stanza ---------------------------------------------------------------------------------------------------

STANZAS = {
    # key: (value, what is just allowed, what is too much)
    "stanza_bytes": (10_000, "a" * 9_000, "a" * 11_000),
    "stanza_depth": (8, "<a>" * 5 + "</a>" * 5, "<a>" * 9 + "</a>" * 9),
    "stanza_elements": (64, "<a/>" * 60, "<a/>" * 65),
    "stanza_attributes": (
        16,
        "<a " + " ".join(f"a{n}=''" for n in range(16)) + "/>",
        "<a " + " ".join(f"a{n}=''" for n in range(17)) + "/>",
    ),
    "stanza_namespaces": (
        4,
        "<a " + " ".join(f"xmlns:a{n}='urn:{n}'" for n in range(4)) + "/>",
        "<a " + " ".join(f"xmlns:a{n}='urn:{n}'" for n in range(5)) + "/>",
    ),
}


@pytest.mark.parametrize("transport", ["tcp", "websocket", "bosh"])
@pytest.mark.parametrize("key", STANZAS)
async def test_size_of_a_stanza(make_server, key, transport):
    value, allowed, excessive = STANZAS[key]
    server = make_server(**{f"limits__{key}": value}).start()
    async with await Client.connect(server, transport=transport) as client:
        await client.send(message(server, allowed))
        await client.settle()
        await client.send(message(server, excessive))
        closed = await client.wait_closed()
        if closed.error is not None or transport != "bosh":
            assert closed.condition == "policy-violation"
        else:
            # A body is one document: what is wrong in it is wrong with the request.
            assert client.transport.condition in ("policy-violation", "bad-request")


async def test_body_of_a_bosh_request(make_server):
    server = make_server(limits__bosh_body_bytes=16_384, limits__stanza_bytes=10_000).start()
    async with await Client.connect(server, transport="bosh") as client:
        await client.send(message(server, "a" * 1_000) * 30)
        await client.wait_closed()


# -- Pace ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_a_fast_sender_is_slowed_and_loses_nothing(make_server, transport):
    server = make_server(limits__stanzas_per_second=20).start()
    async with await Client.connect(server, transport=transport) as client:
        began = time.monotonic()
        pings = 180
        for n in range(pings):
            await client.send(f"<iq type='get' id='p{n}' to='{server.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")
        for n in range(pings):
            assert (await client.next(within=30)).get("id") == f"p{n}"
        # Five seconds' worth, 100, pass at once; the other 80 take four seconds.
        assert time.monotonic() - began > 3


async def test_many_bytes_are_slowed(make_server):
    server = make_server(limits__bytes_per_second=20_000, limits__stanzas_per_second=0).start()
    async with await Client.connect(server) as client:
        began = time.monotonic()
        for _ in range(8):
            await client.send(message(server, "a" * 20_000))
        await client.settle()
        assert time.monotonic() - began > 2


async def test_a_slowed_client_slows_nobody_else(make_server):
    server = make_server(limits__stanzas_per_second=5).start()
    room = f"pace@{server.muc}"
    async with await Client.connect(server) as flooder, await Client.connect(server) as other:
        await other.join(room, "Other")
        for _ in range(200):
            await flooder.send(f"<presence to='pace-flood@{server.muc}/Flood'/>")
        began = time.monotonic()
        await other.say(room, "still quick")
        assert time.monotonic() - began < 5


# -- Addresses ----------------------------------------------------------------------------------------------------

def forwarded(address: str) -> dict:
    return {"headers": {"X-Forwarded-For": address}}


async def refused(server, transport: str, address: str) -> bool:
    """Whether a connection from there is refused."""
    try:
        client = await Client.connect(server, transport=transport, **forwarded(address))
    except (Closed, aiohttp.ClientError, OSError):
        return True
    await client.close()
    return False


@pytest.mark.parametrize("transport", ["websocket", "bosh"])
@pytest.mark.parametrize("full, same, other", [
    (["203.0.113.7"] * 3, "203.0.113.7", "203.0.113.8"),
    (["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"], "2001:db8::4", "2001:db8:0:1::1"),
    (["9.9.9.9, 203.0.113.7", "8.8.8.8, 203.0.113.7", "203.0.113.7"], "7.7.7.7, 203.0.113.7", "203.0.113.7, 203.0.113.9"),
], ids=["ipv4", "ipv6 by /64", "what a client forges before the proxy's word"])
async def test_connections_per_address(make_server, transport, full, same, other):
    server = make_server(limits__connections_per_address=3, limits__bosh_sessions_per_address=3).start()
    clients = [await Client.connect(server, transport=transport, **forwarded(address)) for address in full]
    assert await refused(server, transport, same)
    assert not await refused(server, transport, other)
    await clients[0].close()

    async def room_again():
        while await refused(server, transport, same):
            await asyncio.sleep(0.05)

    await asyncio.wait_for(room_again(), 15)
    for client in clients[1:]:
        await client.close()


NO_TEXT = [b"X-Forwarded-For: \xff, %s\r\n", b"X-Forwarded-For: \xff\r\nX-Forwarded-For: %s\r\n"]


async def asked_raw(server, path: str, headers: bytes):
    """A request with bytes that no HTTP library sends: the head of its answer, and what it is written with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + headers + b"\r\n")
    return await asyncio.wait_for(reader.readuntil(b"\r\n"), 15), writer


@pytest.mark.parametrize("header", NO_TEXT, ids=["before the proxy's word", "in a line of its own"])
async def test_bytes_that_are_no_text_hide_nobody_behind_the_proxy(make_server, header):
    """RFC 9110 §5.5: a header may hold any byte above 0x7F. nginx passes on what the client sent, with its address behind."""
    server = make_server(limits__connections_per_address=1).start()
    upgrade = (
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n"
    )
    status, inside = await asked_raw(server, "/xmpp-websocket", upgrade + header % b"203.0.113.7")
    assert status.startswith(b"HTTP/1.1 101")
    assert await refused(server, "websocket", "203.0.113.7")
    status, figures = await asked_raw(server, "/metrics", header % b"203.0.113.7")
    assert status.startswith(b"HTTP/1.1 403"), "the figures are for this machine"
    status, mine = await asked_raw(server, "/metrics", header % b"127.0.0.1")
    assert status.startswith(b"HTTP/1.1 200")
    for writer in (inside, figures, mine):
        writer.close()


async def test_nobody_but_a_trusted_proxy_is_believed(make_server):
    server = make_server(limits__connections_per_address=3, http__trusted_proxies=["198.51.100.0/24"]).start()
    clients = [
        await Client.connect(server, transport="websocket", **forwarded(f"203.0.113.{n}")) for n in range(3)
    ]
    assert await refused(server, "websocket", "203.0.113.99")
    for client in clients:
        await client.close()


async def test_a_trusted_proxy_itself_is_not_counted(make_server):
    server = make_server(limits__connections_per_address=2).start()
    clients = [await Client.connect(server, transport="websocket") for _ in range(5)]
    for client in clients:
        await client.close()


async def test_connections_in_all(make_server):
    server = make_server(limits__connections=3).start()
    clients = [await Client.connect(server) for _ in range(3)]
    with pytest.raises((Closed, OSError)):
        await Client.connect(server)
    for client in clients:
        await client.close()


# -- Time ---------------------------------------------------------------------------------------------------------

def is_up(server) -> bytes:
    return f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{server.http_port}\r\nConnection: close\r\n\r\n".encode()


async def test_connections_that_wait_to_be_accepted(make_server):
    """While the server is at something else, so many wait, for each core; the system has further ones try again."""
    server = make_server(limits__backlog=16, limits__connections_per_address=0).start()
    # A queue of 16 takes 17 (Linux, sk_acceptq_is_full).
    most = 17 * os.cpu_count()
    server.process.child.send_signal(signal.SIGSTOP)
    # It is told at once, and stands still a little later.
    os.waitid(os.P_PID, server.process.child.pid, os.WSTOPPED | os.WNOWAIT)
    comers = [socket.socket() for _ in range(most + 30)]
    try:
        for comer in comers:
            comer.setblocking(False)
            comer.connect_ex(("127.0.0.1", server.http_port))
        watch = select.poll()
        for comer in comers:
            watch.register(comer, select.POLLOUT)
        assert 16 <= len([fd for fd, event in watch.poll(0) if event == select.POLLOUT]) <= most
    finally:
        server.process.child.send_signal(signal.SIGCONT)

    async def served(comer) -> bool:
        loop = asyncio.get_running_loop()
        while select.select([], [comer], [], 0)[1] == []:
            await loop.run_in_executor(None, select.select, [], [comer], [], 5)
        await loop.sock_sendall(comer, is_up(server))
        return (await loop.sock_recv(comer, 12)) == b"HTTP/1.1 200"

    async with asyncio.timeout(30):
        assert all(await asyncio.gather(*map(served, comers)))
    for comer in comers:
        comer.close()


@pytest.mark.parametrize("transport", ["websocket", "bosh"])
async def test_streams_that_begin_in_a_second(make_server, transport):
    """Five seconds' worth at once; whoever comes then is told when to come again, and is in when they do."""
    server = make_server(limits__connections_per_second=1).start()

    async def begin(session) -> tuple[int, str | None]:
        if transport == "bosh":
            body = f"<body xmlns='{NS['bosh']}' rid='1' to='{server.anonymous_domain}' wait='1' hold='1' ver='1.6'/>"
            async with session.post(server.bosh, data=body) as answer:
                return answer.status, answer.headers.get("Retry-After")
        try:
            async with session.ws_connect(server.websocket, protocols=["xmpp"]):
                return 101, None
        except aiohttp.WSServerHandshakeError as refusal:
            return refusal.status, refusal.headers.get("Retry-After")

    async with aiohttp.ClientSession() as session:
        answers = [await begin(session) for _ in range(12)]
        let_in = {"websocket": 101, "bosh": 200}[transport]
        statuses = [status for status, _ in answers]
        assert statuses[:5] == [let_in] * 5 and set(statuses) == {let_in, 503}, statuses
        wait = next(int(after) for status, after in answers if status == 503)
        assert 1 <= wait <= 30
        async with asyncio.timeout(30):
            while (await begin(session))[0] != let_in:
                await asyncio.sleep(wait / 4)


async def test_one_password_is_hashed_at_a_time_and_everybody_gets_in(make_server):
    server = make_server(limits__password_hashes=1).start()
    for name in ("romeo", "juliet"):
        server.add_account(name, "password")
    wanted = [Client.connect(server, f"{name}@localhost", word) for name in ("romeo", "juliet") for word in ("password", "wrong")]
    answers = await asyncio.gather(*wanted, return_exceptions=True)
    assert [isinstance(answer, PermissionError) for answer in answers] == [False, True] * 2
    for answer in answers:
        if isinstance(answer, Client):
            await answer.close()


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_time_to_log_in(make_server, transport):
    server = make_server(limits__unauthenticated_time="1s").start()
    async with await Client.open(server, transport) as client:
        closed = await client.wait_closed()
        assert closed.condition in ("connection-timeout", "policy-violation", "not-authorized")


async def test_silence_ends_the_connection_and_leaves_the_session(make_server):
    server = make_server(limits__ping_interval="1s", limits__idle_time="2s").start()
    server.add_account("romeo", "password")
    silent = await Client.connect(server, "romeo@localhost")
    await silent.enable_sm()
    silent.mute = True
    closed = await silent.wait_closed(within=20)
    assert closed.condition in (None, "connection-timeout")
    again = await Client.open(server)
    await again.authenticate("romeo@localhost")
    answer = await again.resume(silent)
    assert answer.tag == f"{{{NS['sm']}}}resumed"
    await again.close()


async def test_attempts_to_log_in(make_server):
    server = make_server(limits__login_attempts=3).start()
    server.add_account("romeo", "password")
    async with await Client.open(server) as client:
        for _ in range(3):
            with pytest.raises((PermissionError, Closed)) as refusal:
                await client.authenticate("romeo@localhost", "wrong")
        closed = refusal.value if isinstance(refusal.value, Closed) else await client.wait_closed()
        assert closed.condition in ("policy-violation", "not-authorized")


# -- Slow readers -------------------------------------------------------------------------------------------------

async def test_a_client_that_does_not_read_is_dropped_and_can_resume(make_server):
    """It costs bounded memory, its neighbours notice nothing, and its session waits for it."""
    server = make_server(limits__outgoing_queue_bytes=65_536, limits__stanzas_per_second=0, limits__bytes_per_second=0)
    server.start()
    room = f"flood@{server.muc}"
    server.add_account("slow", "password")
    async with await Client.connect(server) as talker:
        await talker.create(room, "Talker")
        slow = await Client.connect(server, "slow@localhost")
        await slow.enable_sm()
        await slow.join(room, "Slow")
        reading = slow.transport._reader._transport
        reading.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reading.pause_reading()
        slow.transport._reader._transport.resume_reading = lambda: None
        said = 0
        while await metric(server, 'parterre_connections_dropped_total{reason="slow_reader"}') < 1:
            assert said < 600, "nobody was dropped"
            for _ in range(10):
                await talker.say(room, f"{said:04d}" + "a" * 20_000)
                said += 1
        await slow.drop()

        again = await Client.open(server)
        await again.authenticate("slow@localhost")
        answer = await again.resume(slow)
        assert answer.tag == f"{{{NS['sm']}}}resumed", show(answer)
        # What the client had not handled comes again, in order, and with nothing missing.
        first = int((await again.expect("message/c:body")).findtext("c:body", "", NS)[:4])
        for n in range(first + 1, said):
            assert (await again.expect("message/c:body")).findtext("c:body", "", NS)[:4] == f"{n:04d}"
        await again.close()


# -- Rooms --------------------------------------------------------------------------------------------------------

async def test_rooms_of_one_connection(make_server):
    server = make_server(limits__rooms_per_connection=2).start()
    async with await Client.connect(server) as client:
        for name in ("one", "two"):
            assert (await client.join(f"{name}@{server.muc}", "Nick")).get("type") is None
        refusal = await client.join(f"three@{server.muc}", "Nick")
        assert refusal.get("type") == "error"
        assert condition(refusal) in ("resource-constraint", "policy-violation", "not-allowed")
        # Leaving one makes place for another.
        await client.send(f"<presence to='one@{server.muc}/Nick' type='unavailable'/>")
        await client.expect("presence", from_=f"one@{server.muc}/Nick", type="unavailable")
        assert (await client.join(f"three@{server.muc}", "Nick")).get("type") is None


async def test_rooms_that_one_account_makes(make_server):
    server = make_server(limits__rooms_per_account=2).start()
    server.add_account("romeo", "password")
    async with await Client.connect(server, "romeo@localhost") as romeo:
        for name in ("one", "two"):
            assert (await romeo.join(f"{name}@{server.muc}", "Romeo")).get("type") is None
        refusal = await romeo.join(f"three@{server.muc}", "Romeo")
        assert condition(refusal) in ("resource-constraint", "policy-violation", "not-allowed")


async def test_rooms_in_all(make_server):
    server = make_server(limits__rooms=1).start()
    async with await Client.connect(server) as client:
        await client.join(f"one@{server.muc}", "Nick")
        refusal = await client.join(f"two@{server.muc}", "Nick")
        assert condition(refusal) in ("resource-constraint", "policy-violation", "not-allowed")


async def test_occupants_of_a_room(make_server):
    server = make_server(limits__room_occupants=2).start()
    room = f"small@{server.muc}"
    clients = [await Client.connect(server) for _ in range(3)]
    await clients[0].create(room, "Guest0")
    assert (await clients[1].join(room, "Guest1")).get("type") is None
    assert condition(await clients[2].join(room, "Guest2")) == "service-unavailable"  # XEP-0045 §7.2.9
    for client in clients:
        await client.close()


async def test_length_of_a_nick(make_server):
    server = make_server(limits__nick_chars=20).start()
    async with await Client.connect(server) as client:
        assert (await client.join(f"names@{server.muc}", "ö" * 20)).get("type") is None
        await client.send(f"<presence to='names@{server.muc}/{'a' * 21}'/>")
        refusal = await client.expect("presence", type="error")
        assert condition(refusal) in ("not-acceptable", "jid-malformed", "policy-violation")


async def test_connections_of_one_account(make_server):
    server = make_server(limits__resources_per_account=2).start()
    server.add_account("romeo", "password")
    clients = [await Client.connect(server, "romeo@localhost") for _ in range(2)]
    third = await Client.open(server)
    await third.authenticate("romeo@localhost")
    answer = await third.iq("set", None, f"<bind xmlns='{NS['bind']}'/>")
    assert condition(answer) == "resource-constraint"  # RFC 6120 §7.6.2.1
    for client in [*clients, third]:
        await client.close()


# -- HTTP ---------------------------------------------------------------------------------------------------------

async def test_head_of_an_http_request(make_server):
    server = make_server(limits__http_header_bytes=8_192).start()
    async with aiohttp.ClientSession() as http:
        async with http.get(server.http + "/healthz", headers={"X-Long": "a" * 9_000}) as answer:
            assert answer.status == 431
        async with http.get(server.http + "/healthz") as answer:
            assert answer.status == 200


async def test_head_that_never_ends(make_server):
    server = make_server(limits__http_header_time="1s").start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    await asyncio.wait_for(reader.read(), 15)
    writer.close()
