"""What nobody honest sends: each gets the stream error that RFC 6120 names, and nobody else notices."""

import pytest

from harness.client import Client
from harness.transport import Tcp
from harness.xml import CLIENT, NS, STREAM

XML = "http://www.w3.org/XML/1998/namespace"
BODY = "<message to='x@room.localhost' type='groupchat'><body>{}</body></message>"
ATTACKS = {
    # RFC 6120 §11.1, §4.9.3.18
    "comment": ("<!-- hello -->", "restricted-xml"),
    "comment-within": (BODY.format("a<!-- b -->c"), "restricted-xml"),
    "processing-instruction": ("<?php phpinfo() ?>", "restricted-xml"),
    "document-type": ("<!DOCTYPE m [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><message/>", "restricted-xml"),
    "entity": (BODY.format("&lol;"), "restricted-xml"),
    # §11.3, §4.9.3.13
    "unclosed": ("<message><body>a</message>", "not-well-formed"),
    "double-attribute": ("<message to='a' to='b'/>", "not-well-formed"),
    "unknown-prefix": ("<message><a:b/></message>", "not-well-formed"),
    "bare-ampersand": (BODY.format("a & b"), "not-well-formed"),
    "less-than-in-attribute": ("<message to='<'/>", "not-well-formed"),
    "nul": (BODY.format("a\0b"), "not-well-formed"),
    "nul-reference": (BODY.format("a&#0;b"), "not-well-formed"),
    "surrogate-reference": (BODY.format("a&#xD800;b"), "not-well-formed"),
    "escape-character": (BODY.format("a\x1bb"), "not-well-formed"),
    "prefix-xmlns": ("<message xmlns:xmlns='a'/>", "not-well-formed"),
    # §4.9.3.22: violating the rules of UTF-8
    "lone-continuation": (BODY.format("@").encode().replace(b"@", b"a\x80b"), "unsupported-encoding"),
    "overlong": (BODY.format("@").encode().replace(b"@", b"\xc0\xbc"), "unsupported-encoding"),
    "surrogate-utf8": (BODY.format("@").encode().replace(b"@", b"\xed\xa0\x80"), "unsupported-encoding"),
    "beyond-unicode": (BODY.format("@").encode().replace(b"@", b"\xf5\x80\x80\x80"), "unsupported-encoding"),
    # §4.9.3.14
    "deep": (BODY.format("<a>" * 500 + "</a>" * 500), "policy-violation"),
    "many-attributes": ("<message " + " ".join(f"a{n}='{n}'" for n in range(2000)) + "/>", "policy-violation"),
    "huge-attribute": (f"<message to='{'a' * 100_000}'/>", "policy-violation"),
    "namespace-bomb": ("<message " + " ".join(f"xmlns:a{n}='urn:{n}'" for n in range(1000)) + "/>", "policy-violation"),
    "many-elements": (BODY.format("<a/>" * 15_000), "policy-violation"),
    "huge": (BODY.format("a" * 200_000), "policy-violation"),
    "endless-name": ("<" + "a" * 200_000 + "/>", "policy-violation"),
    # §4.9.3.24, §4.9.3.7
    "unknown-stanza": (f"<shout xmlns='{CLIENT}'/>", "unsupported-stanza-type"),
    "foreign-from": ("<message from='king@localhost/throne' to='x@room.localhost'/>", "invalid-from"),
}
# A BOSH body is one document: what breaks it is refused with the body, XEP-0124 §17.2.
BOSH_CONDITIONS = {"bad-request", "policy-violation", "remote-stream-error", "undefined-condition"}

pytestmark = pytest.mark.parterre


