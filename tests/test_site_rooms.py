"""Rooms as a site has them (`rooms.defaults_url`): asked for at the first join, by the contract of mod_muc_http_defaults."""

import asyncio
import json

import pytest

from harness.client import Client, condition, is_subject
from harness.site import Answer
from harness.xml import NS

pytestmark = pytest.mark.parterre

# As livechat plugins answer it.
LIVE = {
    "config": {
        "name": "The  Balcony", "description": "Act two", "language": "it", "persistent": True, "public": True,
        "members_only": False, "allow_member_invites": True, "public_jids": False, "subject": "Scene two",
        "changesubject": False, "historylength": 30, "moderated": True, "archiving": True, "something_else": 1,
    },
    "affiliations": {"juliet@localhost": "owner", "nurse@localhost": "admin", "paris@localhost": "outcast",
                     "romeo@localhost": "member"},
}


@pytest.fixture
def server(make_server, site):
    """A server that makes no room but those of the site."""
    server = make_server(
        rooms__create="defaults-url", rooms__defaults_url=f"{site.url}/rooms/{{room.jid|jid_node}}?as={{room.jid}}",
        rooms__defaults_timeout="1s", rooms__admins=["admin@localhost"],
    ).start()
    for name in ("juliet", "romeo", "paris", "nurse", "admin"):
        server.add_account(name, "password")
    return server


async def enter(server, room: str, who: str, **options) -> tuple[Client, object]:
    client = await Client.connect(server, f"{who}@localhost")
    return client, await client.join(f"{room}@{server.muc}", who.capitalize(), **options)


def standing(presence) -> tuple[str, str]:
    item = presence.find("muc:x/muc:item", NS)
    return item.get("affiliation"), item.get("role")


async def test_configuration_and_affiliations(server, site):
    site.answers["/rooms/balcony"] = Answer(json.dumps(LIVE))
    room = f"balcony@{server.muc}"
    romeo = await Client.connect(server, "romeo@localhost")
    await romeo.send(f"<presence to='{room}/Romeo'><x xmlns='{NS['x']}'/></presence>")
    own = await romeo.expect("presence/muc:x")
    # Whoever comes first is what the site says, and no owner; the room is open at once.
    assert standing(own) == ("member", "participant")
    assert (await romeo.expect(lambda e: is_subject(e, room))).findtext("c:subject", None, NS) == "Scene two"
    assert site.asked == [("/rooms/balcony", {"as": room})]

    info = (await romeo.iq("get", room, f"<query xmlns='{NS['info']}'/>")).find("info:query", NS)
    features = {feature.get("var") for feature in info.findall("info:feature", NS)}
    assert {"muc_persistent", "muc_public", "muc_open", "muc_moderated", "muc_semianonymous"} <= features
    assert info.find("info:identity", NS).get("name") == "The Balcony"
    fields = {field.get("var"): field.findtext("data:value", "", NS) for field in info.iter(f"{{{NS['data']}}}field")}
    assert fields["muc#roominfo_description"] == "Act two" and fields["muc#roominfo_lang"] == "it"

    juliet, own = await enter(server, "balcony", "juliet")
    assert standing(own) == ("owner", "moderator")
    nurse, own = await enter(server, "balcony", "nurse")
    assert standing(own) == ("admin", "moderator")
    paris, refusal = await enter(server, "balcony", "paris")
    assert condition(refusal) == "forbidden"
    # The site was asked once: the room exists now.
    assert len(site.asked) == 1
    for client in (romeo, juliet, nurse, paris):
        await client.close()


async def test_affiliations_as_a_list(server, site):
    lists = [{"jid": "romeo@localhost", "affiliation": "owner", "nick": "Montague"},
             {"jid": "paris@localhost", "affiliation": "none"}]
    site.answers["/rooms/list"] = Answer(json.dumps({"config": [], "affiliations": lists}))
    romeo, own = await enter(server, "list", "romeo")
    assert standing(own)[0] == "owner"
    paris, refusal = await enter(server, "list", "paris")
    assert refusal.get("type") is None
    # The nick that the site reserves is nobody else's.
    await paris.send(f"<presence to='list@{server.muc}/Montague'/>")
    assert condition(await paris.expect("presence", type="error")) == "conflict"
    await romeo.close()
    await paris.close()


