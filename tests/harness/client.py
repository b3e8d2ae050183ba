"""A small XMPP client for tests: it sends what it is given and shows what comes, over any of the three transports."""

import asyncio
import base64
import contextlib
import itertools
import os
import xml.etree.ElementTree as ET

from .transport import Bosh, Tcp, WebSocket
from .xml import CLIENT, NS, local, namespace, parse, quoteattr, show

PATIENCE = float(os.environ.get("PATIENCE", "15"))
_TRANSPORTS = {"tcp": Tcp, "websocket": WebSocket, "bosh": Bosh}
_IDS = (f"t{n}" for n in itertools.count(1))


class Closed(Exception):
    """The stream has ended; `error` is the stream error that said why, if one did."""

    def __init__(self, error: ET.Element | None = None):
        super().__init__(show(error) if error is not None else "the stream ended")
        self.error = error

    @property
    def condition(self) -> str | None:
        """The defined condition of the stream error."""
        if self.error is None:
            return None
        return next((local(child) for child in self.error if namespace(child) == NS["streams"]), None)


class Client:
    """One stream. Make it with `Client.connect` (logged in and bound) or `Client.open` (features read, no more)."""

    def __init__(self, server, transport):
        self.server = server
        self.transport = transport
        self.jid: str | None = None
        self.features: ET.Element | None = None
        self.pending: list[ET.Element] = []
        self.ended: Closed | None = None
        self.handled = 0
        self.resumption: str | None = None
        self.mute = False  # a mute client does not even acknowledge
        self._sm = False
        self._news = asyncio.Event()
        self._reader: asyncio.Task | None = None

    # -- Getting in -------------------------------------------------------------------------------------------

    @classmethod
    async def open(cls, server, transport: str = "tcp", domain: str | None = None, **options) -> "Client":
        """Opens a stream and reads its features."""
        client = cls(server, _TRANSPORTS[transport](server, domain or server.domain, **options))
        await client.listen()
        client.features = await client.expect("stream:features")
        return client

    @classmethod
    async def connect(cls, server, jid: str | None = None, password: str = "password", transport: str = "tcp", **options):
        """Logs in: as `jid` by PLAIN (a resource in it is asked for), or without one as an anonymous person."""
        domain = jid.split("/")[0].split("@")[1] if jid else server.anonymous_domain
        client = await cls.open(server, transport, domain, **options)
        try:
            await client.authenticate(jid, password)
            await client.bind(jid.split("/", 1)[1] if jid and "/" in jid else None)
        except BaseException:
            await client.close()
            raise
        return client

    async def listen(self):
        """Connects and begins to read."""
        await self.transport.connect()
        self._reader = asyncio.create_task(self._read())

    async def authenticate(self, jid: str | None, password: str = "password"):
        """SASL PLAIN or ANONYMOUS, then the stream anew."""
        if jid is None:
            await self.send(f"<auth xmlns='{NS['sasl']}' mechanism='ANONYMOUS'/>")
        else:
            token = base64.b64encode(f"\0{jid.split('@')[0]}\0{password}".encode()).decode()
            await self.send(f"<auth xmlns='{NS['sasl']}' mechanism='PLAIN'>{token}</auth>")
        answer = await self.expect(lambda e: namespace(e) == NS["sasl"])
        if local(answer) != "success":
            raise PermissionError(show(answer))
        await self.restart()

    async def restart(self):
        """Opens the stream again, as after SASL success, and reads the new features."""
        await self.transport.restart()
        self.features = await self.expect("stream:features")

    async def bind(self, resource: str | None = None) -> str:
        """Binds a resource and gives the full address."""
        wanted = f"<resource>{resource}</resource>" if resource else ""
        result = await self.iq("set", None, f"<bind xmlns='{NS['bind']}'>{wanted}</bind>")
        self.jid = result.findtext("bind:bind/bind:jid", namespaces=NS)
        return self.jid

    # -- Saying and hearing -----------------------------------------------------------------------------------

    async def send(self, xml: str):
        """Sends the text as it is."""
        await self.transport.send(xml)

    async def _read(self):
        try:
            async for element in self.transport.elements():
                if namespace(element) == NS["sm"] and local(element) == "r" and self._sm:
                    if not self.mute:
                        await self.send(f"<a xmlns='{NS['sm']}' h='{self.handled}'/>")
                    continue
                if self._sm and namespace(element) == CLIENT:
                    self.handled += 1
                if element.tag == f"{{{NS['stream']}}}error":
                    self.ended = Closed(element)
                    self._news.set()
                    continue
                self.pending.append(element)
                self._news.set()
        except (OSError, ET.ParseError, ConnectionError) as problem:
            self.ended = self.ended or Closed()
            self.ended.__cause__ = problem
        finally:
            self.ended = self.ended or Closed()
            self._news.set()

    async def _until(self, take, within: float):
        """Waits until `take()` gives something."""
        try:
            async with asyncio.timeout(within):
                while True:
                    self._news.clear()
                    found = take()
                    if found is not None:
                        return found
                    if self.ended:
                        raise self.ended
                    await self._news.wait()
        except TimeoutError:
            have = "\n  ".join(show(e) for e in self.pending) or "(nothing)"
            raise TimeoutError(f"{self.jid}: what was awaited did not come; what did:\n  {have}") from None

    async def next(self, within: float = PATIENCE) -> ET.Element:
        """The next element, whatever it is."""
        return await self._until(lambda: self.pending.pop(0) if self.pending else None, within)

    async def expect(self, wanted, within: float = PATIENCE, **attributes) -> ET.Element:
        """The first element that fits; what came before it stays for later.

        `wanted` is a path such as `message/c:body` relative to the stanza (the first step names it), or a function.
        A keyword is an attribute that must be equal; a trailing underscore is dropped (`from_`).
        """
        fits = wanted if callable(wanted) else _fits(wanted)
        names = {key.rstrip("_"): value for key, value in attributes.items()}

        def take():
            for position, element in enumerate(self.pending):
                if all(element.get(k) == v for k, v in names.items()) and fits(element):
                    return self.pending.pop(position)
            return None

        try:
            return await self._until(take, within)
        except TimeoutError as problem:
            raise TimeoutError(f"waiting for {wanted} {names}: {problem}") from None

    async def iq(self, kind: str, to: str | None, payload: str, within: float = PATIENCE) -> ET.Element:
        """Sends a request and gives the answer, result or error."""
        id_ = next(_IDS)
        address = f" to={quoteattr(to)}" if to else ""
        await self.send(f"<iq type='{kind}' id='{id_}'{address}>{payload}</iq>")
        return await self.expect(
            lambda e: local(e) == "iq" and e.get("id") == id_ and e.get("type") in ("result", "error"), within
        )

    async def settle(self):
        """Returns when the server has answered all that was sent before: a round trip."""
        await self.iq("get", self.jid.split("@")[1].split("/")[0] if self.jid else None, "<ping xmlns='urn:xmpp:ping'/>")

    async def quiet(self) -> list[ET.Element]:
        """What has come and was not taken, once everything sent so far has been answered."""
        await self.settle()
        taken, self.pending = self.pending, []
        return taken

    async def wait_closed(self, within: float = PATIENCE) -> Closed:
        """Waits for the end of the stream and gives why it ended."""
        await asyncio.wait_for(asyncio.shield(self._reader), within)
        return self.ended

    # -- Rooms ------------------------------------------------------------------------------------------------

    async def join(self, room: str, nick: str, inside: str = "") -> ET.Element:
        """Joins a room, and gives the own presence (status 110) when the subject has come."""
        await self.send(f"<presence to={quoteattr(room + '/' + nick)}><x xmlns='{NS['x']}'>{inside}</x></presence>")
        own = await self.expect(lambda e: is_self_presence(e, room) or is_error(e, "presence", room))
        if own.get("type") != "error":
            await self.expect(lambda e: is_subject(e, room))
        return own

    async def create(self, room: str, nick: str) -> ET.Element:
        """Joins a room that does not exist yet, and takes the defaults, so that others can come (XEP-0045 §10.1.2)."""
        own = await self.join(room, nick)
        await self.iq("set", room, f"<query xmlns='{NS['owner']}'><x xmlns='{NS['data']}' type='submit'/></query>")
        return own

    async def say(self, room: str, body: str) -> ET.Element:
        """Says something in a room, and gives it as it was reflected."""
        id_ = next(_IDS)
        await self.send(f"<message to='{room}' type='groupchat' id='{id_}'><body>{body}</body></message>")
        return await self.expect("message", id=id_)

    # -- Stream management ------------------------------------------------------------------------------------

    async def enable_sm(self) -> ET.Element:
        """XEP-0198 with resumption."""
        await self.send(f"<enable xmlns='{NS['sm']}' resume='true'/>")
        self._sm = True
        answer = await self.expect(lambda e: namespace(e) == NS["sm"] and local(e) in ("enabled", "failed"))
        self.handled = 0
        self.resumption = answer.get("id")
        return answer

    async def resume(self, previous: "Client") -> ET.Element:
        """Takes over the session of another client, after authentication in place of binding."""
        self._sm = True
        self.handled, self.jid = previous.handled, previous.jid
        await self.send(f"<resume xmlns='{NS['sm']}' h='{previous.handled}' previd={quoteattr(previous.resumption)}/>")
        return await self.expect(lambda e: namespace(e) == NS["sm"] and local(e) in ("resumed", "failed"))

    # -- Leaving ----------------------------------------------------------------------------------------------

    async def drop(self):
        """Cuts the connection without a word, as a lost network does."""
        await self.transport.abort()
        await self._stop_reading()

    async def close(self):
        """Closes the stream as the standard says."""
        with contextlib.suppress(OSError, ConnectionError, RuntimeError, TimeoutError):
            await self.transport.close()
        await self._stop_reading()

    async def _stop_reading(self):
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self.transport.abort()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()