async def still_serves(server):
    async with await Client.connect(server) as bystander:
        room = f"{bystander.jid.split('@')[0]}@{server.muc}"
        await bystander.join(room, "Bystander")
        assert (await bystander.say(room, "all is well")).get("from") == f"{room}/Bystander"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_hostile_xml(server, transport, attack):
    sent, expected = ATTACKS[attack]
    async with await Client.connect(server, transport=transport) as attacker:
        await attacker.send(sent)
        closed = await attacker.wait_closed()
        # RFC 6455 §8.1: a text frame that is not UTF-8 fails the WebSocket itself.
        if transport == "websocket" and expected == "unsupported-encoding" and closed.error is None:
            assert attacker.transport.socket.close_code in (1007, 1006)
        else:
            assert closed.condition == expected
    await still_serves(server)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_hostile_xml_over_bosh(server, attack):
    sent, expected = ATTACKS[attack]
    async with await Client.connect(server, transport="bosh") as attacker:
        await attacker.send(sent)
        closed = await attacker.wait_closed()
        assert closed.error is None or closed.condition == expected
        # What is longer than a body may be is refused as HTTP, unread.
        assert attacker.transport.condition in BOSH_CONDITIONS or len(sent) > 131_072
    await still_serves(server)


HEADER = f"<stream:stream xmlns='{CLIENT}' xmlns:stream='{STREAM}' to='localhost' version='1.0'>"
HEADERS = {
    "unknown-host": (HEADER.replace("localhost", "example.org"), "host-unknown"),
    "stream-namespace": (HEADER.replace(STREAM, "urn:example:streams"), "invalid-namespace"),
    "content-namespace": (HEADER.replace(CLIENT, "urn:example:client"), "invalid-namespace"),
    "document-type": ("<!DOCTYPE a>" + HEADER, "restricted-xml"),
    "not-xml": ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "not-well-formed"),
    "version": (HEADER.replace("1.0", "0.9"), "unsupported-version"),
}


@pytest.mark.parametrize("header", HEADERS)
async def test_hostile_stream_header(server, header):
    """RFC 6120 §4.9.1.2: the server answers with a header of its own, the error, and the end."""
    sent, expected = HEADERS[header]
    async with Client(server, Tcp(server, server.domain, sent)) as client:
        await client.listen()
        closed = await client.wait_closed()
        assert closed.condition == expected
    await still_serves(server)


async def test_stanzas_before_login(server):
    """RFC 6120 §4.9.3.12: not authorized to send stanzas yet."""
    async with await Client.open(server) as early:
        await early.send("<message to='x@room.localhost' type='groupchat'><body>early</body></message>")
        assert (await early.wait_closed()).condition == "not-authorized"


async def test_what_bears_the_prefix_of_xml_itself_harms_nobody(server):
    """Namespaces in XML §3: that prefix is never declared, and its namespace never the default. Whoever hears it now, and
    whoever finds it in the history, reads on."""
    room = f"prefix@{server.muc}"
    async with await Client.connect(server) as listener, await Client.connect(server, transport="websocket") as talker:
        await listener.create(room, "Listener")
        await talker.join(room, "Talker")
        await talker.send(
            f"<message to='{room}' type='groupchat'><body>odd</body><xml:x xml:lang='fr'>a<y xmlns='urn:y'/></xml:x></message>"
        )
        await talker.say(room, "after")
        heard = [await listener.expect("message/c:body") for _ in range(2)]
        async with await Client.connect(server, transport="websocket") as late:
            await late.join(room, "Late")
            heard += [await late.expect("message/c:body") for _ in range(2)]
        assert [message.findtext("c:body", None, NS) for message in heard] == ["odd", "after"] * 2
        for odd in heard[::2]:
            assert odd.find(f"{{{XML}}}x/{{urn:y}}y") is not None and odd.find(f"{{{XML}}}x").get(f"{{{XML}}}lang") == "fr"


async def test_half_a_stanza_and_gone(server):
    """A connection that ends in the middle of a stanza leaves nothing behind: nobody hears the half."""
    room = f"half@{server.muc}"
    async with await Client.connect(server) as listener:
        await listener.create(room, "Listener")
        loser = await Client.connect(server)
        await loser.join(room, "Loser")
        await listener.expect("presence", from_=f"{room}/Loser")
        await loser.send(f"<message to='{room}' type='groupchat'><body>never to be")
        await loser.drop()
        await listener.say(room, "after")
        assert not any("never" in (e.findtext("c:body", "", NS)) for e in await listener.quiet())
