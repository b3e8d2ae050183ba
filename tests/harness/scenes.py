"""Plays scripted scenes against a server: who connects, what each sends, what each must receive.

The format is the one of Prosody's tool scansion, so that its published scripts run as well as ours:

    # A title
    [Client] Romeo
        jid: romeo@localhost
        password: password
    -----
    Romeo connects
    Romeo sends:
        <presence to="garden@room.localhost/Romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>
    Romeo receives:
        <presence from="garden@room.localhost/Romeo"/>

A received element fits when it has at least the attributes, text and children that the script names, in any order;
where an element says `scansion:strict='true'` it may have no other children. In values, `{scansion:any}` stands for
anything, and `{scansion:capture:name}` for anything the first time and for the same from then on (in scripts from
elsewhere for anything each time: Prosody's count on it). `${Romeo's full JID}`
and `${Romeo's JID}` are addresses.

In our own scripts every stanza must be named, in the order in which it comes (but for the size of the audience, which
a room tells when it likes); in scripts from elsewhere those that
nobody awaits are passed over, as scansion does. Ours also know `NAME receives in any order:` with
several stanzas, `NAME receives nothing` (no more stanzas, once
everything sent so far has been answered), `{captured:name}` in what is sent, and a client without `jid:` is an anonymous person.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

from .client import Client, Closed, is_audience
from .xml import CLIENT, local, namespace, parse, show

_STEP = re.compile(r"^(?P<who>.+?) (?P<what>connects|disconnects|sends:|receives:|receives in any order:|receives nothing)\s*$")
_FULL = re.compile(r"\$\{([^}]+)'s full JID\}")
_BARE = re.compile(r"\$\{([^}]+)'s JID\}")
_CAPTURED = re.compile(r"\{captured:(\w+)\}")
_SCANSION = "scansion"
_STRICT = f"{{{_SCANSION}}}strict"


@dataclass
class Step:
    """One line of action, with the stanza that follows it if it has one."""

    line: int
    who: str
    what: str
    xml: str = ""


@dataclass
class Script:
    """A scene as it was read."""

    title: str
    clients: dict[str, dict[str, str]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def read(text: str) -> Script:
    """Reads a script."""
    script = Script(title="")
    in_cast, client = True, None
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or stripped.startswith("-- "):
            script.title = script.title or stripped.lstrip("# ")
        elif in_cast and set(stripped) == {"-"}:
            in_cast = False
        elif in_cast and stripped.startswith("[Client]"):
            client = script.clients.setdefault(stripped.removeprefix("[Client]").strip(), {})
        elif in_cast:
            key, _, value = stripped.partition(":")
            client[key.strip()] = value.strip()
        elif not line[0].isspace() and (step := _STEP.match(line)):
            script.steps.append(Step(number, step["who"], step["what"].rstrip(":")))
        else:
            script.steps[-1].xml += line + "\n"
    return script


class Mismatch(AssertionError):
    """What came is not what the script awaits."""


class Scene:
    """The playing of one script."""

    def __init__(self, server, script: Script, rename: dict[str, str] | None = None, in_order: bool = True):
        self.server, self.script, self.in_order = server, script, in_order
        self.rename = rename or {}
        self.cast: dict[str, Client] = {}
        self.captured: dict[str, str] = {}
        self.gone: set[Client] = set()

    async def play(self):
        """Plays all steps; raises `Mismatch` or what the client raised, with the line of the script."""
        try:
            for step in self.script.steps:
                try:
                    await self._step(step)
                except (AssertionError, TimeoutError, Closed, PermissionError, OSError) as problem:
                    raise Mismatch(f"line {step.line}: {step.who} {step.what}: {problem}") from problem
        finally:
            for client in self.cast.values():
                await client.close()

    def address(self, who: str) -> str:
        """The bare address that the script's cast gives to somebody."""
        return self._renamed(self.script.clients[who]["jid"])

    async def _step(self, step: Step):
        if step.what == "connects":
            member = self.script.clients[step.who]
            jid = self._renamed(member["jid"]) if "jid" in member else None
            if jid and "resource" in member:
                jid += "/" + member["resource"]
            self.cast[step.who] = await Client.connect(
                self.server, jid, member.get("password", "password"), member.get("transport", "tcp")
            )
            return
        client = self.cast[step.who]
        if step.what == "disconnects":
            await client.close()
            self.gone.add(client)
        elif step.what == "sends":
            if client not in self.gone:
                await client.send(self._filled(step.xml))
        elif step.what == "receives in any order":
            for expected in self._expected(step):
                await client.expect(lambda received, expected=expected: self._compare(expected, received) is None)
        elif step.what == "receives":
            expected = self._expected(step)[0]
            if not self.in_order:
                await client.expect(lambda received: self._compare(expected, received) is None)
                return
            while is_audience(received := await client.next()):
                pass
            if problem := self._compare(expected, received):
                raise Mismatch(f"{problem}\nexpected: {show(expected)}\nreceived: {show(received)}")
        else:
            extra = [stanza for stanza in await client.quiet() if not is_audience(stanza)]
            if extra:
                raise Mismatch("received:\n" + "\n".join(map(show, extra)))

    def _expected(self, step: Step) -> list[ET.Element]:
        return list(parse(f"<scene xmlns:scansion='{_SCANSION}'>{self._filled(step.xml)}</scene>"))

    def _renamed(self, text: str) -> str:
        for old, new in self.rename.items():
            text = text.replace(old, new)
        return text

    def _filled(self, xml: str) -> str:
        xml = _CAPTURED.sub(lambda m: self.captured[m[1]], xml)
        xml = _FULL.sub(lambda m: self.cast[m[1]].jid, xml.strip())
        xml = _BARE.sub(lambda m: self.cast[m[1]].jid.split("/")[0] if m[1] in self.cast else self.address(m[1]), xml)
        return self._renamed(xml)

    def _same(self, expected: str | None, received: str | None) -> bool:
        expected, received = (expected or "").strip(), (received or "").strip()
        if expected == "{scansion:any}":
            return True
        if expected.startswith("{scansion:capture:"):
            name = expected.removeprefix("{scansion:capture:").rstrip("}")
            if not self.in_order:
                self.captured[name] = received
            return self.captured.setdefault(name, received) == received
        return expected == received

    def _compare(self, expected: ET.Element, received: ET.Element) -> str | None:
        """As `_differs`, but what a failed comparison captured is forgotten."""
        before = dict(self.captured)
        problem = self._differs(expected, received)
        if problem:
            self.captured = before
        return problem

    def _differs(self, expected: ET.Element, received: ET.Element) -> str | None:
        """Says what the received element lacks of the expected one, or nothing if it lacks nothing."""
        where = f"<{local(expected)}>"
        if expected.tag != received.tag:
            return f"{where} is <{local(received)} xmlns='{namespace(received)}'>"
        for name, value in expected.attrib.items():
            if name != _STRICT and not self._same(value, received.get(name)):
                return f"{where}: {name} is {received.get(name)!r}, not {value!r}"
        if not len(expected) and (expected.text or "").strip() and not self._same(expected.text, received.text):
            return f"{where}: text is {received.text!r}, not {expected.text!r}"
        left = list(received)
        for child in expected:
            problems = []
            for candidate in left:
                problem = self._differs(child, candidate)
                if problem is None:
                    left.remove(candidate)
                    break
                problems.append(problem)
            else:
                same_name = [problem for problem in problems if " is <" not in problem]
                return f"{where}: " + (same_name[0] if same_name else f"no <{local(child)}>")
        if left and expected.get(_STRICT) == "true":
            return f"{where}: has also {[local(child) for child in left]}"
        return None


async def play(server, path: Path, rename: dict[str, str] | None = None, in_order: bool = True):
    """Plays the script in a file against a running server, whose accounts it makes first."""
    script = read(Path(path).read_text())
    scene = Scene(server, script, rename, in_order)
    made = set()
    for member in script.clients.values():
        jid = scene._renamed(member.get("jid", "")).split("/")[0].lower()
        if jid and jid not in made:
            made.add(jid)
            server.add_account(jid.split("@")[0], member.get("password", "password"))
    await scene.play()


__all__ = ["CLIENT", "Mismatch", "Scene", "Script", "play", "read"]
