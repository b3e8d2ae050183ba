"""Limits on what rooms and accounts keep, and on how long things may take, reached."""

import asyncio
import base64
import hashlib
import json
import signal
import time

import aiohttp
import pytest

from harness.client import Client, condition
from harness.transport import Bosh
from harness.xml import NS, quoteattr

pytestmark = pytest.mark.parterre

FULL = ("resource-constraint", "policy-violation", "not-allowed", "not-acceptable")


@pytest.fixture
async def start(make_server):
    """Starts a server with these limits, with accounts; gives it and people who are logged in."""
    clients = []

    async def go(*names: str, **limits):
        server = make_server(**{f"limits__{key}": value for key, value in limits.items()}).start()
        for name in names:
            server.add_account(name, "password")
        clients.extend([await Client.connect(server, f"{name}@localhost/x") for name in names])
        return server, *clients

    yield go
    for client in clients:
        await client.close()


async def refused(client: Client, to: str | None, payload: str) -> str | None:
    """The condition with which a request that sets something is refused; `None` if it is not."""
    answer = await client.iq("set", to, payload)
    return condition(answer) if answer.get("type") == "error" else None


# -- Rooms --------------------------------------------------------------------------------------------------------

def affiliations(*people: str, affiliation: str = "member", reason: str = "") -> str:
    items = "".join(
        f"<item affiliation='{affiliation}' jid='{who}@localhost'><reason>{reason}</reason></item>" for who in people
    )
    return f"<query xmlns='{NS['admin']}'>{items}</query>"


async def test_affiliations_of_a_room(start):
    server, romeo = await start("romeo", room_affiliations=10)
    room = f"lists@{server.muc}"
    await romeo.create(room, "Romeo")  # the owner is one of them
    assert await refused(romeo, room, affiliations(*(f"user{n}" for n in range(9)))) is None
    assert await refused(romeo, room, affiliations("one-too-many")) in FULL
    # To change one is not to add one; to remove one makes place.
    assert await refused(romeo, room, affiliations("user1", affiliation="admin")) is None
    assert await refused(romeo, room, affiliations("user2", affiliation="none")) is None
    assert await refused(romeo, room, affiliations("one-more")) is None


async def test_sanctions_of_a_room(start):
    server, romeo = await start("romeo", room_sanctions=10)
    room = f"stern@{server.muc}"
    await romeo.create(room, "Romeo")

    def ban(who: str, until: str = "<expiry xmlns='urn:parterre:moderation:0' seconds='600'/>") -> str:
        return f"<query xmlns='{NS['admin']}'><item affiliation='outcast' jid='{who}@localhost'>{until}</item></query>"

    for number in range(10):
        assert await refused(romeo, room, ban(f"user{number}")) is None
    assert await refused(romeo, room, ban("one-too-many")) == "resource-constraint"
    banned = await romeo.iq("get", room, f"<query xmlns='{NS['admin']}'><item affiliation='outcast'/></query>")
    assert len(banned.findall("admin:query/admin:item", NS)) == 10, "what is refused changes nothing"
    assert await refused(romeo, room, ban("for-good", "")) is None
    assert await refused(romeo, room, affiliations("user3", affiliation="none")) is None
    assert await refused(romeo, room, ban("one-more")) is None


async def test_changes_of_one_request(start):
    server, romeo = await start("romeo", room_list_changes=3)
    room = f"lists@{server.muc}"
    await romeo.create(room, "Romeo")
    assert await refused(romeo, room, affiliations("a", "b", "c")) is None
    assert await refused(romeo, room, affiliations("d", "e", "f", "g")) in FULL
    members = await romeo.iq("get", room, f"<query xmlns='{NS['admin']}'><item affiliation='member'/></query>")
    assert len(members.findall("admin:query/admin:item", NS)) == 3, "what is refused changes nothing"


