"""Writes docs/COMPARISON.md and its plots from the results. The words are in comparison.md; the figures come from here. A part
of the page for which there are no results stays as it was published, or away."""

import json
import re
import subprocess
from pathlib import Path
from statistics import median
from string import Template

import figures
import plot
from peers import Ejabberd, Floor, Parterre, Prosody, Prosody2022, debian

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
PAGE = DOCS / "COMPARISON.md"
ORDER = ["Parterre", "Prosody", "Prosody as in 2022", "ejabberd", "floor", "hand-over", "proxy"]
SHARE = 0.05


def number(value: float) -> str:
    """Three figures, and thousands set apart."""
    if value == 0:
        return "0"
    if value >= 1000:
        return f"{round(value, -int(len(str(int(value))) - 3)):,.0f}"
    return f"{value:.3g}"


def shown(measured: figures.Measured, unit: str) -> str:
    """A median with its range, and how many rounds got there at all."""
    if not measured.values:
        return "–"
    unit = f" {unit}" if unit else ""
    text = f"**{number(measured.median)}**{unit}"
    low, high = min(measured.values), max(measured.values)
    if number(low) != number(high):
        text += f" ({number(low)}–{number(high)})"
    if len(measured.values) < measured.rounds:
        text += f", in {len(measured.values)} of {measured.rounds} rounds"
    return text


