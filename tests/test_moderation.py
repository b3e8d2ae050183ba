"""What moderators of a live chat need, as clients meet it: calm rooms, sanctions that end, the crowd, floods taken back."""

import asyncio
import re

import pytest

from harness.client import Client, condition
from harness.xml import NS, show

pytestmark = pytest.mark.parterre

MODERATION = "urn:parterre:moderation:0"
FROM = {"X-Forwarded-For": "198.51.100.7"}
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
def room(server):
    """A room of its own on a server with accounts."""
    for name in ("host", "lou"):
        server.add_account(name, "password")
    return f"live@{server.muc}"


async def host_of(server, room) -> Client:
    host = await Client.connect(server, f"host@{server.domain}")
    await host.create(room, "Host")
    return host


async def configure(client, room, **fields):
    inside = "".join(f"<field var='muc#roomconfig_{key}'><value>{value}</value></field>" for key, value in fields.items())
    form = f"<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>{inside}"
    answer = await client.iq(
        "set", room, f"<query xmlns='{NS['owner']}'><x xmlns='{NS['data']}' type='submit'>{form}</x></query>"
    )
    assert answer.get("type") == "result", show(answer)


async def admin(client, room, items, kind="set"):
    return await client.iq(kind, room, f"<query xmlns='{NS['admin']}'>{items}</query>")


def expiry(seconds):
    return f"<expiry xmlns='{MODERATION}' seconds='{seconds}'/>"


def stranger(server, headers=FROM):
    return Client.connect(server, transport="websocket", headers=headers)


async def say(client, room, body):
    """Says it, and gives what comes back, message or error."""
    await client.send(f"<message to='{room}' type='groupchat' id='said'><body>{body}</body></message>")
    return await client.expect("message", id="said")


def presence_with(role, nick):
    def fits(element):
        item = element.find("muc:x/muc:item", NS)
        return item is not None and item.get("role") == role and element.get("from", "").endswith("/" + nick)
    return fits


async def test_slow_mode_says_how_long_to_wait(server, room):
    async with await host_of(server, room) as host, await Client.connect(server, f"lou@{server.domain}") as lou:
        await configure(host, room, slow_mode_duration=100)
        await lou.join(room, "Lou")
        info = await lou.iq("get", room, f"<query xmlns='{NS['info']}'/>")
        field = info.find(".//data:field[@var='muc#roominfo_slow_mode_duration']/data:value", NS)
        assert field.text == "100"
        assert (await say(lou, room, "one")).get("type") == "groupchat"
        refusal = await say(lou, room, "two")
        assert condition(refusal) == "policy-violation" and refusal.find("c:error", NS).get("type") == "wait"
        assert 90 <= int(refusal.find("c:error/{urn:parterre:room:0}slow-mode", NS).get("wait")) <= 100
        for text in ("one", "two"):
            assert (await say(host, room, text)).get("type") == "groupchat"


async def test_emoji_only(server, room):
    async with await host_of(server, room) as host, await Client.connect(server, f"lou@{server.domain}") as lou:
        await lou.join(room, "Lou")
        await configure(host, room, x_peertubelivechat_emoji_only_mode=1)
        assert (await say(lou, room, "👩🏽‍💻🇫🇷 :wave:")).get("type") == "groupchat"
        assert condition(await say(lou, room, "hello")) == "policy-violation"


async def test_accounts_only_holds_at_once(server, room):
    async with await host_of(server, room) as host, await stranger(server) as guest:
        await guest.join(room, "Guest")
        await configure(host, room, mute_anonymous=1)
        await guest.expect(presence_with("visitor", "Guest"))
        refusal = await say(guest, room, "hello")
        assert condition(refusal) == "forbidden" and "with an account" in show(refusal)
        await configure(host, room, mute_anonymous=0)
        await guest.expect(presence_with("participant", "Guest"))
        assert (await say(guest, room, "hello")).get("type") == "groupchat"


async def test_a_mute_ends_by_itself(server, room):
    async with await host_of(server, room) as host, await Client.connect(server, f"lou@{server.domain}") as lou:
        await lou.join(room, "Lou")
        await admin(host, room, f"<item nick='Lou' role='visitor'>{expiry(2)}</item>")
        told = await lou.expect(presence_with("visitor", "Lou"))
        assert told.find(f"muc:x/muc:item/{{{MODERATION}}}expiry", NS).get("until").endswith("Z")
        await lou.send(f"<presence to='{room}/Lou' type='unavailable'/>")
        assert (await lou.join(room, "Lou")).find("muc:x/muc:item", NS).get("role") == "visitor"
        assert "muted you until" in show(await say(lou, room, "hello"))
        await lou.expect(presence_with("participant", "Lou"))
        assert (await say(lou, room, "hello")).get("type") == "groupchat"