async def test_sessions_under_one_nick(start):
    server, romeo = await start("romeo", sessions_per_nick=2)
    room = f"nick@{server.muc}"
    await romeo.create(room, "Romeo")
    second, third = [await Client.connect(server, "romeo@localhost") for _ in range(2)]
    assert (await second.join(room, "Romeo")).get("type") is None
    assert condition(await third.join(room, "Romeo")) in FULL
    await second.send(f"<presence to='{room}/Romeo' type='unavailable'/>")
    await second.settle()
    assert (await third.join(room, "Romeo")).get("type") is None
    await second.close()
    await third.close()


async def test_length_of_a_subject(start):
    server, romeo = await start("romeo", subject_bytes=64)
    room = f"subject@{server.muc}"
    await romeo.create(room, "Romeo")
    await romeo.send(f"<message to='{room}' type='groupchat' id='s1'><subject>{'ö' * 32}</subject></message>")
    assert (await romeo.expect("message/c:subject", id="s1")).get("type") == "groupchat"
    await romeo.send(f"<message to='{room}' type='groupchat' id='s2'><subject>{'a' * 65}</subject></message>")
    assert condition(await romeo.expect("message", type="error", id="s2")) in FULL


async def test_length_of_a_reason(start):
    """What is longer is cut, between characters: a kick should not fail for its reason."""
    server, romeo, tybalt = await start("romeo", "tybalt", reason_bytes=9)
    room = f"reason@{server.muc}"
    await romeo.create(room, "Romeo")
    await tybalt.join(room, "Tybalt")
    kick = f"<query xmlns='{NS['admin']}'><item nick='Tybalt' role='none'><reason>{'ö' * 10}</reason></item></query>"
    assert await refused(romeo, room, kick) is None
    out = await tybalt.expect("presence", type="unavailable")
    assert out.findtext("muc:x/muc:item/muc:reason", None, NS) == "öööö"


async def test_rooms_on_one_page_of_the_list(start):
    server, romeo = await start("romeo", listed_rooms=2)
    names = [f"room{n}@{server.muc}" for n in range(3)]
    for name in names:
        await romeo.create(name, "Romeo")

    async def page(rsm: str) -> list[str]:
        answer = await romeo.iq("get", server.muc, f"<query xmlns='{NS['items']}'>{rsm}</query>")
        return [item.get("jid") for item in answer.findall("items:query/items:item", NS)]

    assert await page("") == names[:2]
    assert await page(f"<set xmlns='{NS['rsm']}'><max>50</max></set>") == names[:2]
    assert await page(f"<set xmlns='{NS['rsm']}'><max>50</max><after>{names[1]}</after></set>") == names[2:]


# -- Accounts -----------------------------------------------------------------------------------------------------

def contact(who: str, name: str = "", groups: tuple[str, ...] = ()) -> str:
    inside = "".join(f"<group>{group}</group>" for group in groups)
    return f"<query xmlns='{NS['roster']}'><item jid='{who}@localhost' name={quoteattr(name)}>{inside}</item></query>"


async def test_a_roster(start):
    _, romeo = await start("romeo", roster_items=2, roster_groups=2, roster_name_chars=16)
    assert await refused(romeo, None, contact("a", "ö" * 16, ("x" * 16, "y"))) is None
    assert await refused(romeo, None, contact("a", "a" * 17)) in FULL
    assert await refused(romeo, None, contact("a", "", ("x" * 17,))) in FULL
    assert await refused(romeo, None, contact("a", "", ("x", "y", "z"))) in FULL
    assert await refused(romeo, None, contact("b")) is None
    assert await refused(romeo, None, contact("c")) in FULL


async def test_a_block_list(start):
    _, romeo = await start("romeo", blocklist_items=2)

    def block(*who: str) -> str:
        return f"<block xmlns='urn:xmpp:blocking'>{''.join(f'<item jid={quoteattr(jid)}/>' for jid in who)}</block>"

    assert await refused(romeo, None, block("a.example", "b.example", "c.example")) in FULL
    assert await refused(romeo, None, block("a.example", "b.example")) is None
    assert await refused(romeo, None, block("c.example")) in FULL
    assert await refused(romeo, None, block("a.example")) is None, "it is on the list already"


