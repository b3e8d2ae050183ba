"""Nicks beyond the alphabet: what may be one, and which are the same (RFC 7622 §3.4, RFC 8265, RFC 8266)."""

import pytest

from harness.client import Client, condition
from harness.xml import NS

pytestmark = pytest.mark.parterre


@pytest.mark.parametrize("asked, borne", [
    ("Ann 🦊", "Ann 🦊"),
    ("🫠🩷", "🫠🩷"),
    ("👩🏽\u200d💻 ❤\ufe0f", "👩🏽💻 ❤"),  # what nobody sees is left out
    ("Ａnn", "Ann"),
    ("می\u200cخواهم", "می\u200cخواهم"),
], ids=ascii)
@pytest.mark.parametrize("transport", ["tcp", "websocket", "bosh"])
async def test_a_nick_is_borne_and_can_be_written_to(module_server, transport, asked, borne):
    room = f"nicks-{transport}@{module_server.muc}"
    async with await Client.connect(module_server, transport=transport) as ann, await Client.connect(module_server) as bob:
        own = await ann.join(room, asked)
        assert own.get("from") == f"{room}/{borne}" and own.get("type") is None
        await bob.join(room, "Bob")
        assert (await ann.say(room, "hello")).get("from") == f"{room}/{borne}"
        assert (await bob.expect("message/c:body")).get("from") == f"{room}/{borne}"
        # In private, and with whatever spelling.
        for nick in (asked, borne):
            await bob.send(f"<message to='{room}/{nick}' type='chat' id='pm'><body>hush</body></message>")
            assert (await ann.expect("message/c:body", id="pm")).get("from") == f"{room}/Bob"
        # Nobody else can look the same.
        await bob.send(f"<presence to='{room}/{asked}'/>")
        assert condition(await bob.expect("presence", type="error")) == "conflict"


@pytest.mark.parametrize("nick", [
    "\u202enimda", "a\u2066b", "a\u200eb", "\u3164", "\u2800", "a\u2800", "\u00a0", "a\ue000", "a\u0378", "\u1100\u1161",
    "a\U000e0061", " Ann", "Ann\u2003",
], ids=ascii)
async def test_what_deceives_is_no_nick(module_server, nick):
    room = f"nicks@{module_server.muc}"
    async with await Client.connect(module_server) as ann:
        await ann.send(f"<presence to='{room}/{nick}'><x xmlns='{NS['x']}'/></presence>")
        refusal = await ann.expect("presence", type="error")
        assert condition(refusal) == "jid-malformed"  # XEP-0045 §7.2.3 has no better one for it