async def test_a_mute_outlasts_a_restart_and_its_end_the_server(server, room):
    async with await host_of(server, room) as host, await Client.connect(server, f"lou@{server.domain}") as lou:
        await configure(host, room, persistentroom=1)
        await lou.join(room, "Lou")
        await admin(host, room, f"<item nick='Lou' role='visitor'/><item jid='x@{server.domain}' affiliation='outcast'>{expiry(1)}</item>")
    server.stop()
    server.start()
    async with await Client.connect(server, f"lou@{server.domain}") as lou, await Client.connect(server, f"host@{server.domain}") as host:
        assert (await lou.join(room, "Lou")).find("muc:x/muc:item", NS).get("role") == "visitor"
        await host.join(room, "Host")
        async with asyncio.timeout(15):
            while (await admin(host, room, "<item affiliation='outcast'/>", "get")).find(".//admin:item", NS) is not None:
                await host.settle()


async def test_a_ban_says_why_and_follows_who_has_no_account(server, room):
    async with await host_of(server, room) as host, await stranger(server) as guest:
        await guest.join(room, "Guest")
        await say(guest, room, "flood")
        jid = guest.jid.split("/")[0]
        await admin(host, room, f"<item jid='{jid}' affiliation='outcast'><reason>Flood</reason></item>")
        gone = await guest.expect("presence", type="unavailable")
        assert gone.find("muc:x/muc:item/muc:reason", NS).text == "Flood"
        assert gone.find("muc:x/muc:item/muc:actor", NS).get("nick") == "Host"
        assert gone.find(f"muc:x/muc:item/{{{MODERATION}}}expiry", NS).get("until")
        async with await stranger(server) as again, await stranger(server, ELSEWHERE) as other, await stranger(server, {}) as unknown:
            refusal = await again.join(room, "Guest")
            assert condition(refusal) == "forbidden" and "Reason: Flood" in show(refusal)
            assert refusal.find(f"c:error/{{{MODERATION}}}expiry", NS).get("until")
            for number, client in enumerate((other, unknown)):
                assert (await client.join(room, f"Other{number}")).get("type") is None
            await admin(host, room, f"<item jid='{jid}' affiliation='none'/>")
            assert (await again.join(room, "Guest")).get("type") is None
    # The log comes by a way of its own, and may come last.
    server.process.wait_for_line(lambda line: re.search(r"sanctioned.*by_origin=true", re.sub(r"\x1b\[[0-9;]*m", "", line)))


async def test_a_crowd_is_read_by_pages(make_server):
    server = make_server(limits__room_listed=10).start()
    server.add_account("host", "password")
    room = f"live@{server.muc}"
    async with await host_of(server, room) as host:
        crowd = [await stranger(server) for _ in range(12)]
        for number, viewer in enumerate(crowd):
            await viewer.join(room, f"Anonymous {number:03}")
        answer = await admin(host, room, "<item role='visitor'/>", "get")
        assert len(answer.findall(".//admin:item", NS)) == 10
        assert answer.find(".//rsm:count", NS).text == "12"
        rest = f"<item role='visitor'/><set xmlns='{NS['rsm']}'><max>5</max><after>Anonymous 009</after></set>"
        items = (await admin(host, room, rest, "get")).findall(".//admin:item", NS)
        assert [item.get("nick") for item in items] == ["Anonymous 010", "Anonymous 011"]
        assert items[0].find(f"{{{MODERATION}}}seen").get("said") == "0"
        search = f"<item role='visitor'/><search xmlns='{MODERATION}'>S 00</search>"
        assert (await admin(host, room, search, "get")).find(".//rsm:count", NS).text == "10"
        for viewer in crowd:
            await viewer.close()


async def test_a_flood_is_taken_back_at_one_word(server, room):
    async with await host_of(server, room) as host, await Client.connect(server, f"lou@{server.domain}") as lou:
        await lou.join(room, "Lou")
        for number in range(5):
            said = await say(lou, room, f"flood {number}")
        await say(host, room, "kind words")
        occupant = said.find("occ:occupant-id", NS).get("id")
        answer = await host.iq("set", room, f"<remove-all xmlns='{MODERATION}' occupant-id='{occupant}'><reason>Flood</reason></remove-all>")
        assert answer.find(f"{{{MODERATION}}}removed").get("count") == "5"
        ids = {(await lou.expect("message/retract:retract")).find("retract:retract", NS).get("id") for _ in range(5)}
        assert len(ids) == 5
        await say(host, room, "afterwards")
        async with await stranger(server) as late:
            await late.join(room, "Late")
            bodies = [element.findtext("c:body", namespaces=NS) for element in late.pending]
            assert "kind words" in bodies and "afterwards" in bodies and not any("flood" in (body or "") for body in bodies)