def _fits(path: str):
    first, _, rest = path.partition("/")
    prefix, colon, name = first.rpartition(":")
    tag = f"{{{NS[prefix] if colon else CLIENT}}}{name}"
    return lambda e: e.tag == tag and (not rest or e.find(rest, NS) is not None)


def statuses(presence: ET.Element) -> set[str]:
    """The status codes of a room's presence or message."""
    return {status.get("code") for status in presence.findall("muc:x/muc:status", NS)}


def is_self_presence(element: ET.Element, room: str) -> bool:
    """Whether this is the room's word to an occupant about itself, available."""
    return (
        local(element) == "presence"
        and (element.get("from") or "").split("/")[0] == room
        and element.get("type") is None
        and "110" in statuses(element)
    )


def is_error(element: ET.Element, kind: str, room: str) -> bool:
    """Whether this is an error stanza from the room or one of its occupants."""
    return local(element) == kind and element.get("type") == "error" and (element.get("from") or "").split("/")[0] == room


def is_subject(element: ET.Element, room: str) -> bool:
    """Whether this message is a room's subject: a subject and no body."""
    return (
        local(element) == "message"
        and (element.get("from") or "").split("/")[0] == room
        and element.find("c:subject", NS) is not None
        and element.find("c:body", NS) is None
    )


def is_audience(element: ET.Element) -> bool:
    """Whether this is a room's word on the size of its audience: our extension, sent now and then."""
    return element.find("{urn:parterre:audience:0}audience") is not None


def condition(stanza: ET.Element) -> str | None:
    """The defined condition of an error stanza."""
    error = stanza.find("c:error", NS)
    if error is None:
        return None
    return next((local(child) for child in error if namespace(child) == NS["stanzas"] and local(child) != "text"), None)


__all__ = ["Client", "Closed", "NS", "condition", "is_self_presence", "is_subject", "parse", "show", "statuses"]
