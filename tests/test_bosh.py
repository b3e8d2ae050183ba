"""XEP-0124 and XEP-0206, request by request."""

import asyncio
import signal
import time

import aiohttp
import pytest

from harness.client import Client
from harness.transport import Bosh
from harness.xml import NS

pytestmark = pytest.mark.parterre
PING = "<iq xmlns='jabber:client' type='get' id='{}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server


class Session(Bosh):
    """A BOSH session whose requests the test makes by hand."""

    async def begin(self, **options) -> "Session":
        """A session that is logged in and bound, so that stanzas are answered."""
        client = await Client.connect(self.server, transport="bosh", **options)
        # Take the session over once nothing of the client's is under way any more.
        bosh = client.transport
        bosh.ended = True
        client._reader.cancel()
        await self.connect_only()
        self.sid, self.session, self.jid = bosh.sid, bosh.session, client.jid
        self._rid = bosh._rid
        # §12: a pause of just the usual inactivity brings back the requests that wait.
        await self.post(f"pause='{bosh.session.get('inactivity')}'")
        if bosh._open:
            await asyncio.wait(bosh._open)
        await bosh._http.close()
        return self

    async def connect_only(self):
        self._http = aiohttp.ClientSession()

    async def finish(self):
        await self._http.close()


@pytest.fixture
async def session(server):
    one = await Session(server, server.anonymous_domain).begin()
    yield one
    await one.finish()


async def test_what_a_new_session_is_told(server):
    bosh = Bosh(server, server.anonymous_domain, wait=7, hold=1)
    await bosh.connect()
    told = bosh.session
    assert told.get("sid") and told.get("wait") == "7"
    assert int(told.get("requests")) >= 2  # §7.2: hold plus one
    assert int(told.get("inactivity")) > 0 and int(told.get("maxpause")) > 0
    assert told.get("ver").startswith("1.")
    assert told.get("from") == server.anonymous_domain
    assert told.get("{urn:xmpp:xbosh}version") == "1.0"
    assert told.find("stream:features", NS) is not None  # XEP-0206 §3
    await bosh.abort()


async def test_sids_cannot_be_guessed(server):
    sids = set()
    for _ in range(5):
        bosh = Bosh(server, server.anonymous_domain)
        await bosh.connect()
        sids.add(bosh.sid)
        await bosh.abort()
    assert len(sids) == 5 and all(len(sid) >= 20 for sid in sids)


async def test_requests_out_of_order_are_handled_in_order(session):
    """§10: within the window, the later request waits for the earlier one."""
    first, second = session._rid + 1, session._rid + 2
    session._rid += 2
    late = asyncio.create_task(session.post(payload=PING.format("second"), rid=second))
    early = asyncio.create_task(session.post(payload=PING.format("first"), rid=first))
    answers = [*(await early), *(await late)]
    assert [answer.get("id") for answer in answers if answer.get("id")] == ["first", "second"]


async def test_a_repeated_request_gets_the_same_answer(session):
    """§14: the answer is kept; the stanzas in it are not handled again."""
    body = await session.post(payload=PING.format("once"))
    again = await session.post(payload=PING.format("once"), rid=session._rid)
    assert [e.get("id") for e in body] == ["once"]
    assert [e.get("id") for e in again] == ["once"]
    third = await asyncio.gather(session.post(payload=PING.format("twice")))
    assert [e.get("id") for e in third[0]] == ["twice"], "the repetition was not handled as a new request"


async def test_a_request_far_beyond_the_window_ends_the_session(session):
    """§7.2: outside the window is item-not-found."""
    answer = await session.post(rid=session._rid + 50)
    assert (answer.get("type"), answer.get("condition")) == ("terminate", "item-not-found")


async def test_an_unknown_session(server):
    bosh = Session(server, server.anonymous_domain)
    await bosh.connect_only()
    bosh.sid = "never-was"
    answer = await bosh.post()
    assert (answer.get("type"), answer.get("condition")) == ("terminate", "item-not-found")
    await bosh.finish()


async def test_too_many_requests_at_once(session):
    """§11: more than `requests` at a time is a policy violation; no answer is lost for those that were in time."""
    tasks = [asyncio.create_task(session.post()) for _ in range(6)]
    answers = await asyncio.wait_for(asyncio.gather(*tasks), 20)
    assert any(a.get("condition") in ("policy-violation", "item-not-found") for a in answers)