async def test_private_storage(start):
    _, romeo = await start("romeo", private_items=2, private_bytes=1_024)

    def store(name: str, text: str = "") -> str:
        return f"<query xmlns='jabber:iq:private'><{name} xmlns='urn:example:{name}'>{text}</{name}></query>"

    assert await refused(romeo, None, store("a")) is None
    assert await refused(romeo, None, store("a", "x" * 1_100)) in FULL
    assert await refused(romeo, None, store("b")) is None
    assert await refused(romeo, None, store("c")) in FULL


async def test_a_vcard(start):
    _, romeo = await start("romeo", vcard_bytes=1_024)
    vcard = f"<vCard xmlns='{NS['vcard']}'><DESC>%s</DESC></vCard>"
    assert await refused(romeo, None, vcard % ("a" * 800)) is None
    assert await refused(romeo, None, vcard % ("a" * 1_100)) in FULL
    kept = await romeo.iq("get", None, f"<vCard xmlns='{NS['vcard']}'/>")
    assert kept.findtext("vcard:vCard/vcard:DESC", None, NS) == "a" * 800


async def test_personal_eventing(start):
    _, romeo = await start("romeo", pep_nodes=2, pep_items=3, pep_bytes=2_048)

    def publish(node: str, item: str, text: str = "") -> str:
        return (
            f"<pubsub xmlns='{NS['ps']}'><publish node='{node}'><item id='{item}'><a xmlns='urn:example'>{text}</a>"
            f"</item></publish><publish-options><x xmlns='{NS['data']}' type='submit'><field var='FORM_TYPE'><value>"
            f"{NS['ps']}#publish-options</value></field><field var='pubsub#max_items'><value>max</value></field></x>"
            "</publish-options></pubsub>"
        )

    async def kept() -> list[str]:
        answer = await romeo.iq("get", None, f"<pubsub xmlns='{NS['ps']}'><items node='urn:one'/></pubsub>")
        return [item.get("id") for item in answer.findall("ps:pubsub/ps:items/ps:item", NS)]

    for n in range(5):
        assert await refused(romeo, None, publish("urn:one", f"item{n}")) is None
    assert await kept() == ["item2", "item3", "item4"], "the oldest give way"
    assert await refused(romeo, None, publish("urn:one", "large", "a" * 1_900)) is None
    assert "item2" not in await kept() and "large" in await kept()
    assert await refused(romeo, None, publish("urn:one", "larger", "a" * 2_100)) in FULL
    assert await refused(romeo, None, publish("urn:two", "item")) is None
    assert await refused(romeo, None, publish("urn:three", "item")) in FULL


@pytest.mark.parametrize("limits", [{"offline_messages": 2}, {"offline_bytes": 1_000}], ids=["messages", "bytes"])
async def test_messages_for_somebody_who_is_away(start, limits):
    server, romeo = await start("romeo", **limits)
    server.add_account("juliet", "password")
    async with await Client.connect(server, "juliet@localhost") as juliet:
        # What she will find in her archive is never sent back.
        assert await refused(juliet, None, f"<prefs xmlns='{NS['mam']}' default='never'><always/><never/></prefs>") is None
    for n in range(3):
        body = f"{n}" + "a" * 300
        await romeo.send(f"<message to='juliet@localhost' type='chat' id='m{n}'><body>{body}</body></message>")
    error = await romeo.expect("message", type="error")
    assert error.get("id") == "m2" and condition(error) == "service-unavailable"  # RFC 6121 §8.5.2.2.1
    async with await Client.connect(server, "juliet@localhost") as juliet:
        await juliet.send("<presence/>")
        came = [stanza for stanza in await juliet.quiet() if stanza.find("c:body", NS) is not None]
        assert [stanza.get("id") for stanza in came] == ["m0", "m1"]


