"""TLS on TCP: STARTTLS (RFC 6120 §5), direct TLS (XEP-0368), and logins bound to it (RFC 5802 §6, RFC 9266)."""

import asyncio
import contextlib
import signal
import ssl

import pytest

from harness.certificate import Certificate
from harness.client import Client
from harness.person import Person
from harness.sasl import Scram
from harness.xml import NS, local

pytestmark = pytest.mark.parterre


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(make_server, certificate):
    """A server that lets nobody in without TLS."""
    server = make_server(c2s__allow_plaintext=False, **certificate.settings())
    server.settings["c2s.direct_tls_listen"] = f"127.0.0.1:{server.tls_port}"
    server.write_config()
    server.start()
    server.add_account("romeo", "password")
    return server


async def secured(server, context: ssl.SSLContext, direct: bool = False) -> Client:
    """A stream over TLS on which nobody has logged in."""
    if direct:
        return await Client.open(server, tls=context)
    client = await Client.open(server)
    await client.send(f"<starttls xmlns='{NS['tls']}'/>")
    assert local(await client.expect("tls:proceed")) == "proceed"
    await client.transport.start_tls(context)
    await client.restart()
    return client


def mechanisms(client: Client) -> list[str]:
    return [mechanism.text for mechanism in client.features.findall("sasl:mechanisms/sasl:mechanism", NS)]


async def test_before_tls_nothing_but_tls_is_offered(server):
    async with await Client.open(server) as client:
        assert client.features.find("tls:starttls/tls:required", NS) is not None
        assert len(client.features) == 1
        with pytest.raises(PermissionError, match="encryption-required"):
            await client.authenticate("romeo@localhost")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
async def test_login_over_tls(server, certificate, direct, version):
    async with await secured(server, certificate.client(version), direct) as client:
        assert client.features.find("tls:starttls", NS) is None
        await client.authenticate("romeo@localhost")
        assert (await client.bind("balcony")) == "romeo@localhost/balcony"
        await client.settle()


async def test_the_protocol_of_direct_tls(server, certificate):
    """XEP-0368 §3: `xmpp-client` where the client names protocols; another one gets no connection."""
    context = certificate.client()
    context.set_alpn_protocols(["xmpp-client"])
    async with await secured(server, context, direct=True) as client:
        assert client.transport.session.selected_alpn_protocol() == "xmpp-client"
    context.set_alpn_protocols(["http/1.1"])
    with pytest.raises(ssl.SSLError):
        await secured(server, context, direct=True)


async def test_what_was_sent_before_tls_is_forgotten(server, certificate):
    """RFC 6120 §5.4.3.3: whoever sits between could have put it there."""
    async with await Client.open(server) as client:
        injected = f"<iq type='get' id='injected' to='{server.domain}'><ping xmlns='urn:xmpp:ping'/></iq>"
        await client.send(f"<starttls xmlns='{NS['tls']}'/>" + injected)
        await client.expect("tls:proceed")
        await client.transport.start_tls(certificate.client())
        await client.restart()
        await client.authenticate("romeo@localhost")
        await client.bind()
        assert not [stanza for stanza in await client.quiet() if stanza.get("id") == "injected"]


async def test_no_tls_where_there_is_no_certificate(make_server):
    async with await Client.open(make_server().start()) as client:
        assert client.features.find("tls:starttls", NS) is None
        await client.send(f"<starttls xmlns='{NS['tls']}'/>")
        await client.expect("tls:failure")
        await client.wait_closed()


async def test_what_is_no_tls_gets_no_stream(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.tls_port)
    writer.write(b"<stream:stream xmlns='jabber:client' to='localhost' version='1.0'>" * 10)
    with contextlib.suppress(ConnectionError):
        said = await asyncio.wait_for(reader.read(), 15)
        assert b"stream" not in said
    writer.close()


async def renew(server, certificate: Certificate):
    """Gives the server another certificate, and waits until it uses it."""
    certificate.renew()
    server.process.child.send_signal(signal.SIGHUP)

    async def taken():
        while True:
            try:
                return await (await secured(server, certificate.client())).close()
            except ssl.SSLError:
                await asyncio.sleep(0.05)

    await asyncio.wait_for(taken(), 15)


async def test_sighup_reads_the_certificate_again(make_server, tmp_path):
    certificate = Certificate.make(tmp_path)
    server = make_server(c2s__allow_plaintext=False, **certificate.settings()).start()
    first = certificate.client()
    async with await secured(server, first):
        await renew(server, certificate)
    with pytest.raises(ssl.SSLError):
        await secured(server, first)