async def test_an_empty_request_is_held_for_the_wait(server):
    """§7.1 `wait`, §8: the request is answered when its time is over, empty."""
    session = await Session(server, server.anonymous_domain).begin(wait=2)
    began = time.monotonic()
    body = await session.post()
    assert len(body) == 0 and body.get("type") is None
    assert 1.0 < time.monotonic() - began < 15
    await session.finish()


async def test_a_stanza_answers_the_held_request(session):
    """Whatever happens meanwhile comes by the request that waits."""
    waiting = asyncio.create_task(session.post())
    sending = asyncio.create_task(session.post(payload=PING.format("now")))
    ids = [e.get("id") for e in await asyncio.wait_for(waiting, 15)]
    if not ids:  # answered empty, since only one request is held: then it comes by the next
        ids = [e.get("id") for e in await asyncio.wait_for(sending, 15)]
    assert ids == ["now"]
    sending.cancel()


async def test_pause(make_server):
    """§12: a session that said so may be silent for longer than `inactivity`, up to `maxpause`."""
    server = make_server(limits__bosh_inactivity="1s", limits__bosh_maxpause="60s").start()
    session = await Session(server, server.anonymous_domain).begin()
    answer = await session.post("pause='30'")
    assert answer.get("type") is None
    # The idle session of somebody else ends meanwhile: that tells that the time is up for those who did not pause.
    other = await Session(server, server.anonymous_domain).begin()
    await _until_gone(other)
    back = await session.post(payload=PING.format("back"))
    assert [e.get("id") for e in back] == ["back"]
    await session.finish()
    await other.finish()


async def _until_gone(session: Session):
    """Waits until the server has forgotten a session, asking with a rid that does not count as activity."""
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(3)
            answer = await session.post()
            if answer.get("condition") == "item-not-found":
                return


async def test_a_pause_that_is_too_long_is_not_granted(make_server):
    """§12 says nothing of an answer; whatever it is, the session does not outlive `maxpause`."""
    server = make_server(limits__bosh_inactivity="1s", limits__bosh_maxpause="2s", limits__bosh_wait="1s").start()
    session = await Session(server, server.anonymous_domain).begin()
    await session.post("pause='86400'")
    await _until_gone(session)
    await session.finish()


async def test_terminate(session):
    """§13, and afterwards the session is unknown."""
    answer = await session.post("type='terminate'")
    assert answer.get("type") == "terminate"
    gone = await session.post()
    assert gone.get("type") == "terminate"


async def test_terminate_carries_last_stanzas(server):
    """§13: the body that terminates may hold a presence; the room hears that the person left."""
    room = f"exit@{server.muc}"
    async with await Client.connect(server) as watcher:
        await watcher.create(room, "Watcher")
        session = await Session(server, server.anonymous_domain).begin()
        await session.post(payload=f"<presence xmlns='jabber:client' to='{room}/Leaver'><x xmlns='{NS['x']}'/></presence>")
        await watcher.expect("presence", from_=f"{room}/Leaver")
        bye = f"<presence xmlns='jabber:client' to='{room}/Leaver' type='unavailable'><status>bye</status></presence>"
        await session.post("type='terminate'", bye)
        left = await watcher.expect("presence", from_=f"{room}/Leaver", type="unavailable")
        assert left.findtext("c:status", "", NS) == "bye"
        await session.finish()


@pytest.mark.parametrize("body", [
    b"", b"not xml", b"<body/>", b"<body xmlns='http://jabber.org/protocol/httpbind'/>",
    b"<body xmlns='http://jabber.org/protocol/httpbind' rid='abc' to='localhost'/>",
    b"<body xmlns='http://jabber.org/protocol/httpbind' rid='99999999999999999999' to='localhost'/>",
    b"<body xmlns='http://jabber.org/protocol/httpbind' rid='-1' to='localhost'/>",
    b"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost'>",
    b"<!DOCTYPE a><body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost'/>",
])
async def test_bodies_that_are_none(server, body):
    """§17: an HTTP error or a terminal condition, never a session, never an end of the server."""
    async with aiohttp.ClientSession() as http, http.post(server.bosh, data=body) as answer:
        text = await answer.text()
        assert answer.status in (400, 404) or (answer.status == 200 and "terminate" in text), text
    assert 'sid=' not in text


