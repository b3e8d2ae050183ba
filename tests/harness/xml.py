"""XML as the tests read it: etree elements with Clark names, whole or from a stream."""

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr  # noqa: F401  (the tests build stanzas with these)

CLIENT = "jabber:client"
STREAM = "http://etherx.jabber.org/streams"
FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
STREAMS = "urn:ietf:params:xml:ns:xmpp-streams"

# Short prefixes for paths in the tests: stanza.find("muc:x/muc:item", NS).
NS = {
    "c": CLIENT,
    "stream": STREAM,
    "framing": FRAMING,
    "sasl": SASL,
    "stanzas": STANZAS,
    "streams": STREAMS,
    "tls": "urn:ietf:params:xml:ns:xmpp-tls",
    "bind": "urn:ietf:params:xml:ns:xmpp-bind",
    "sm": "urn:xmpp:sm:3",
    "x": "http://jabber.org/protocol/muc",
    "muc": "http://jabber.org/protocol/muc#user",
    "admin": "http://jabber.org/protocol/muc#admin",
    "owner": "http://jabber.org/protocol/muc#owner",
    "info": "http://jabber.org/protocol/disco#info",
    "items": "http://jabber.org/protocol/disco#items",
    "data": "jabber:x:data",
    "mam": "urn:xmpp:mam:2",
    "fwd": "urn:xmpp:forward:0",
    "rsm": "http://jabber.org/protocol/rsm",
    "delay": "urn:xmpp:delay",
    "sid": "urn:xmpp:sid:0",
    "occ": "urn:xmpp:occupant-id:0",
    "vcard": "vcard-temp",
    "roster": "jabber:iq:roster",
    "bosh": "http://jabber.org/protocol/httpbind",
    "ps": "http://jabber.org/protocol/pubsub",
    "retract": "urn:xmpp:message-retract:1",
    "moderate": "urn:xmpp:message-moderate:1",
    "moderate0": "urn:xmpp:message-moderate:0",
    "fasten": "urn:xmpp:fasten:0",
}

def parse(text: str) -> ET.Element:
    """Reads one element; without a namespace of its own it is a client's stanza."""
    return ET.fromstring(f"<wrap xmlns='{CLIENT}' xmlns:stream='{STREAM}'>{text}</wrap>")[0]


def show(element: ET.Element, around: str = CLIENT) -> str:
    """Writes an element for a person to read: no prefixes, a namespace only where it changes."""
    inside = namespace(element)
    attributes = "".join(f" {k.rsplit('}', 1)[-1]}={quoteattr(v)}" for k, v in element.attrib.items())
    start = local(element) + (f" xmlns='{inside}'" if inside != around else "") + attributes
    content = escape((element.text or "").strip()) + "".join(show(child, inside) for child in element)
    return f"<{start}>{content}</{local(element)}>" if content else f"<{start}/>"


def local(element: ET.Element) -> str:
    """The local name of an element."""
    return element.tag.rsplit("}", 1)[-1]


def namespace(element: ET.Element) -> str:
    """The namespace of an element, empty if it has none."""
    return element.tag[1:].split("}", 1)[0] if element.tag.startswith("{") else ""


class StreamParser:
    """Cuts a TCP stream into its header and the stanzas that follow."""

    def __init__(self):
        self._parser = ET.XMLPullParser(events=("start", "end"))
        self._depth = 0
        self._root = None
        self.closed = False

    def feed(self, data: bytes) -> list[ET.Element]:
        """Takes bytes, gives what they complete: the header (the empty stream element) first, then stanzas."""
        self._parser.feed(data)
        complete = []
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                if self._depth == 1:
                    self._root = element
                    complete.append(ET.Element(element.tag, dict(element.attrib)))
            else:
                self._depth -= 1
                if self._depth == 1:
                    complete.append(element)
                    self._root.remove(element)
                elif self._depth == 0:
                    self.closed = True
        return complete
