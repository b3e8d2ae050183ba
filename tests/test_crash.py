"""Reflected means kept: the server is killed at random moments while a crowd talks.

Whatever its sender saw come back is in the archive, once, in the order in which it came back.
"""

import asyncio
import os
import random

import pytest

from harness.client import Client
from harness.xml import NS, local

pytestmark = [pytest.mark.parterre, pytest.mark.timeout(240)]

PEOPLE = int(os.environ.get("CRASH_PEOPLE", "200"))
KILLS = int(os.environ.get("CRASH_KILLS", "20"))
ROOM = "crowd@room.localhost"


class Talker:
    """One of the crowd: talks while it is connected, and remembers what came back."""

    def __init__(self, server, number: int):
        self.server, self.nick = server, f"Talker{number}"
        self.said = 0
        self.heard: list[str] = []
        self.reflected: list[str] = []
        self.client: Client | None = None

    async def join(self):
        self.client = await Client.connect(self.server, transport="websocket")
        await self.client.enable_sm()
        own = await self.client.join(ROOM, self.nick, "<history maxstanzas='0'/>")
        assert own.get("type") is None, f"{self.nick} cannot join"

    async def talk(self, progress: "Progress"):
        """Says line after line, each when the one before has come back, until it is interrupted."""
        while True:
            # A person's pace, the more so as each line is read two hundred times by this one process.
            await asyncio.sleep(random.uniform(0, 8))
            body = f"{self.nick} {self.said}"
            self.said += 1
            await self.client.send(f"<message to='{ROOM}' type='groupchat' id='{self.said}'><body>{body}</body></message>")
            while body not in self.reflected[-1:]:
                self.hear(await self.client.next(within=60))
            progress.tick()

    def hear(self, stanza):
        """Takes notice of a line, and of one's own that comes back."""
        assert not (local(stanza) == "message" and stanza.get("type") == "error"), f"{self.nick} was refused"
        line = stanza.findtext("c:body", None, NS)
        if line is not None:
            self.heard.append(line)
            if stanza.get("from") == f"{ROOM}/{self.nick}":
                self.reflected.append(line)

    async def end(self):
        """Takes notice of all that came before the connection broke."""
        await self.client.wait_closed()
        for stanza in self.client.pending:
            self.hear(stanza)
        await self.client.close()


class Progress:
    """Counts what has come back, and tells when enough has for the next blow."""

    def __init__(self):
        self.left = 0
        self.reached = asyncio.Event()

    def after(self, lines: int):
        self.left = lines
        self.reached.clear()

    def tick(self):
        self.left -= 1
        if self.left <= 0:
            self.reached.set()


async def archive(client: Client) -> list[tuple[str, str]]:
    """All of the room's archive: ids and bodies, in its order, page by page."""
    kept, after = [], ""
    while True:
        rsm = f"<set xmlns='{NS['rsm']}'><max>100</max>{after}</set>"
        answer = await client.iq("set", ROOM, f"<query xmlns='{NS['mam']}' queryid='q'>{rsm}</query>")
        for stanza in [e for e in client.pending if e.find("mam:result", NS) is not None]:
            client.pending.remove(stanza)
            result = stanza.find("mam:result", NS)
            kept.append((result.get("id"), result.findtext("fwd:forwarded/c:message/c:body", None, NS)))
        fin = answer.find("mam:fin", NS)
        if fin.get("complete") == "true":
            return [(id_, body) for id_, body in kept if body is not None]
        after = f"<after>{fin.findtext('rsm:set/rsm:last', None, NS)}</after>"


async def test_kill_at_random_moments(make_server):
    server = make_server(rooms__admins=["owner@localhost"], limits__rooms_per_account=0).start()
    server.add_account("owner", "password")
    seed = int(os.environ.get("CRASH_SEED", random.randrange(1 << 30)))
    print(f"CRASH_SEED={seed}")
    random.seed(seed)

    async with await Client.connect(server, "owner@localhost") as owner:
        await owner.join(ROOM, "Owner")
        form = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" \
               "http://jabber.org/protocol/muc#roomconfig</value></field>" \
               "<field var='muc#roomconfig_persistentroom'><value>1</value></field></x>"
        await owner.iq("set", ROOM, f"<query xmlns='{NS['owner']}'>{form}</query>")

    talkers = [Talker(server, number) for number in range(PEOPLE)]
    progress = Progress()
    for _ in range(KILLS):
        await asyncio.gather(*(talker.join() for talker in talkers))
        progress.after(random.randint(1, 40))
        talking = [asyncio.create_task(talker.talk(progress)) for talker in talkers]
        await asyncio.wait_for(progress.reached.wait(), 60)
        await asyncio.to_thread(server.kill)
        for task in talking:
            task.cancel()
        for outcome in await asyncio.gather(*talking, return_exceptions=True):
            if isinstance(outcome, AssertionError):
                raise outcome
        await asyncio.gather(*(talker.end() for talker in talkers))
        server.start()

    async with await Client.connect(server, "owner@localhost") as owner:
        await owner.join(ROOM, "Owner", "<history maxstanzas='0'/>")
        kept = await archive(owner)

    ids, bodies = [id_ for id_, _ in kept], [body for _, body in kept]
    place = {body: number for number, body in enumerate(bodies)}
    assert len(place) == len(bodies), "something is in the archive twice"
    assert len(set(ids)) == len(ids)
    lost = [body for talker in talkers for body in talker.reflected if body not in place]
    assert not lost, f"reflected and lost: {lost[:10]}"
    assert sum(len(talker.reflected) for talker in talkers) >= KILLS
    for talker in talkers:
        order = [place.get(line, -1) for line in talker.heard]
        assert -1 not in order, f"{talker.nick} heard what is not kept"
        assert order == sorted(order), f"{talker.nick} heard another order than the archive's"
        assert len(set(order)) == len(order), f"{talker.nick} heard something twice"
