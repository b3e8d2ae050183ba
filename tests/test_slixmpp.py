"""slixmpp over TCP: a client as bots and desktop programs are built on."""

import pytest
from slixmpp import JID
from slixmpp.exceptions import IqError

from harness.person import Person

PICTURE = bytes.fromhex(  # a PNG of one transparent pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6300010000000500010d0a2db4"
    "0000000049454e44ae426082"
)


@pytest.fixture
async def person(server):
    """Makes logged-in people, who leave at the end."""
    people = []

    async def make(name: str, **options) -> Person:
        server.add_account(name, "password")
        people.append(Person(server, f"{name}@{server.domain}", **options))
        return await people[-1].go()

    yield make
    for one in people:
        if one.is_connected():
            await one.disconnect(wait=0.5)


async def test_two_people_chat_in_a_room(server, person):
    room = f"agora@{server.muc}"
    romeo, juliet = await person("romeo"), await person("juliet")
    await romeo.join(room, "Romeo")
    await romeo.plugin["xep_0045"].set_room_config(room, await romeo.plugin["xep_0045"].get_room_config(room))
    await juliet.join(room, "Juliet")
    romeo.send_message(mto=room, mbody="ay me <&>", mtype="groupchat")
    for one in (romeo, juliet):
        heard = await one.saw("groupchat_message", lambda m: m["body"])
        assert (heard["body"], heard["from"]) == ("ay me <&>", f"{room}/Romeo")
    assert sorted(juliet.plugin["xep_0045"].get_roster(room)) == ["Juliet", "Romeo"]


async def test_anonymous_login(server):
    stranger = Person(server, server.anonymous_domain, "", sasl_mech="ANONYMOUS")
    stranger.watch("session_start")
    stranger.connect("127.0.0.1", server.c2s_port)
    await stranger.saw("session_start")
    assert stranger.boundjid.domain == server.anonymous_domain
    await stranger.disconnect(wait=0.5)


async def test_scram_is_taken_and_a_wrong_password_is_refused(server):
    server.add_account("romeo", "password")
    romeo = Person(server, f"romeo@{server.domain}", "wrong")
    romeo.watch("failed_auth", "failed_all_auth")
    romeo.connect("127.0.0.1", server.c2s_port)
    refused = await romeo.saw("failed_auth")
    assert refused["condition"] == "not-authorized"
    romeo.abort()


async def test_nick_change_reaches_the_others(server, person):
    room = f"agora@{server.muc}"
    romeo, juliet = await person("romeo"), await person("juliet")
    await romeo.join(room, "Romeo")
    await romeo.plugin["xep_0045"].set_room_config(room, await romeo.plugin["xep_0045"].get_room_config(room))
    await juliet.join(room, "Juliet")
    romeo.watch("muc::%s::presence" % room, "presence_unavailable", "groupchat_presence")
    juliet.send_presence(pto=f"{room}/Capulet")
    left = await romeo.saw("groupchat_presence", lambda p: p["type"] == "unavailable")
    assert left["muc"]["nick"] == "Juliet" and 303 in left["muc"]["status_codes"]
    came = await romeo.saw("groupchat_presence", lambda p: p["type"] != "unavailable")
    assert came["from"].resource == "Capulet"


async def test_kick_and_ban(server, person):
    room = f"agora@{server.muc}"
    romeo, tybalt = await person("romeo"), await person("tybalt")
    await romeo.join(room, "Romeo")
    await romeo.plugin["xep_0045"].set_room_config(room, await romeo.plugin["xep_0045"].get_room_config(room))
    await tybalt.join(room, "Tybalt")
    tybalt.watch("groupchat_presence")
    await romeo.plugin["xep_0045"].set_role(JID(room), "Tybalt", "none", reason="peace!")
    out = await tybalt.saw("groupchat_presence", lambda p: p["type"] == "unavailable")
    assert {307, 110} <= set(out["muc"]["status_codes"])
    assert out["muc"]["item"]["reason"] == "peace!"

    await tybalt.join(room, "Tybalt")
    await romeo.plugin["xep_0045"].set_affiliation(JID(room), "outcast", jid=JID(f"tybalt@{server.domain}"), reason="go")
    out = await tybalt.saw("groupchat_presence", lambda p: p["type"] == "unavailable")
    assert {301, 110} <= set(out["muc"]["status_codes"])
    banned = await romeo.plugin["xep_0045"].get_affiliation_list(JID(room), "outcast")
    assert [str(jid) for jid in banned] == [f"tybalt@{server.domain}"]


