"""@xmpp/client (xmpp.js) and strophe.js, in Node."""

import pytest

from harness.node import node


def service(server, transport: str) -> str:
    return {"tcp": f"xmpp://127.0.0.1:{server.c2s_port}", "websocket": server.websocket, "bosh": server.bosh}[transport]


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_xmppjs_account_joins_and_resumes(server, transport):
    server.add_account("romeo", "password")
    saw = await node("xmppjs.mjs", {
        "service": service(server, transport), "domain": server.domain, "username": "romeo", "password": "password",
        "room": f"orchard@{server.muc}", "nick": "Romeo", "resume": True,
    })
    assert saw["jid"].startswith(f"romeo@{server.domain}/")
    assert saw["self"] == f"orchard@{server.muc}/Romeo"
    assert saw["managed"] and saw["resumed"], saw
    assert saw["heard"] == ["one", "two"], "the room outlives the connection: no second join was needed"


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_xmppjs_anonymous(server, transport):
    saw = await node("xmppjs.mjs", {
        "service": service(server, transport), "domain": server.anonymous_domain,
        "room": f"orchard@{server.muc}", "nick": "Stranger",
    })
    assert saw["jid"].split("/")[0].endswith(f"@{server.anonymous_domain}")
    assert saw["heard"] == ["one"]
    assert saw["stanzaId"] or server.name == "prosody"


@pytest.mark.parterre
@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_xmppjs_uses_sasl2_and_bind2(server, transport):
    server.add_account("romeo", "password")
    saw = await node("xmppjs.mjs", {
        "service": service(server, transport), "domain": server.domain, "username": "romeo", "password": "password",
        "room": f"orchard@{server.muc}", "nick": "Romeo",
    })
    assert "authenticate" in saw["sent"] and "auth" not in saw["sent"], "XEP-0388 was offered and taken"
    assert "iq" not in saw["sent"], "XEP-0386 bound the resource: no request was needed"


async def test_xmppjs_wrong_password(server):
    server.add_account("romeo", "password")
    if server.name == "prosody":
        pytest.skip("any password will do there")
    with pytest.raises(AssertionError, match="not-authorized"):
        await node("xmppjs.mjs", {
            "service": service(server, "websocket"), "domain": server.domain, "username": "romeo", "password": "wrong",
            "room": f"orchard@{server.muc}", "nick": "Romeo",
        })


@pytest.mark.parametrize("transport", ["bosh", "websocket"])
@pytest.mark.parametrize("mechanism", ["SASLAnonymous", "SASLPlain", "SASLSHA1", "SASLSHA256"])
async def test_strophe(server, transport, mechanism):
    if server.name == "prosody" and mechanism == "SASLSHA256":
        pytest.skip("not offered there")
    server.add_account("juliet", "password")
    anonymous = mechanism == "SASLAnonymous"
    saw = await node("strophe.mjs", {
        "service": service(server, transport), "mechanism": mechanism,
        "jid": server.anonymous_domain if anonymous else f"juliet@{server.domain}",
        "password": "" if anonymous else "password", "room": f"balcony@{server.muc}", "nick": "Juliet",
    })
    assert saw["heard"] == ["one <&> two"]
    assert saw["self"] == f"balcony@{server.muc}/Juliet"
    assert "CONNECTED" in saw["statuses"]
