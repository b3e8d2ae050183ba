"""A client that does not wait: it logs in, binds and joins in one go, and is served in that order (XEP-0388, XEP-0386)."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from harness.client import Client, is_self_presence, is_subject
from harness.xml import NS, local

pytestmark = pytest.mark.parterre

SECRET = "0123456789abcdef0123456789abcdef"
HALL = "hall@room.localhost"
SASL2 = "urn:xmpp:sasl:2"


def token(subject: str) -> str:
    """A token signed as a site signs it (RFC 7519, HS256)."""
    part = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=").decode()  # noqa: E731
    claims = {"sub": subject, "exp": int(time.time()) + 600}
    signed = f"{part(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256))}"


def authenticate(mechanism: str, response: str = "", resume: str = "") -> str:
    initial = f"<initial-response>{base64.b64encode(response.encode()).decode()}</initial-response>" if response else ""
    return (
        f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'>{initial}{resume}"
        f"<bind xmlns='urn:xmpp:bind:0'><enable xmlns='{NS['sm']}' resume='true'/></bind></authenticate>"
    )


async def in_one_go(client: Client, login: str, nick: str) -> list[str]:
    """Sends the login and the join without waiting, and gives the names of what came back, up to the room's subject."""
    await client.send(login)
    await client.send(
        f"<presence to='{HALL}/{nick}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='20'/></x></presence>"
    )
    came = []
    while not came or not is_subject(came[-1], HALL):
        element = await client.next()
        if local(element) != "r":
            came.append(element)
    success = came[0]
    assert success.tag == f"{{{SASL2}}}success", local(success)
    client.jid = success.findtext(f"{{{SASL2}}}authorization-identifier")
    bound = success.find("{urn:xmpp:bind:0}bound")
    assert bound is not None and bound.find(f"{{{NS['sm']}}}enabled") is not None, "Bind 2 was not done inline"
    assert any(is_self_presence(element, HALL) for element in came)
    return [local(element) for element in came]


@pytest.fixture
async def hall(make_server):
    """A server, and somebody who has said three things in its hall."""
    server = make_server(auth__token_secret=SECRET).start()
    async with await Client.connect(server) as host:
        await host.create(HALL, "Host")
        for number in range(3):
            await host.say(HALL, f"line {number}")
        yield server


async def test_anonymous_login_and_join_in_one_round_trip(hall):
    async with await Client.open(hall, "websocket", hall.anonymous_domain) as client:
        came = await in_one_go(client, authenticate("ANONYMOUS"), "Lou")
        assert client.jid.split("@")[1].startswith("anon.localhost/")
        assert came.count("message") == 4, "three lines of history, and the subject"
        presences = came.index("presence")
        assert "features" not in came[presences:], "features come with the success, before anything of the room"


async def test_token_login_and_join_in_one_round_trip(hall):
    async with await Client.open(hall, "websocket") as client:
        response = f"n,,\x01auth=Bearer {token('lou')}\x01\x01"
        came = await in_one_go(client, authenticate("OAUTHBEARER", response), "Lou")
        assert client.jid.startswith("lou@localhost/") and came.count("message") == 4


async def test_a_resumption_that_fails_falls_back_to_binding_in_the_same_round_trip(hall):
    async with await Client.open(hall, "websocket", hall.anonymous_domain) as client:
        resume = f"<resume xmlns='{NS['sm']}' h='7' previd='of-yesterday'/>"
        came = await in_one_go(client, authenticate("ANONYMOUS", resume=resume), "Lou")
        assert came.count("message") == 4


async def test_what_follows_the_join_is_kept_in_order(hall):
    async with await Client.open(hall, "websocket", hall.anonymous_domain) as client:
        await client.send(authenticate("ANONYMOUS"))
        await client.send(f"<presence to='{HALL}/Lou'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        for number in range(5):
            await client.send(f"<message to='{HALL}' type='groupchat' id='p{number}'><body>{number}</body></message>")
        ids = []
        while len(ids) < 5:
            element = await client.expect("message")
            if (element.get("id") or "").startswith("p"):
                ids.append(element.get("id"))
        assert ids == [f"p{number}" for number in range(5)]


async def test_a_login_that_fails_takes_what_came_behind_it_along(hall):
    """Nothing that was sent ahead of a login that failed reaches a room."""
    client = await Client.open(hall, "websocket")
    await client.send(authenticate("OAUTHBEARER", "n,,\x01auth=Bearer nonsense\x01\x01"))
    await client.send(f"<presence to='{HALL}/Lou'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    closed = await client.wait_closed()
    came = [local(element) for element in client.pending]
    assert "success" not in came and "presence" not in came, (came, closed)
    async with await Client.connect(hall) as other:
        presence = await other.join(HALL, "Lou")
        assert presence.get("from") == f"{HALL}/Lou", "the nick was taken by whoever was not let in"