async def test_owner_configures_the_room(server, person):
    room = f"agora@{server.muc}"
    romeo = await person("romeo")
    await romeo.join(room, "Romeo")
    form = await romeo.plugin["xep_0045"].get_room_config(JID(room))
    fields = form.get_fields()
    for name in ("roomname", "roomdesc", "membersonly", "moderatedroom", "roomsecret", "whois", "persistentroom",
                 "publicroom", "changesubject"):
        assert f"muc#roomconfig_{name}" in fields, f"{name} is missing from the owner's form"
    form.reply()
    form.set_values({"muc#roomconfig_roomname": "The Agora", "muc#roomconfig_moderatedroom": True})
    await romeo.plugin["xep_0045"].set_room_config(JID(room), form)
    info = await romeo.plugin["xep_0030"].get_info(jid=room)
    features = info["disco_info"]["features"]
    assert "muc_moderated" in features and "urn:xmpp:mam:2" in features
    assert "The Agora" in [identity[3] for identity in info["disco_info"]["identities"]]


async def test_archive_of_a_room_in_pages(server, person):
    room = f"agora@{server.muc}"
    romeo = await person("romeo")
    await romeo.join(room, "Romeo")
    await romeo.plugin["xep_0045"].set_room_config(room, await romeo.plugin["xep_0045"].get_room_config(room))
    for n in range(25):
        romeo.send_message(mto=room, mbody=f"line {n}", mtype="groupchat")
        await romeo.saw("groupchat_message", lambda m, n=n: m["body"] == f"line {n}")
    pages = romeo.plugin["xep_0313"].iterate(jid=JID(room), rsm={"max": "10"})
    bodies = [message["mam_result"]["forwarded"]["stanza"]["body"] async for message in pages]
    assert [body for body in bodies if body] == [f"line {n}" for n in range(25)]


@pytest.mark.parterre
async def test_a_lost_connection_is_resumed_and_nothing_is_lost(server, person):
    room = f"agora@{server.muc}"
    romeo, juliet = await person("romeo"), await person("juliet")
    await romeo.join(room, "Romeo")
    await romeo.plugin["xep_0045"].set_room_config(room, await romeo.plugin["xep_0045"].get_room_config(room))
    await juliet.join(room, "Juliet")
    juliet.transport.abort()
    await juliet.saw("disconnected")
    for n in range(5):
        romeo.send_message(mto=room, mbody=f"line {n}", mtype="groupchat")
        await romeo.saw("groupchat_message", lambda m, n=n: m["body"] == f"line {n}")
    juliet.connect("127.0.0.1", server.c2s_port)
    await juliet.saw("session_resumed")
    heard = [(await juliet.saw("groupchat_message", lambda m: m["body"].startswith("line")))["body"] for _ in range(5)]
    assert heard == [f"line {n}" for n in range(5)]


async def test_bookmarks_vcard_and_avatar(server, person):
    romeo, juliet = await person("romeo"), await person("juliet")
    vcard = romeo.plugin["xep_0054"].make_vcard()
    vcard["FN"] = "Romeo Montague"
    await romeo.plugin["xep_0054"].publish_vcard(vcard)
    seen = await juliet.plugin["xep_0054"].get_vcard(JID(f"romeo@{server.domain}"))
    assert seen["vcard_temp"]["FN"] == "Romeo Montague"

    bookmarks = romeo.plugin["xep_0402"]
    conference = bookmarks.stanza.Conference() if hasattr(bookmarks, "stanza") else None
    if conference is None:
        from slixmpp.plugins.xep_0402 import stanza
        conference = stanza.Conference()
    conference["name"], conference["autojoin"] = "The Agora", True
    await romeo.plugin["xep_0060"].publish(None, "urn:xmpp:bookmarks:1", id=f"agora@{server.muc}", payload=conference)
    items = await romeo.plugin["xep_0060"].get_items(None, "urn:xmpp:bookmarks:1")
    assert [item["id"] for item in items["pubsub"]["items"]] == [f"agora@{server.muc}"]

    avatar = romeo.plugin["xep_0084"]
    await avatar.publish_avatar(PICTURE)
    id_ = avatar.generate_id(PICTURE)
    await avatar.publish_avatar_metadata([{"id": id_, "type": "image/png", "bytes": len(PICTURE)}])
    kept = await avatar.retrieve_avatar(JID(f"romeo@{server.domain}"), id_) if server.name != "prosody" else None
    if kept is not None:
        item = kept["pubsub"]["items"]["item"]
        assert item["avatar_data"]["value"] == PICTURE


async def test_what_an_ordinary_client_asks(server, person):
    romeo = await person("romeo")
    assert await romeo.plugin["xep_0199"].ping(JID(server.domain)) is not None
    version = await romeo.plugin["xep_0092"].get_version(server.domain)
    assert version["software_version"]["name"]
    assert await romeo.plugin["xep_0202"].get_entity_time(server.domain)
    await romeo.plugin["xep_0280"].enable()
    blocked = await romeo.plugin["xep_0191"].get_blocked()
    assert not blocked["blocklist"]["items"]
    info = await romeo.plugin["xep_0030"].get_info(jid=server.domain)
    assert ("server", "im") in {identity[:2] for identity in info["disco_info"]["identities"]}
    with pytest.raises(IqError) as unknown:
        iq = romeo.make_iq_get(queryxmlns="urn:example:nothing", ito=server.domain)
        await iq.send()
    assert unknown.value.condition in ("service-unavailable", "feature-not-implemented")
