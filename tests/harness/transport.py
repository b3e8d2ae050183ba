"""The ways to the server: TCP (RFC 6120), WebSocket (RFC 7395), BOSH (XEP-0124/0206)."""

import asyncio
import random
import ssl
import xml.etree.ElementTree as ET

import aiohttp

from .xml import CLIENT, FRAMING, NS, STREAM, StreamParser, parse, quoteattr

_OPEN = f"{{{FRAMING}}}open"
_CLOSE = f"{{{FRAMING}}}close"


class Tcp:
    """A TCP stream, which opens with `header` if one is given. With a TLS context it begins with TLS (XEP-0368)."""

    def __init__(self, server, domain: str, header: str = "", tls: ssl.SSLContext | None = None):
        self.server, self.domain, self.tls = server, domain, tls
        self._header = header or (
            f"<?xml version='1.0'?><stream:stream xmlns='{CLIENT}' xmlns:stream='{STREAM}' to='{domain}' version='1.0' "
            "xml:lang='en'>"
        )
        self._parser = StreamParser()
        self._reader = self._writer = None
        self.header: ET.Element | None = None

    async def connect(self):
        if self.tls:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self.server.tls_port, ssl=self.tls, server_hostname=self.domain
            )
        else:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.server.c2s_port)
        await self.restart()

    async def restart(self):
        self._parser = StreamParser()
        await self.send(self._header)

    async def start_tls(self, context: ssl.SSLContext):
        """The TLS handshake, after the server's <proceed/>."""
        await self._writer.start_tls(context, server_hostname=self.domain)

    @property
    def session(self) -> ssl.SSLObject:
        """The TLS session of the connection."""
        return self._writer.get_extra_info("ssl_object")

    async def send(self, xml: str | bytes):
        self._writer.write(xml if isinstance(xml, bytes) else xml.encode())
        await self._writer.drain()

    async def elements(self):
        while data := await self._reader.read(65536):
            for element in self._parser.feed(data):
                if element.tag == f"{{{STREAM}}}stream":
                    self.header = element
                else:
                    yield element
            if self._parser.closed:
                return

    async def close(self):
        await self.send("</stream:stream>")

    async def abort(self):
        if self._writer:
            self._writer.transport.abort()


class WebSocket:
    """RFC 7395: one element a frame."""

    def __init__(self, server, domain: str, headers: dict | None = None):
        self.server, self.domain, self.headers = server, domain, headers
        self._http = self.socket = None
        self.header: ET.Element | None = None

    async def connect(self):
        self._http = aiohttp.ClientSession()
        self.socket = await self._http.ws_connect(
            self.server.websocket, protocols=("xmpp",), headers=self.headers, max_msg_size=0, autoping=True
        )
        await self.restart()

    async def restart(self):
        await self.send(f"<open xmlns='{FRAMING}' to={quoteattr(self.domain)} version='1.0'/>")

    async def send(self, xml: str | bytes):
        if isinstance(xml, bytes):  # as a text frame, though it may not be text
            await self.socket._writer.send_frame(xml, aiohttp.WSMsgType.TEXT)
        else:
            await self.socket.send_str(in_client_namespace(xml))

    async def elements(self):
        async for frame in self.socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            # Frames stand alone (RFC 7395 §3.3.3), so they are read without any namespace from outside.
            element = ET.fromstring(frame.data)
            if element.tag == _OPEN:
                self.header = element
            elif element.tag == _CLOSE:
                return
            else:
                yield element

    async def close(self):
        await self.send(f"<close xmlns='{FRAMING}'/>")

    async def abort(self):
        if self.socket is not None:
            response = self.socket._response  # the only way to cut the connection without a closing handshake
            if response.connection is not None and response.connection.transport is not None:
                response.connection.transport.abort()
        if self._http is not None:
            await self._http.close()