async def test_addresses_of_directed_presence(start):
    """Beyond the limit the presence goes out, or not; that its end is told is promised only for so many."""
    server, romeo, juliet, nurse = await start("romeo", "juliet", "nurse", directed_presences=1)
    for client in (juliet, nurse):
        await client.send("<presence/>")
        await client.settle()
    await romeo.send(f"<presence to='{juliet.jid}'/>")
    await juliet.expect("presence", from_=romeo.jid)
    await romeo.send(f"<presence to='{nurse.jid}'/>")
    assert condition(await romeo.expect("presence", type="error")) in FULL
    await romeo.close()
    await juliet.expect("presence", from_="romeo@localhost/x", type="unavailable")
    assert not [stanza for stanza in await nurse.quiet() if (stanza.get("from") or "").startswith("romeo")]


# -- Sessions -----------------------------------------------------------------------------------------------------

async def resumes(server, lost: Client) -> bool:
    account, domain = lost.jid.split("/")[0], lost.jid.split("/")[0].split("@")[1]
    again = await Client.open(server, domain=domain)
    await again.authenticate(None if domain == server.anonymous_domain else account)
    answer = await again.resume(lost)
    await again.drop()
    return answer.tag == f"{{{NS['sm']}}}resumed"


async def test_time_to_resume(start):
    server, romeo, juliet = await start("romeo", "juliet", resume_time="1s")
    room = f"time@{server.muc}"
    await juliet.create(room, "Juliet")
    await romeo.enable_sm()
    await romeo.join(room, "Romeo")
    await juliet.expect("presence", from_=f"{room}/Romeo")
    await romeo.drop()
    await juliet.expect("presence", from_=f"{room}/Romeo", type="unavailable")
    assert not await resumes(server, romeo)


async def test_time_to_resume_without_an_account(start):
    server, romeo, juliet = await start("romeo", "juliet", resume_time_anonymous="1s")
    room = f"time@{server.muc}"
    await juliet.create(room, "Juliet")
    guest = await Client.connect(server)
    for client, nick in ((guest, "Guest"), (romeo, "Romeo")):
        await client.enable_sm()
        await client.join(room, nick)
        await client.drop()
    await juliet.expect("presence", from_=f"{room}/Guest", type="unavailable")
    assert not await resumes(server, guest)
    assert await resumes(server, romeo), "accounts have their own time"


@pytest.mark.parametrize("silent", [False, True])
async def test_stanzas_that_nobody_acknowledges(start, silent):
    """They come all the same; but what is not kept cannot be given again."""
    server, romeo, juliet = await start("romeo", "juliet", unacked_stanzas=10)
    room = f"unread@{server.muc}"
    await juliet.create(room, "Juliet")
    await romeo.enable_sm()
    await romeo.join(room, "Romeo")
    romeo.mute = True  # it is asked at times only
    for number in range(20):
        await juliet.say(room, str(number))
        assert (await romeo.expect("message/c:body")).findtext("c:body", None, NS) == str(number)
        if not silent:
            await romeo.send(f"<a xmlns='{NS['sm']}' h='{romeo.handled}'/>")
    await romeo.drop()
    assert await resumes(server, romeo) is not silent
    if silent:
        await juliet.expect("presence", from_=f"{room}/Romeo", type="unavailable")


async def test_requests_that_a_bosh_session_holds(start):
    (server,) = await start(bosh_hold=2)
    for asked, granted in ((1, "1"), (2, "2"), (5, "2")):
        bosh = Bosh(server, server.anonymous_domain, hold=asked)
        await bosh.connect()
        assert bosh.session.get("hold") == granted
        await bosh.close()
        await bosh.abort()


async def test_time_to_send_the_body_of_a_request(start):
    (server,) = await start(http_request_time="1s")
    for path in ("/http-bind", "/api/v1/rooms"):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n<body".encode())
        said = await asyncio.wait_for(reader.read(), 15)
        assert said.startswith(b"HTTP/1.1 4"), said
        writer.close()


