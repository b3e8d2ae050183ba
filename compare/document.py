"""Writes docs/COMPARISON.md and its plots from the results. The words are in comparison.md; the figures come from here."""

import json
from pathlib import Path
from statistics import median
from string import Template

import figures
import plot
from peers import Ejabberd, Floor, Parterre, Prosody, Prosody2022

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
ORDER = ["Parterre", "Prosody", "Prosody as in 2022", "ejabberd", "floor"]


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
    measured = json.loads((results / "browser.json").read_text())
    rows = ["| | " + " | ".join(measured["clients"]) + " |", "|---|" + "---:|" * len(measured["clients"])]
    share = lambda values, part: sorted(values)[min(len(values) - 1, int(len(values) * part))]
    heaps = {name: [sample["bytes"] / 1e6 for sample in client["heap"]] for name, client in measured["clients"].items()}
    minute = {name: next((one["bytes"] for one in client["heap"] if one["at"] >= 60), client["heap"][-1]["bytes"]) / 1e6
              for name, client in measured["clients"].items()}
    lines = {
        "frames a second, median": lambda name, client: number(median(client["frames"])),
        "… in the worst second in a hundred": lambda name, client: number(share(client["frames"], 0.01)),
        "a key stroke shows after, median": lambda name, client: f"{number(median(client['keys']))} ms",
        "… the slowest": lambda name, client: f"{number(max(client['keys']))} ms",
        "memory of scripts after a minute": lambda name, client: f"{number(minute[name])} MB",
        "… at the end": lambda name, client: f"{number(heaps[name][-1])} MB",
        "elements in the page at the end": lambda name, client: f"{client['heap'][-1]['elements']:,}",
    }
    for title, cell in lines.items():
        rows.append(f"| {title} | " + " | ".join(cell(name, client) for name, client in measured["clients"].items()) + " |")
    return "\n".join(rows)


def write(results: Path):
    """Writes the document and its plots."""
    read = figures.read(results)
    runs = in_memory(results)
    pictures = DOCS / "pictures"
    for name, title in (("cpu_per_join", "CPU per join, µs"), ("cpu_per_delivery", "CPU per delivered message, µs"),
                        ("memory_per_viewer", "Memory per idle viewer, kB"), ("p99", "99 of 100 messages arrive within, ms")):
        series = growth(read, name)
        if runs:
            key, factor = IN_MEMORY[name]
            series["Parterre, in memory"] = [
                (lines[0]["viewers"], median(line[key] for line in lines) * factor) for lines in zip(*runs)
                if median(line[key] for line in lines) > 0]
        (pictures / f"comparison-{name.replace('_', '-')}.svg").write_text(plot.lines(title, "viewers in the room", series))
    machine = json.loads((results / "machine.json").read_text())
    peers = (Parterre, Prosody, Prosody2022, Ejabberd, Floor)
    servers = "\n".join(f"* **{peer.name}**{version} – {peer.about}" for peer in peers for version in [f" {peer.version()}".rstrip()])
    rounds = max(values["joined"].rounds for peers in read.values() for values in peers.values())
    words = Template((HERE / "comparison.md").read_text())
    DOCS.joinpath("COMPARISON.md").write_text(words.substitute(
        processor=machine["processor"], cores=machine["cores"], memory=f"{machine['memory_mib'] / 1024:.0f}",
        system=machine["system"], servers=servers, rounds=rounds, runs=len(runs),
        evening=table(read["evening"], ["joined", "all_in", "cpu", "memory", "received", "p99", "lost"], 450),
        at_once_1000=table(read["at-once-1000"], ["all_in", "join_p99", "cpu_per_join", "memory_per_viewer"], 1000),
        at_once_5000=table(read["at-once-5000"], ["all_in", "join_p99", "cpu_per_join", "memory_per_viewer"], 5000),
        talk_10=table(read["talk-10"], ["cpu_per_delivery", "p50", "p99", "lost"]),
        talk_100=table(read["talk-100"], ["cpu_per_delivery", "p50", "p99", "lost"]),
        saturation_1000=table(read["saturation-1000"], ["rate", "cpu_per_delivery", "cores", "p50", "p99", "lost"]),
        browser=browser_table(results), growth=growth_table(read), in_memory=in_memory_table(runs) if runs else ""))