def table(case: dict, names: list[str], viewers: int | None = None) -> str:
    """A table of some figures of one case: a row for each figure, a column for each server."""
    peers = [peer for peer in ORDER if peer in case]
    rows = ["| | " + " | ".join(peers) + " |", "|---|" + "---:|" * len(peers)]
    for name in names:
        figure = figures.FIGURES[name]
        cells = []
        for peer in peers:
            measured = case[peer][name]
            if name == "all_in" and not measured.values and viewers:
                cells.append(f"never; {number(case[peer]['joined'].median)} of {viewers:,} joins")
            else:
                cells.append(shown(measured, figure.unit))
        rows.append(f"| {figure.title} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def growth(read: dict, figure: str) -> dict[str, list[tuple[float, float]]]:
    """A figure of each server against the size of the room."""
    series: dict[str, list[tuple[float, float]]] = {}
    for case, peers in read.items():
        if not case.startswith("growth-"):
            continue
        for peer, values in peers.items():
            if values[figure].median:
                series.setdefault(peer, []).append((float(case.removeprefix("growth-")), values[figure].median))
    return series


IN_MEMORY = {
    "cpu_per_join": ("server_cpu_us_per_join", 1),
    "cpu_per_delivery": ("server_cpu_us_per_delivery", 1),
    "memory_per_viewer": ("server_bytes_per_viewer", 1e-3),
    "p99": ("delivery_p99_ms", 1),
}


def in_memory(results: Path) -> list[list[dict]]:
    """What the benchmark with in-memory connections gave, a list for each time it ran."""
    return [json.loads(file.read_text()) for file in sorted(results.glob("audience-*.json"))]


def in_memory_table(runs: list[list[dict]]) -> str:
    rows = ["| viewers | all in after | CPU per join | memory per viewer | CPU per delivery | half arrive within | 99 of 100 within | lost |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for lines in zip(*runs):
        of = lambda key: median(line[key] for line in lines)
        rows.append(
            f"| {lines[0]['viewers']:,} | {number(of('all_in_s'))} s | {number(of('server_cpu_us_per_join'))} µs "
            f"| {number(of('server_bytes_per_viewer') / 1000)} kB | {number(of('server_cpu_us_per_delivery'))} µs "
            f"| {number(of('delivery_p50_ms'))} ms | {number(of('delivery_p99_ms'))} ms | {sum(line['lost'] for line in lines)} |")
    return "\n".join(rows)


def growth_table(read: dict) -> str:
    """Parterre on real sockets, as the room grows."""
    rows = ["| viewers | all in after | CPU per join | memory per viewer | CPU per delivery | half arrive within | 99 of 100 within | lost |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|"]
    cases = sorted((int(case.removeprefix("growth-")), case) for case in read if case.startswith("growth-"))
    for viewers, case in cases:
        values = read[case]["Parterre"]
        cells = [shown(values[name], figures.FIGURES[name].unit)
                 for name in ("all_in", "cpu_per_join", "memory_per_viewer", "cpu_per_delivery", "p50", "p99")]
        rows.append(f"| {viewers:,} | " + " | ".join(cells) + f" | {int(sum(values['lost'].values))} |")
    return "\n".join(rows)


def browser_table(results: Path) -> str:
    """What the chat costs the browser that shows it, for each client."""
    clients = json.loads((results / "browser.json").read_text())["clients"]
    rows = ["| | " + " | ".join(clients) + " |", "|---|" + "---:|" * len(clients)]
    # A page that stood still may have shown nothing at all.
    given = lambda values, figure, unit="": f"{number(figure(values))}{unit}" if values else "–"
    worst = lambda frames: sorted(frames)[len(frames) // 100]
    after_a_minute = lambda heap: next((one for one in heap if one["at"] >= 60), heap[-1])["bytes"] / 1e6
    lines = {
        "frames a second, median": lambda client: given(client["frames"], median),
        "… in the worst second in a hundred": lambda client: given(client["frames"], worst),
        "seconds with less than 50": lambda client: f"{sum(frames < 50 for frames in client['frames'])} of {len(client['frames'])}" if client["frames"] else "–",
        "a key stroke shows after, median": lambda client: given(client["keys"], median, " ms"),
        "… the slowest": lambda client: given(client["keys"], max, " ms"),
        "… within 50 ms": lambda client: f"{sum(key <= 50 for key in client['keys'])} of {client['strokes']}",
        "memory of scripts after a minute": lambda client: given(client["heap"], after_a_minute, " MB"),
        "… at the end": lambda client: given(client["heap"], lambda heap: heap[-1]["bytes"] / 1e6, " MB"),
        "elements in the page at the end": lambda client: f"{client['heap'][-1]['elements']:,}" if client["heap"] else "–",
        "stood still for good after": lambda client: f"{client['stopped']} s" if client.get("stopped") is not None else "never",
    }
    for title, cell in lines.items():
        rows.append(f"| {title} | " + " | ".join(cell(client) for client in clients.values()) + " |")
    loads = [client["load"] for client in clients.values()]
    return "\n".join(rows) + f"\n\nThey began at a load of {min(loads):.1f} to {max(loads):.1f}."


def ways(case: dict, names: list[str]) -> str:
    """A table of what the site's process does, handing over and carrying, and which share the one is of the other."""
    rows = ["| | hand-over | proxy | share |", "|---|---:|---:|---:|"]
    for name in names:
        figure, (ours, theirs) = figures.FIGURES[name], (case[peer][name] for peer in ("hand-over", "proxy"))
        share = f"{number(ours.median / theirs.median * 100)} %" if name in COSTS and ours.values and theirs.median else ""
        rows.append(f"| {figure.title} | {shown(ours, figure.unit)} | {shown(theirs, figure.unit)} | {share} |")
    return "\n".join(rows)


def below(case: dict) -> str:
    """When the hand-over has used less than SHARE of what the proxy has, if people go on to talk like that."""
    ours, theirs = (case[peer] for peer in ("hand-over", "proxy"))
    more = theirs["cpu_talking"].median - ours["cpu_talking"].median / SHARE
    after = (ours["cpu_joining"].median / SHARE - theirs["cpu_joining"].median) / more * ours["talked"].median if more > 0 else None
    return "never" if after is None else f"after {number(after)} s"


def plots(read: dict, runs: list[list[dict]]):
    for name, title in (("cpu_per_join", "CPU per join, µs"), ("cpu_per_delivery", "CPU per delivered message, µs"),
                        ("memory_per_viewer", "Memory per idle viewer, kB"), ("p99", "99 of 100 messages arrive within, ms")):
        series = growth(read, name)
        if runs:
            key, factor = IN_MEMORY[name]
            series["Parterre, in memory"] = [
                (lines[0]["viewers"], median(line[key] for line in lines) * factor) for lines in zip(*runs)
                if median(line[key] for line in lines) > 0]
        (DOCS / "pictures" / f"comparison-{name.replace('_', '-')}.svg").write_text(plot.lines(title, "viewers in the room", series))


AT_ONCE = ["all_in", "join_p99", "cpu_per_join", "memory_per_viewer"]
TALK = ["cpu_per_delivery", "p50", "p99", "lost"]
# What is paid for, and so has a share.
COSTS = ("cpu", "cpu_joining", "cpu_talking", "memory", "sockets")
WAYS = ["all_in", "join_p99", "cpu", "cpu_joining", "cpu_talking", "at_rest", "memory", "sockets", "p99", "lost"]
# Which case each table of the page shows, and how.
TABLES = {
    "evening": lambda case: table(case, ["joined", "all_in", "cpu", "memory", "received", "p99", "lost"], 450),
    "at-once-1000": lambda case: table(case, AT_ONCE, 1000),
    "at-once-5000": lambda case: table(case, AT_ONCE, 5000),
    "talk-10": lambda case: table(case, TALK),
    "talk-100": lambda case: table(case, TALK),
    "saturation-1000": lambda case: table(case, ["rate", "cpu_per_delivery", "cores", "p50", "p99", "lost"]),
    "hand-over-evening": lambda case: ways(case, WAYS),
    "hand-over-quiet": lambda case: ways(case, ["cpu", "cpu_joining", "cpu_talking"]),
    "hand-over-pages": lambda case: table(case, [f"page_{what}_{part}" for part in ("p50", "p99") for what in ("alone", "crowded", "slower")]),
    "hand-over-5000": lambda case: ways(case, WAYS),
}


def found(results: Path) -> dict[str, str]:
    """What there is to put into the words."""
    read, runs = figures.read(results), in_memory(results)
    said = {case.replace("-", "_"): make(read[case]) for case, make in TABLES.items() if case in read}
    if "hand-over-evening" in read:
        case = read["hand-over-evening"]
        loads = [load for name, peers in read.items() if name.startswith("hand-over") for values in peers.values()
                 for load in values["load"].values]
        said |= {"ways_rounds": case["hand-over"]["joined"].rounds, "below": below(case), "nginx": debian("nginx"),
                 "ways_load": f"{min(loads):.1f} to {max(loads):.1f}",
                 "node": subprocess.check_output(["node", "--version"], text=True).strip().removeprefix("v")}
    if any(case.startswith("growth-") for case in read) and runs:
        plots(read, runs)
        said |= {"growth": growth_table(read), "in_memory": in_memory_table(runs), "runs": len(runs)}
    if (results / "browser.json").exists():
        said["browser"] = browser_table(results)
    return said


def head(results: Path) -> dict[str, str]:
    """What the page says of all that was measured."""
    machine = json.loads((results / "machine.json").read_text())
    peers = (Parterre, Prosody, Prosody2022, Ejabberd, Floor)
    servers = "\n".join(f"* **{peer.name}**{version} – {peer.about}" for peer in peers for version in [f" {peer.version()}".rstrip()])
    rounds = max(values["joined"].rounds for peers in figures.read(results).values() for values in peers.values())
    return {"processor": machine["processor"], "cores": machine["cores"], "memory": f"{machine['memory_mib'] / 1024:.0f}",
            "system": machine["system"], "servers": servers, "rounds": rounds}


def parts(page: str) -> list[str]:
    """The page's head, and each of its chapters."""
    return re.split(r"(?m)^(?=## )", page)


def write(results: Path):
    """Writes the document and its plots."""
    said = found(results)
    words = parts((HERE / "comparison.md").read_text())
    published = {part.splitlines()[0]: part for part in parts(PAGE.read_text())}
    lacks = lambda part: set(Template(part).get_identifiers()) - set(said)
    if not any(map(lacks, words[1:])):
        said |= head(results)
    PAGE.write_text("".join(published.get(part.splitlines()[0], "") if lacks(part) else Template(part).substitute(said) for part in words))
