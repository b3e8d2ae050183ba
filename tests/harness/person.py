"""slixmpp as a person: a client that bots and desktop programs are built on."""

import asyncio
import ssl

from slixmpp import JID, ClientXMPP


class Person(ClientXMPP):
    """A slixmpp client with the usual extensions, whose events can be awaited.

    With a TLS context it uses TLS: from the first byte on if `direct`, else by STARTTLS. Without one it uses none.
    """

    def __init__(
        self, server, jid: str, password: str = "password", tls: ssl.SSLContext | None = None, direct: bool = False, **options
    ):
        super().__init__(jid, password, **options)
        self.peer = server
        self.port = server.tls_port if direct else server.c2s_port
        for plugin in ("xep_0004", "xep_0030", "xep_0045", "xep_0054", "xep_0060", "xep_0084", "xep_0092", "xep_0153",
                       "xep_0163", "xep_0191", "xep_0198", "xep_0199", "xep_0202", "xep_0280", "xep_0313", "xep_0402",
                       "xep_0410", "xep_0421"):
            self.register_plugin(plugin)
        self.plugin["xep_0198"].allow_resume = True
        if tls:
            self.ssl_context = tls
        self.enable_direct_tls = direct
        self.enable_starttls = tls is not None and not direct
        self.enable_plaintext = tls is None
        self.plugin["feature_mechanisms"].unencrypted_scram = tls is None
        self.seen: dict[str, asyncio.Queue] = {}

    def watch(self, *events: str):
        for event in events:
            queue = self.seen.setdefault(event, asyncio.Queue())
            self.add_event_handler(event, queue.put_nowait)
        return self

    async def saw(self, event: str, wanted=lambda _: True, within: float = 20):
        """The next event of that name that fits; others of that name are passed over."""
        async with asyncio.timeout(within):
            while True:
                item = await self.seen[event].get()
                if wanted(item):
                    return item

    async def go(self) -> "Person":
        self.watch("session_start", "groupchat_message", "message", "failed_auth", "disconnected", "session_resumed")
        self.connect("127.0.0.1", self.port)
        await self.saw("session_start")
        self.send_presence()
        await self.get_roster()
        return self

    async def join(self, room: str, nick: str):
        return await self.plugin["xep_0045"].join_muc_wait(JID(room), nick, timeout=20, maxstanzas=0)