async def test_body_of_an_http_request(make_server):
    server = make_server(api__token="token", limits__http_body_bytes=1_024).start()
    headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}

    def told(name: str) -> str:
        return json.dumps({"configuration": {"muc#roomconfig_roomname": name}})

    async with aiohttp.ClientSession(headers=headers) as http:
        url = server.http + "/api/v1/rooms/agora"
        async with http.put(url, data=told("a" * 2_000)) as answer:
            assert answer.status == 413
        async with http.put(url, data=told("Agora")) as answer:
            assert answer.status in (200, 201), await answer.text()


async def test_time_to_stop(start):
    """A client that neither reads nor closes holds up the end for so long and no longer."""
    server, romeo = await start("romeo", stop_time="1s")
    romeo.transport._reader._transport.pause_reading()
    began = time.monotonic()
    server.process.child.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.process.wait, 10) == 0
    assert time.monotonic() - began < 3


# -- What is kept in memory only, and can be had again --------------------------------------------------------------

async def test_accounts_that_nobody_uses_are_forgotten_and_found_again(start):
    names = [f"user{number}" for number in range(4)]
    server, *clients = await start(*names, idle_accounts=0)
    for client in clients:
        roster = f"<query xmlns='{NS['roster']}'><item jid='friend@localhost' name='of {client.jid}'/></query>"
        assert await refused(client, None, roster) is None
        assert await refused(client, None, "<block xmlns='urn:xmpp:blocking'><item jid='foe@localhost'/></block>") is None
        await client.close()
    for was in clients:
        async with await Client.connect(server, was.jid) as client:
            roster = await client.iq("get", None, f"<query xmlns='{NS['roster']}'/>")
            assert [item.get("name") for item in roster.iter(f"{{{NS['roster']}}}item")] == [f"of {was.jid}"]
            blocked = await client.iq("get", None, "<blocklist xmlns='urn:xmpp:blocking'/>")
            assert [item.get("jid") for item in blocked.iter("{urn:xmpp:blocking}item")] == ["foe@localhost"]


async def is_asked(client: Client, name: str) -> bool:
    """Sends presence with the capabilities of a client of that name (XEP-0115), and says what they are if it is asked."""
    ver = base64.b64encode(hashlib.sha1(f"client/pc//{name}<urn:mood+notify<".encode()).digest()).decode()
    await client.send(f"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:c' ver='{ver}'/></presence>")
    await client.settle()
    asked = next((one for one in client.pending if one.get("type") == "get" and one.find("info:query", NS) is not None), None)
    if asked is not None:
        client.pending.remove(asked)
        await client.send(
            f"<iq type='result' id={quoteattr(asked.get('id'))} to={quoteattr(asked.get('from'))}><query xmlns='{NS['info']}' node='urn:c#{ver}'>"
            f"<identity category='client' type='pc' name='{name}'/><feature var='urn:mood+notify'/></query></iq>"
        )
        await client.settle()
    return asked is not None


@pytest.mark.parametrize("capabilities, again", [(2, False), (1, True), (0, True)])
async def test_capabilities_that_are_remembered(start, capabilities, again):
    """Whatever is forgotten of clients, each hears of what it wants to hear of."""
    server, publisher = await start("romeo", capabilities=capabilities)
    clients = [await Client.connect(server, "romeo@localhost") for _ in range(3)]
    asked = [await is_asked(client, name) for client, name in zip(clients, ("one", "two", "one"), strict=True)]
    assert asked == [True, True, again]
    item = f"<pubsub xmlns='{NS['ps']}'><publish node='urn:mood'><item id='1'><m xmlns='urn:mood'/></item></publish></pubsub>"
    assert await refused(publisher, None, item) is None
    for client in clients:
        await client.expect(lambda one: one.find(".//{urn:mood}m") is not None)
        await client.close()