async def test_an_unknown_host(server):
    bosh = Bosh(server, "example.org")
    bosh._http = aiohttp.ClientSession()
    answer = await bosh.post("to='example.org' wait='5' hold='1' ver='1.6'")
    assert (answer.get("type"), answer.get("condition")) == ("terminate", "host-unknown")
    await bosh._http.close()


async def test_other_pages_may_use_it(server):
    """CORS: the preflight of a browser, and the answer itself."""
    origin = {"Origin": "https://tube.example"}
    async with aiohttp.ClientSession() as http:
        asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        async with http.options(server.bosh, headers=asked) as answer:
            assert answer.status in (200, 204)
            assert answer.headers["Access-Control-Allow-Origin"] in ("*", origin["Origin"])
            assert "POST" in answer.headers["Access-Control-Allow-Methods"]
            assert "content-type" in answer.headers["Access-Control-Allow-Headers"].lower()
        body = "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='localhost' wait='5' hold='1'/>"
        async with http.post(server.bosh, data=body, headers=origin) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] in ("*", origin["Origin"])
            assert answer.content_type == "text/xml"  # §5.1


OPEN = f"<body xmlns='{NS['bosh']}' rid='1' to='{{}}' wait='5' hold='1' content='text/html'/>"


@pytest.mark.parametrize("method, body", [
    ("POST", OPEN.format("anon.localhost")),
    ("POST", OPEN.format("elsewhere.example")),
    ("POST", f"<body xmlns='{NS['bosh']}' rid='7' sid='never-was'/>"),
    ("POST", "no body"),
    ("GET", None),
    ("PUT", ""),
])
async def test_an_answer_is_no_page(server, method, body):
    """A form on another site can have a browser post a body and open the answer: nothing in it may run, whatever type
    the session asked for (XEP-0124 §7.1), since it bears what people said."""
    async with aiohttp.ClientSession() as http:
        async with http.request(method, server.bosh, data=body, headers={"Content-Type": "text/plain"}) as answer:
            assert "sandbox" in answer.headers["Content-Security-Policy"].split("; ")
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.content_type in ("text/xml", "text/plain")


async def test_graceful_stop(make_server):
    """The request that waits is answered with the end of the session and why (XEP-0206 §6)."""
    server = make_server().start()
    session = await Session(server, server.anonymous_domain).begin()
    first = asyncio.create_task(session.post())
    second = asyncio.create_task(session.post(payload=PING.format("now")))
    await first  # it brought the answer to the second, which therefore waits
    server.process.child.send_signal(signal.SIGTERM)
    last = await asyncio.wait_for(second, 15)
    assert last.get("type") == "terminate"
    assert last.get("condition") == "system-shutdown" or last.find("stream:error/streams:system-shutdown", NS) is not None
    assert await asyncio.to_thread(server.process.wait, 10) == 0
    await session.finish()


async def test_a_session_survives_a_lost_connection(server):
    """Requests need no connection in common: nothing is lost when one breaks and the request is repeated (§14)."""
    room = f"train@{server.muc}"
    async with await Client.connect(server) as talker:
        await talker.create(room, "Talker")
        session = await Session(server, server.anonymous_domain).begin()
        await session.post(payload=f"<presence xmlns='jabber:client' to='{room}/Rider'><x xmlns='{NS['x']}'/></presence>")
        await talker.expect("presence", from_=f"{room}/Rider")
        heard = []

        async def listen(rid=None):
            for element in await session.post(rid=rid):
                if element.findtext("c:body", None, NS):
                    heard.append(element.findtext("c:body", None, NS))

        waiting = asyncio.create_task(listen())
        await talker.settle()
        waiting.cancel()  # the tunnel
        await talker.say(room, "in the tunnel")
        await listen(rid=session._rid)
        while "in the tunnel" not in heard:
            await asyncio.wait_for(listen(), 20)
        assert heard.count("in the tunnel") == 1
        await session.finish()

