#!/usr/bin/env python3
"""Plays the same scenarios against several servers, in turn, interleaved, and keeps what it saw.

    compare/compare.py                 the whole comparison (about an hour), then docs/COMPARISON.md
    compare/compare.py --small         minutes: fails where a ratio is worse than its bar in bars.toml
    compare/compare.py --document      docs/COMPARISON.md from what was kept by an earlier run

The servers and the crowd run on this machine, one server at a time, each with a fresh directory.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import bars
import document
import figures
import pages
from peers import Ejabberd, Floor, Parterre, Peer, Prosody, Prosody2022, release
from peers.peertube import HandOver, Proxy

HERE = Path(__file__).resolve().parent
SCENARIOS = HERE / "scenarios"
RESULTS = HERE / "results"
# A server that has not let everybody in by then is written down as such.
PATIENCE = 180


@dataclass(frozen=True)
class Case:
    """One piece of work, the same for each server."""

    name: str
    scenario: str
    viewers: int
    peers: tuple[type[Peer], ...]
    # In how many rounds a server that is known to need minutes takes part.
    seldom: dict = field(default_factory=dict)
    # What the scenario's own file says otherwise.
    options: tuple[str, ...] = ()
    # Whether somebody reads pages of the site meanwhile, and before.
    read: bool = False

    def takes_part(self, peer: type[Peer], turn: int) -> bool:
        return turn < self.seldom.get(peer, 1_000)


ALL = (Parterre, Prosody, Ejabberd, Floor)
WAYS = (HandOver, Proxy)
WHOLE = [
    Case("at-once-1000", "at-once", 1000, ALL),
    Case("at-once-5000", "at-once", 5000, ALL, {Prosody: 1}),
    Case("talk-10", "talk-10", 1000, ALL),
    Case("talk-100", "talk-100", 1000, ALL, {Prosody: 1, Ejabberd: 1}),
    Case("evening", "au-poste", 450, (Parterre, Prosody2022, Prosody, Ejabberd), {Prosody2022: 1, Prosody: 1, Ejabberd: 1},
         ("--for", "20s")),
    Case("saturation-1000", "saturation", 1000, (Parterre, Floor), {Floor: 2}),
    *(Case(f"growth-{viewers}", "talk-5", viewers, ALL if viewers <= 1000 else (Parterre,), {Prosody: 1, Ejabberd: 1})
      for viewers in (100, 1000, 10000, 19000)),
    Case("hand-over-evening", "evening", 450, WAYS),
    Case("hand-over-quiet", "evening", 450, WAYS, options=("--rate", "2", "--for", "20s")),
    Case("hand-over-pages", "evening", 450, WAYS, options=("--for", "20s"), read=True),
    Case("hand-over-5000", "talk-5", 5000, WAYS, {HandOver: 2, Proxy: 2}, options=("--rate", "2", "--for", "20s")),
]
SMALL = [
    Case("small-at-once", "at-once", 300, ALL),
    Case("small-talk", "talk-10", 300, ALL, options=("--for", "5s")),
    Case("small-evening", "au-poste", 60, (Parterre, Prosody2022), options=("--for", "15s")),
    Case("small-hand-over", "talk-10", 450, WAYS, options=("--rate", "50", "--for", "4s")),
]


class Anchor:
    """Two people who hold the room open and have said what everybody gets as history."""

    def __init__(self, server: Peer, outcome: Path):
        self.process = subprocess.Popen(
            [*command(server), str(SCENARIOS / "anchor.toml"), "--json", str(outcome)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "waiting for the others" in line:
                break
        os.set_blocking(self.process.stderr.fileno(), False)

    def leave(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def command(server: Peer) -> list[str]:
    return [release("parterre"), "rehearse", "--url", server.websocket, "--room", server.room, "--domain", "localhost",
            "--anonymous-domain", "anon.localhost", "--muc", "room.localhost", "--pid", str(server.pid),
            "--report", os.devnull]


def rehearse(case: Case, server: Peer, directory: Path) -> dict:
    """Plays the case's crowd, and gives the rehearsal's result."""
    own = SCENARIOS / f"{case.scenario}.toml"
    outcome = directory / "outcome.json"
    player = subprocess.Popen(
        [*command(server), str(own) if own.exists() else case.scenario, "--viewers", str(case.viewers),
         *case.options, "--label", server.name, "--json", str(outcome)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, said = player.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        # What it has seen until then is what is written down.
        player.send_signal(signal.SIGINT)
        _, said = player.communicate(timeout=60)
    if not outcome.exists():
        raise RuntimeError(f"{case.name} against {server.name}: the rehearsal gave no result\n{said}")
    return json.loads(outcome.read_text())


def play(case: Case, peer: type[Peer], directory: Path) -> dict:
    """Plays the case against a fresh server, and gives the rehearsal's result, with how fast pages were if somebody read."""
    server = peer(directory / "server")
    anchor = None
    try:
        server.start()
        anchor = Anchor(server, directory / "anchor.json")
        if not case.read:
            return rehearse(case, server, directory)
        alone = pages.alone(server.page)
        with pages.Reader(server.page) as reader:
            outcome = rehearse(case, server, directory)
        return outcome | {"pages_ms": {"alone": alone, "crowded": reader.took_ms}}
    finally:
        if anchor:
            anchor.leave()
        server.stop()


def machine() -> dict:
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) // 1024 for line in Path("/proc/meminfo").read_text().splitlines()
                  if line.startswith("MemTotal"))
    return {"processor": model, "cores": os.cpu_count(), "memory_mib": memory,
            "system": f"{distribution()}, Linux {platform.release()}"}


def distribution() -> str:
    pairs = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return pairs.get("PRETTY_NAME", "Linux").strip('"')


def run(cases: list[Case], rounds: int, results: Path, resume: bool = False):
    """Plays all cases in rounds, each server in its turn, and keeps one file for each."""
    results.mkdir(parents=True, exist_ok=True)
    (results / "machine.json").write_text(json.dumps(machine()))
    for turn in range(rounds):
        for case in cases:
            for peer in case.peers:
                file = results / f"{case.name}.{peer.name.replace(' ', '-')}.{turn}.json"
                if not case.takes_part(peer, turn) or resume and file.exists():
                    continue
                began, load = time.monotonic(), os.getloadavg()[0]
                with tempfile.TemporaryDirectory(prefix="parterre-compare-") as directory:
                    outcome = play(case, peer, Path(directory))
                kept = {"case": case.name, "peer": peer.name, "round": turn, "version": peer.version(), "load": load, "outcome": outcome}
                file.write_text(json.dumps(kept))
                print(f"round {turn + 1}  {case.name:16} {peer.name:18} {time.monotonic() - began:6.1f} s  "
                      f"{outcome['joins']['done']} in, {outcome['delivery']['lost']} lost", flush=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--small", action="store_true")
    arguments.add_argument("--document", action="store_true")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--resume", action="store_true", help="play only what an earlier run has not kept")
    arguments.add_argument("--only", default="", help="cases whose name begins so")
    arguments.add_argument("--results", type=Path, default=RESULTS)
    wish = arguments.parse_args()
    if wish.small:
        results = wish.results / "small"
        run([case for case in SMALL if case.name.startswith(wish.only)], wish.rounds, results)
        return bars.hold(figures.read(results))
    if not wish.document:
        run([case for case in WHOLE if case.name.startswith(wish.only)], wish.rounds, wish.results,
            wish.resume)
    document.write(wish.results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