async def test_an_empty_answer_is_the_usual_room(server, site):
    site.answers["/rooms/plain"] = Answer("{}")
    romeo, own = await enter(server, "plain", "romeo")
    assert "201" in {status.get("code") for status in own.findall("muc:x/muc:status", NS)}
    juliet, own = await enter(server, "plain", "juliet")
    assert own.get("type") is None, "the site has configured it: it is not locked"
    await romeo.close()
    await juliet.close()


@pytest.mark.parametrize("answer, refusal", [
    (None, "not-allowed"),
    (Answer("{}", 403), "not-allowed"),
    (Answer("{}", 500), "internal-server-error"),
    (Answer("{}", 204), "internal-server-error"),
    (Answer("<html>Welcome</html>", type="text/html"), "internal-server-error"),
    (Answer(""), "internal-server-error"),
    (Answer("[]"), "internal-server-error"),
    (Answer(b'{"config": "\xff"}'), "internal-server-error"),
    (Answer('{"config": {"members_only": "yes"}}'), "internal-server-error"),
    (Answer('{"affiliations": {"romeo@localhost": "king"}}'), "internal-server-error"),
    (Answer('{"affiliations": {"not an address@": "owner"}}'), "internal-server-error"),
    (Answer("[" * 200_000), "internal-server-error"),
    (Answer(json.dumps({"x": "y" * 300_000})), "internal-server-error"),
    (Answer("{}", after=3), "internal-server-error"),
], ids=lambda answer: str(answer)[:60])
async def test_no_room_without_a_usable_answer(server, site, answer, refusal):
    if answer:
        site.answers["/rooms/odd"] = answer
    romeo, refused = await enter(server, "odd", "romeo")
    assert condition(refused) == refusal
    assert refused.find("c:error", NS).get("type") == ("cancel" if refusal == "not-allowed" else "wait")
    items = await romeo.iq("get", server.muc, f"<query xmlns='{NS['items']}'/>")
    assert not items.findall("items:query/items:item", NS)
    # The next one asks anew.
    site.answers["/rooms/odd"] = Answer("{}")
    assert (await romeo.join(f"odd@{server.muc}", "Romeo")).get("type") is None
    await romeo.close()


async def test_a_site_that_is_down(server, site):
    await site.stop()
    romeo, refused = await enter(server, "gone", "romeo")
    assert condition(refused) == "internal-server-error"
    await romeo.close()
    await site.start()


async def test_a_slow_site_holds_up_no_other_room(server, site):
    site.answers["/rooms/slow"] = Answer("{}", after=0.8)
    site.answers["/rooms/quick"] = Answer("{}")
    slow, quick = [await Client.connect(server, f"{who}@localhost") for who in ("romeo", "juliet")]
    came = []

    async def join(client, room):
        assert (await client.join(f"{room}@{server.muc}", "Nick")).get("type") is None
        came.append(room)

    await asyncio.gather(join(slow, "slow"), join(quick, "quick"))
    assert came == ["quick", "slow"]
    await slow.close()
    await quick.close()


async def test_names_are_encoded_in_the_question(server, site):
    name = "à+b?c=d%e#f\\2fg"
    site.answers[f"/rooms/{name}"] = Answer("{}")
    romeo, own = await enter(server, name, "romeo")
    assert own.get("type") is None
    assert site.asked == [(f"/rooms/{name}", {"as": f"{name}@{server.muc}"})]
    await romeo.close()


async def test_the_room_stays_as_its_owner_made_it(server, site):
    """What the owner changed later is not asked of the site again, not even after a restart."""
    site.answers["/rooms/balcony"] = Answer(json.dumps(LIVE))
    room = f"balcony@{server.muc}"
    juliet, own = await enter(server, "balcony", "juliet")
    form = f"<field var='FORM_TYPE'><value>{NS['x']}#roomconfig</value></field>" \
           "<field var='muc#roomconfig_roomname'><value>The Tomb</value></field>"
    query = f"<query xmlns='{NS['owner']}'><x xmlns='{NS['data']}' type='submit'>{form}</x></query>"
    assert (await juliet.iq("set", room, query)).get("type") == "result"
    await juliet.close()
    assert await asyncio.to_thread(server.stop) == 0
    site.asked.clear()
    server.start()
    juliet, own = await enter(server, "balcony", "juliet")
    assert standing(own) == ("owner", "moderator") and not site.asked
    info = await juliet.iq("get", room, f"<query xmlns='{NS['info']}'/>")
    assert info.find("info:query/info:identity", NS).get("name") == "The Tomb"
    await juliet.close()