class Bosh:
    """XEP-0124 with one request held open, XEP-0206 for the XMPP part."""

    def __init__(self, server, domain: str, wait: int = 10, hold: int = 1, headers: dict | None = None):
        self.server, self.domain, self.wait, self.hold, self.headers = server, domain, wait, hold, headers
        self._rid = random.randrange(1 << 20, 1 << 30)
        self._news: asyncio.Queue = asyncio.Queue()
        self._open: set[asyncio.Task] = set()
        self._outbox: list[tuple[str, str]] = []
        self._http = None
        self.sid: str | None = None
        self.session: ET.Element | None = None
        self.ended = False
        self.condition: str | None = None

    async def connect(self):
        self._http = aiohttp.ClientSession(headers=self.headers)
        body = await self.post(
            f"to={quoteattr(self.domain)} wait='{self.wait}' hold='{self.hold}' ver='1.6' xml:lang='en' "
            "xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'"
        )
        self.session, self.sid = body, body.get("sid")
        self._deliver(body)

    async def post(self, attributes: str = "", payload: str | bytes = "", rid: int | None = None) -> ET.Element:
        """One request with the next rid (or the one given); gives the <body/> of the answer."""
        if rid is None:
            self._rid += 1
            rid = self._rid
        sid = f"sid={quoteattr(self.sid)} " if self.sid else ""
        start = f"<body xmlns='{NS['bosh']}' rid='{rid}' {sid}{attributes}>".encode()
        data = start + (payload if isinstance(payload, bytes) else payload.encode()) + b"</body>"
        async with self._http.post(
            self.server.bosh, data=data, headers={"Content-Type": "text/xml; charset=utf-8"}
        ) as answer:
            return ET.fromstring(await answer.text())

    def _deliver(self, body: ET.Element):
        for element in body:
            self._news.put_nowait(element)
        if body.get("type") == "terminate":
            self.ended = True
            self.condition = body.get("condition")
            self._news.put_nowait(None)

    def _post_later(self, attributes: str = "", payload: str = ""):
        if isinstance(payload, str) and payload and self._outbox and not self._outbox[-1][0]:
            payload = self._outbox.pop()[1] + payload
        self._outbox.append((attributes, payload))
        self._pump()

    def _pump(self):
        """Sends what waits, as far as the session allows requests at once; something always waits at the server."""
        while self._outbox and len(self._open) <= self.hold:
            self._rid += 1
            self._open.add(asyncio.create_task(self._exchange(*self._outbox.pop(0), self._rid)))
        if not self._open and not self.ended:
            self._post_later()

    async def _exchange(self, attributes: str, payload: str, rid: int):
        try:
            body = await self.post(attributes, payload, rid)
        except (aiohttp.ClientError, ET.ParseError, OSError):
            self.ended = True
            self._news.put_nowait(None)
        else:
            self._deliver(body)
        finally:
            self._open.discard(asyncio.current_task())
        if not self.ended:
            self._pump()

    async def restart(self):
        self._post_later(f"xmpp:restart='true' to={quoteattr(self.domain)} xmlns:xmpp='urn:xmpp:xbosh'")

    async def send(self, xml: str | bytes):
        # Stanzas in a body stand in the client's namespace.
        self._post_later(payload=xml if isinstance(xml, bytes) else in_client_namespace(xml))

    async def elements(self):
        self._pump()
        while (element := await self._news.get()) is not None:
            yield element

    async def close(self):
        if not self.ended:
            self.ended = True
            await asyncio.wait_for(self.post("type='terminate'"), 10)

    async def abort(self):
        self.ended = True
        for task in list(self._open):
            task.cancel()
        if self._http is not None:
            await self._http.close()


def in_client_namespace(xml: str) -> str:
    """Gives each top-level element without a namespace the one of clients' stanzas."""
    for name in ("message", "presence", "iq"):
        if xml.startswith(f"<{name}") and " xmlns=" not in xml.split(">", 1)[0]:
            return f"<{name} xmlns='{CLIENT}'" + xml[len(name) + 1 :]
    return xml


__all__ = ["Bosh", "Tcp", "WebSocket", "parse"]
