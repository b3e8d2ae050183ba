"""Who may log in besides local accounts: bearers of a signed token, users that another service knows."""

import asyncio
import base64
import json
import time

import aiohttp
import pytest

from harness.client import Client, condition
from harness.person import Person
from harness.sasl import Scram, bearer, exchange, token
from harness.site import Answer
from harness.xml import NS

pytestmark = pytest.mark.parterre

ROOM = "urn:parterre:room:0"
SECRET = "a secret of more than thirty-two bytes, as it should be"


def unsigned(**claims) -> str:
    """What `alg: none` looks like (RFC 7519 §6)."""
    parts = [{"alg": "none"}, {"sub": "romeo", "exp": int(time.time()) + 60, **claims}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def with_another_signature() -> str:
    signed, signature = token(SECRET, sub="romeo").rsplit(".", 1)
    return f"{signed}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def with_other_claims() -> str:
    """The claims of somebody else under a signature that is right for one's own."""
    header, _, signature = token(SECRET, sub="tybalt").split(".")
    return f"{header}.{token(SECRET, sub='romeo').split('.')[1]}.{signature}"


# What is asked of a token, as the factory of a token that has it not.
REFUSED = {
    "expired": lambda: token(SECRET, sub="romeo", exp=int(time.time()) - 120),
    "not valid yet": lambda: token(SECRET, sub="romeo", nbf=int(time.time()) + 120),
    "of another secret": lambda: token("another secret", sub="romeo"),
    "of an empty secret": lambda: token("", sub="romeo"),
    "of another signature": with_another_signature,
    "of other claims": with_other_claims,
    "alg none": unsigned,
    "alg none with a signature": lambda: token(SECRET, {"alg": "none"}, sub="romeo"),
    "another algorithm": lambda: token(SECRET, {"alg": "HS512"}, sub="romeo"),
    "without exp": lambda: token(SECRET, sub="romeo", exp=None),
    "without sub": lambda: token(SECRET),
    "for another domain": lambda: token(SECRET, sub="romeo", aud="elsewhere.example"),
    "of a user of another domain": lambda: token(SECRET, sub="romeo@elsewhere.example"),
}


@pytest.fixture
def server(make_server):
    server = make_server(auth__token_secret=SECRET).start()
    server.add_account("local", "password")
    return server


async def with_bearer(server, text: str, authzid: str = "", transport: str = "tcp") -> Client:
    client = await Client.open(server, transport)
    try:
        await exchange(client, "OAUTHBEARER", bearer(text, authzid), lambda _: b"\x01")
        await client.restart()
        await client.bind()
    except BaseException:
        await client.close()
        raise
    return client


@pytest.mark.parametrize("transport", ["tcp", "websocket", "bosh"])
async def test_a_token_in_place_of_the_password(server, transport):
    async with await Client.connect(server, "romeo@localhost/x", token(SECRET, sub="romeo"), transport) as client:
        assert client.jid == "romeo@localhost/x"
    async with await with_bearer(server, token(SECRET, sub="romeo@localhost"), transport=transport) as client:
        assert client.jid.startswith("romeo@localhost/")


@pytest.mark.parametrize("why", REFUSED)
async def test_a_token_that_does_not_hold(server, why):
    with pytest.raises(PermissionError) as plain:
        await Client.connect(server, "romeo@localhost", REFUSED[why]())
    with pytest.raises(PermissionError) as oauth:
        await with_bearer(server, REFUSED[why]())
    for refusal in (plain, oauth):
        assert ("credentials-expired" if why == "expired" else "not-authorized") in str(refusal.value)


async def test_a_token_is_for_nobody_else(server):
    with pytest.raises(PermissionError):
        await Client.connect(server, "tybalt@localhost", token(SECRET, sub="romeo"))
    # Nor for somebody who has an account here.
    with pytest.raises(PermissionError):
        await Client.connect(server, "local@localhost", token(SECRET, sub="romeo"))
    with pytest.raises(PermissionError, match="invalid-authzid"):
        await with_bearer(server, token(SECRET, sub="romeo"), authzid="tybalt@localhost")
    async with await with_bearer(server, token(SECRET, sub="romeo"), authzid="romeo@localhost"):
        pass


async def test_accounts_of_the_server_go_on(server):
    async with await Client.connect(server, "local@localhost", "password"):
        pass
    with pytest.raises(PermissionError):
        await Client.connect(server, "romeo@localhost", "password")


async def test_no_token_where_there_is_no_secret(make_server):
    server = make_server().start()
    async with await Client.open(server) as client:
        offered = [mechanism.text for mechanism in client.features.iter(f"{{{NS['sasl']}}}mechanism")]
        assert "OAUTHBEARER" not in offered and "PLAIN" in offered
    for secret in (SECRET, ""):
        with pytest.raises(PermissionError):
            await Client.connect(server, "romeo@localhost", token(secret, sub="romeo"))


async def test_slixmpp_with_a_token(make_server):
    """A client that is told nothing of tokens: the operator leaves SCRAM out, and it takes PLAIN."""
    server = make_server(auth__token_secret=SECRET, auth__mechanisms=["OAUTHBEARER", "PLAIN"]).start()
    romeo = Person(server, "romeo@localhost", token(SECRET, sub="romeo"))
    romeo.plugin["feature_mechanisms"].unencrypted_plain = True
    await romeo.go()
    await romeo.disconnect(wait=0.5)


@pytest.mark.parametrize("transport", ["tcp", "websocket", "bosh"])
async def test_the_site_ends_the_sessions_of_an_account_and_withdraws_its_tokens(make_server, transport):
    key = "0123456789abcdef0123456789abcdef"
    server = make_server(auth__token_secret=SECRET, api__token=key).start()
    now = int(time.time())
    old = token(SECRET, sub="romeo", iat=now - 5)
    async with (
        await Client.connect(server, "romeo@localhost/a", old, transport) as romeo,
        await Client.connect(server, "juliet@localhost", token(SECRET, sub="juliet"), transport) as juliet,
    ):
        url = f"{server.http}/api/v1/accounts/romeo@localhost/sessions"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http, http.delete(url) as answer:
            assert (answer.status, await answer.json()) == (200, {"ended": 1})
        assert (await romeo.wait_closed()).condition == "not-authorized"
        # Nobody else is gone.
        await juliet.settle()
    with pytest.raises(PermissionError, match="credentials-expired"):
        await Client.connect(server, "romeo@localhost", old, transport)
    async with await Client.connect(server, "romeo@localhost", token(SECRET, sub="romeo", iat=now + 5), transport):
        pass


# -- What a token says of its bearer --------------------------------------------------------------------------------

async def test_affiliations_hold_in_their_room_and_as_long_as_the_session(server):
    stage, other = f"stage@{server.muc}", f"other@{server.muc}"
    claims = {"stage": "owner", "other": "outcast"}
    async with await Client.connect(server, "local@localhost") as local:
        await local.create(stage, "Local")
        await local.create(other, "Local")
        text = token(SECRET, sub="romeo", affiliations=claims)
        async with await Client.connect(server, "romeo@localhost", text) as romeo:
            own = await romeo.join(stage, "Romeo")
            item = own.find("muc:x/muc:item", NS)
            assert (item.get("affiliation"), item.get("role")) == ("owner", "moderator")
            assert condition(await romeo.join(other, "Romeo")) == "forbidden"
            # It is no entry of the room's lists.
            query = f"<query xmlns='{NS['admin']}'><item affiliation='owner'/></query>"
            owners = await romeo.iq("get", stage, query)
            assert [item.get("jid") for item in owners.iter(f"{{{NS['admin']}}}item")] == ["local@localhost"]
        async with await Client.connect(server, "romeo@localhost", token(SECRET, sub="romeo")) as romeo:
            item = (await romeo.join(stage, "Romeo")).find("muc:x/muc:item", NS)
            assert item.get("affiliation") == "none"
            assert (await romeo.join(other, "Romeo")).get("type") is None


async def test_a_ban_holds_against_a_token(server):
    """What the room's owner decided counts more than what the site vouches for."""
    room = f"stage@{server.muc}"
    async with await Client.connect(server, "local@localhost") as local:
        await local.create(room, "Local")
        ban = f"<query xmlns='{NS['admin']}'><item affiliation='outcast' jid='romeo@localhost'/></query>"
        assert (await local.iq("set", room, ban)).get("type") == "result"
        text = token(SECRET, sub="romeo", affiliations={"stage": "member"})
        async with await Client.connect(server, "romeo@localhost", text) as romeo:
            assert condition(await romeo.join(room, "Romeo")) == "forbidden"


async def test_nick_and_avatar_are_the_vcard(server):
    avatar = "https://video.example/romeo.png"
    text = token(SECRET, sub="romeo", nick="Romeo M.", avatar=avatar)
    async with await Client.connect(server, "romeo@localhost", text), await Client.connect(server) as other:
        vcard = (await other.iq("get", "romeo@localhost", f"<vCard xmlns='{NS['vcard']}'/>")).find("vcard:vCard", NS)
        assert vcard.findtext("vcard:NICKNAME", None, NS) == "Romeo M."
        assert vcard.findtext("vcard:PHOTO/vcard:EXTVAL", None, NS) == avatar


def stamp(stanza) -> dict | None:
    author = stanza.find(f"{{{ROOM}}}author")
    return None if author is None else dict(author.attrib)


async def test_what_an_author_was_is_said_with_their_messages_for_good(server):
    """Live, to those who come later, in the archive, after a restart; whatever authors say of themselves."""
    room, picture = f"stage@{server.muc}", "https://video.example/a/7.jpg?a=1&b='2'"
    text = token(SECRET, sub="romeo", avatar=picture, affiliations={"stage": "owner"})
    forged = f"<author xmlns='{ROOM}' affiliation='owner' role='moderator' avatar='https://evil.example/'/>"
    expected = {"Romeo": {"affiliation": "owner", "role": "moderator", "avatar": picture}, "Guest": None}

    async def say(client, body):
        await client.send(f"<message to='{room}' type='groupchat'><body>{body}</body>{forged}</message>")

    async with await Client.connect(server, "local@localhost") as local:
        await local.create(room, "Local")
        form = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>" \
            "<field var='muc#roomconfig_persistentroom'><value>1</value></field>"
        await local.iq("set", room, f"<query xmlns='{NS['owner']}'><x xmlns='{NS['data']}' type='submit'>{form}</x></query>")
        async with await Client.connect(server) as guest, await Client.connect(server, "romeo@localhost", text) as romeo:
            await guest.send(f"<presence to='{room}/Guest'><x xmlns='{NS['x']}'/>{forged}</presence>")
            assert stamp(await local.expect("presence", from_=f"{room}/Guest")) is None
            await romeo.join(room, "Romeo")
            assert stamp(await local.expect("presence", from_=f"{room}/Romeo")) == {"avatar": picture}
            for client, nick in ((romeo, "Romeo"), (guest, "Guest")):
                await say(client, "hello")
                assert stamp(await local.expect("message/c:body")) == expected[nick]
        gone = await local.expect("presence", from_=f"{room}/Romeo", type="unavailable")
        assert stamp(gone) is None
    server.stop()
    server.start()
    async with await Client.connect(server) as late:
        await late.join(room, "Late")
        history = [stanza for stanza in late.pending if stanza.find("c:body", NS) is not None]
        archive = await late.iq("set", room, f"<query xmlns='{NS['mam']}'/>")
        assert archive.get("type") == "result"
        archived = [message for stanza in late.pending for message in stanza.iterfind("mam:result/fwd:forwarded/c:message", NS)]
        for said in (history, archived):
            assert {one.get("from").split("/")[1]: stamp(one) for one in said} == expected


async def test_the_nick_of_a_token_is_that_of_who_asks_for_none(server):
    room = f"stage@{server.muc}"
    async with await Client.connect(server, "romeo@localhost", token(SECRET, sub="romeo", nick="Romeo M.")) as romeo:
        await romeo.send(f"<presence to='{room}'><x xmlns='{NS['x']}'/></presence>")
        own = await romeo.expect("presence/muc:x")
        assert own.get("from") == f"{room}/Romeo M." and own.get("type") is None


async def test_a_claim_that_cannot_be_used_locks_nobody_out(server):
    text = token(SECRET, sub="romeo", nick="\u0007", avatar="javascript:alert(1)", affiliations={"a": "king"})
    async with await Client.connect(server, "romeo@localhost", text) as romeo:
        vcard = (await romeo.iq("get", "romeo@localhost", f"<vCard xmlns='{NS['vcard']}'/>"))
        assert "javascript" not in "".join(vcard.itertext())


# -- auth.http_url --------------------------------------------------------------------------------------------------

@pytest.fixture
def asking(make_server, site):
    server = make_server(auth__http_url=f"{site.url}/auth/", auth__http_timeout="1s", limits__login_attempts=100).start()
    server.add_account("local", "password")
    return server


async def test_the_service_says_yes(asking, site):
    site.answers["/auth/check_password"] = Answer("true")
    async with await Client.connect(asking, "Romeo@localhost", "pass & word/ü") as client:
        assert client.jid.startswith("romeo@localhost/")
    question = {"user": "romeo", "pass": "pass & word/ü", "server": "localhost"}
    assert site.asked == [("/auth/check_password", question)]


@pytest.mark.parametrize("answer, refusal", [
    (Answer("false"), "not-authorized"),
    (Answer("", 401), "not-authorized"),
    (Answer("true", 404), "not-authorized"),
    (Answer("true", 500), "temporary-auth-failure"),
    (Answer("", 503), "temporary-auth-failure"),
    (Answer("true", 201), "temporary-auth-failure"),
    (Answer("TRUE"), "temporary-auth-failure"),
    (Answer("<html>true</html>"), "temporary-auth-failure"),
    (Answer("true" * 10_000), "temporary-auth-failure"),
    (Answer(b"\xff\xfe"), "temporary-auth-failure"),
    (Answer("true", after=3), "temporary-auth-failure"),
], ids=str)
async def test_the_service_says_otherwise(asking, site, answer, refusal):
    site.answers["/auth/check_password"] = answer
    with pytest.raises(PermissionError, match=refusal):
        await Client.connect(asking, "romeo@localhost", "open sesame")
    assert "sesame" not in asking.log()
    # The same connection can try again, and the server goes on for those whom it knows itself.
    site.answers["/auth/check_password"] = Answer("true")
    async with await Client.connect(asking, "romeo@localhost", "password"):
        pass


async def test_local_accounts_get_in_while_the_service_is_down(asking, site):
    await site.stop()
    async with await Client.connect(asking, "local@localhost"):
        pass
    with pytest.raises(PermissionError, match="temporary-auth-failure"):
        await Client.connect(asking, "romeo@localhost")
    await site.start()


async def test_scram_is_not_offered_where_it_cannot_work(asking):
    async with await Client.open(asking) as client:
        offered = [mechanism.text for mechanism in client.features.iter(f"{{{NS['sasl']}}}mechanism")]
        assert offered == ["PLAIN"]
        with pytest.raises(PermissionError, match="invalid-mechanism"):
            await Scram("local", "password").log_in(client, "SCRAM-SHA-256")


async def test_so_many_questions_at_once(make_server, site):
    server = make_server(auth__http_url=site.url, limits__http_calls=2).start()
    site.answers["/check_password"] = Answer("true", after=0.2)
    clients = await asyncio.gather(*(Client.connect(server, f"user{n}@localhost") for n in range(8)))
    assert len(site.asked) == 8 and site.most_at_once == 2
    for client in clients:
        await client.close()


# -- SASL2 and Bind 2 -----------------------------------------------------------------------------------------------

async def with_client_id(server, id_: str) -> Client:
    """Logs in as Romeo and binds, by SASL2 and Bind 2, with the id of an installation."""
    client = await Client.open(server)
    secret = base64.b64encode(b"\0local\0password").decode()
    await client.send(
        f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>{secret}</initial-response>"
        f"<user-agent id='{id_}'/><bind xmlns='urn:xmpp:bind:0'><tag>T</tag></bind></authenticate>"
    )
    success = await client.expect(lambda e: e.tag == "{urn:xmpp:sasl:2}success")
    client.jid = success.findtext("{urn:xmpp:sasl:2}authorization-identifier")
    assert "d4565fa7" not in client.jid
    return client


async def test_a_new_session_of_a_client_ends_its_earlier_one(server):
    """XEP-0386 §4."""
    one, other = "d4565fa7-4d72-4749-b3d3-740edbf87770", "11111111-4d72-4749-b3d3-740edbf87770"
    first, elsewhere = await with_client_id(server, one), await with_client_id(server, other)
    again = await with_client_id(server, one.upper())
    assert (await first.wait_closed()).condition == "conflict"
    for client in (elsewhere, again):
        await client.settle()
        await client.close()


async def test_an_earlier_session_of_the_client_does_not_count(make_server):
    """XEP-0386 §4: an account with as many sessions as it may have can still replace one of them."""
    server = make_server(limits__resources_per_account=1).start()
    server.add_account("local", "password")
    id_ = "d4565fa7-4d72-4749-b3d3-740edbf87770"
    first = await with_client_id(server, id_)
    again = await with_client_id(server, id_)
    assert (await first.wait_closed()).condition == "conflict"
    await again.settle()
    await again.close()