# -- Logins bound to the channel ------------------------------------------------------------------------------------

@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
@pytest.mark.parametrize("mechanism, hash_", [("SCRAM-SHA-256", "sha256"), ("SCRAM-SHA-1", "sha1")])
async def test_a_login_bound_to_the_certificate(server, certificate, direct, mechanism, hash_):
    async with await secured(server, certificate.client(ssl.TLSVersion.TLSv1_3), direct) as client:
        assert mechanisms(client)[:2] == ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
        kinds = [kind.get("type") for kind in client.features.iter("{urn:xmpp:sasl-cb:0}channel-binding")]
        assert kinds == ["tls-exporter", "tls-server-end-point"]  # XEP-0440
        scram = Scram("romeo", "password", hash_, "p=tls-server-end-point", certificate.end_point())
        await scram.log_in(client, mechanism + "-PLUS")
        await client.bind()


async def test_a_login_bound_to_the_certificate_that_the_connection_was_made_with(make_server, tmp_path):
    """RFC 5929 §4.1. The client has seen the one before, which is renewed before the client says a word."""
    certificate = Certificate.make(tmp_path)
    server = make_server(c2s__allow_plaintext=False, **certificate.settings()).start()
    server.add_account("romeo", "password")
    seen = certificate.end_point()
    async with await Client.open(server) as client:
        await client.send(f"<starttls xmlns='{NS['tls']}'/>")
        await client.expect("tls:proceed")
        await client.transport.start_tls(certificate.client(ssl.TLSVersion.TLSv1_3))
        await renew(server, certificate)
        assert certificate.end_point() != seen
        await client.restart()
        scram = Scram("romeo", "password", flag="p=tls-server-end-point", binding=seen)
        await scram.log_in(client, "SCRAM-SHA-256-PLUS")
        await client.bind()


@pytest.mark.parametrize("flag, binding", [
    ("p=tls-server-end-point", b"\0" * 32),  # somebody between has another certificate
    ("p=tls-exporter", b"\0" * 32),
    ("p=tls-unique", b"\0" * 12),  # not with TLS 1.3
    ("p=nothing", b""),
    ("n", b""),  # no binding, though the mechanism says that there is one
    ("y", b""),
])
async def test_a_login_bound_to_another_channel(server, certificate, flag, binding):
    async with await secured(server, certificate.client()) as client:
        with pytest.raises(PermissionError):
            await Scram("romeo", "password", flag=flag, binding=binding).log_in(client, "SCRAM-SHA-256-PLUS")


async def test_a_client_from_which_the_offer_was_hidden(server, certificate):
    """RFC 5802 §6: `y` says that the client could bind and was not offered to. Here it was: somebody took that out."""
    async with await secured(server, certificate.client()) as client:
        with pytest.raises(PermissionError):
            await Scram("romeo", "password", flag="y").log_in(client, "SCRAM-SHA-256")
        await Scram("romeo", "password", flag="n").log_in(client, "SCRAM-SHA-256")


async def test_no_binding_over_tls_1_2(server, certificate):
    """There it would have to be `tls-unique`, which the server does not have."""
    async with await secured(server, certificate.client(ssl.TLSVersion.TLSv1_2)) as client:
        assert not [mechanism for mechanism in mechanisms(client) if mechanism.endswith("-PLUS")]
        await Scram("romeo", "password", flag="y").log_in(client, "SCRAM-SHA-256")


# -- slixmpp --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
async def test_slixmpp_over_tls(server, certificate, direct):
    romeo = Person(server, "romeo@localhost", tls=certificate.client(), direct=direct)
    await romeo.go()
    await romeo.join(f"agora@{server.muc}", "Romeo")
    assert romeo.transport.get_extra_info("ssl_object").version() == "TLSv1.3"
    await romeo.disconnect(wait=0.5)


async def test_slixmpp_does_not_trust_another_certificate(server, tmp_path):
    romeo = Person(server, "romeo@localhost", tls=Certificate.make(tmp_path, "other").client())
    romeo.watch("ssl_invalid_chain", "session_start")
    romeo.connect("127.0.0.1", server.c2s_port)
    await romeo.saw("ssl_invalid_chain")
    assert romeo.seen["session_start"].empty()
    romeo.abort()
