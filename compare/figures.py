"""From the results of rehearsals to the figures that are compared: medians over the rounds, with what they ranged over."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median


# Between two samples of a rehearsal.
SAMPLE_MS = 250


@dataclass(frozen=True)
class Figure:
    """What a figure is called, its unit, and where it is found in a rehearsal's result."""

    title: str
    unit: str
    read: object


def _server(key: str, divide: float = 1.0):
    def read(outcome: dict):
        value = (outcome.get("server") or {}).get(key)
        return None if value is None else value / divide
    return read


def _joining(outcome: dict):
    server = outcome.get("server") or {}
    return server["cpu_us_per_join"] * outcome["joins"]["done"] / 1e6 if server.get("cpu_us_per_join") is not None else None


def _talking(outcome: dict):
    server = outcome.get("server") or {}
    return server["cpu_us_per_delivery"] * outcome["delivery"]["delivered"] / 1e6 if server.get("cpu_us_per_delivery") is not None else None


def _at_rest(outcome: dict):
    """Of a core, while everybody is in and nobody speaks."""
    watching = next((phase for phase in outcome["phases"] if phase["name"] == "everybody watches"), None)
    shares = [sample["server_cpu"] for sample in outcome["samples"] if watching and sample["server_cpu"] is not None
              and watching["from_ms"] + SAMPLE_MS < sample["at_ms"] <= watching["to_ms"]]
    return sum(shares) / len(shares) * 100 if shares else None


def _talked(outcome: dict):
    return sum(phase["to_ms"] - phase["from_ms"] for phase in outcome["phases"] if phase["name"] == "talk") / 1000


def _page(when: str, share: float):
    """How long a page takes at most, for that share of those who ask."""
    def read(outcome: dict):
        took = sorted(outcome.get("pages_ms", {}).get(when, []))
        return took[min(len(took) - 1, int(len(took) * share))] if took else None
    return read


def _slower(share: float):
    """How many times as long a page takes with the crowd as without."""
    crowded, alone = _page("crowded", share), _page("alone", share)
    return lambda outcome: crowded(outcome) / alone(outcome) if alone(outcome) and crowded(outcome) else None


def _all_in(outcome: dict):
    after = outcome["joins"]["all_in_after_ms"]
    return None if after is None else after / 1000


def _heard(figure: str):
    def read(outcome: dict):
        latency = outcome["delivery"]["latency_us"]
        return latency[figure] / 1000 if latency["count"] else None
    return read


def _rate(outcome: dict):
    """Deliveries in each second from the first to the last, a quarter of a second being the finest that is seen."""
    busy = [sample for sample in outcome["samples"] if sample["delivered"]]
    return sum(sample["delivered"] for sample in busy) * 1000 / (busy[-1]["at_ms"] - busy[0]["at_ms"] + SAMPLE_MS) if busy else None


FIGURES = {
    "all_in": Figure("all in after", "s", _all_in),
    "joined": Figure("joins done", "", lambda outcome: outcome["joins"]["done"]),
    "join_p99": Figure("99 of 100 joins took at most", "ms", lambda outcome: outcome["joins"]["time_us"]["p99"] / 1000),
    "cpu_per_join": Figure("CPU per join", "µs", _server("cpu_us_per_join")),
    "cpu_per_delivery": Figure("CPU per delivery", "µs", _server("cpu_us_per_delivery")),
    "memory_per_viewer": Figure("memory per idle viewer", "kB", _server("memory_per_viewer", 1000)),
    "memory": Figure("memory at most", "MB", _server("memory_peak", 1e6)),
    "cpu": Figure("CPU in all", "s", _server("cpu_us", 1e6)),
    "cpu_joining": Figure("… while they come in", "s", _joining),
    "cpu_talking": Figure("… while they talk", "s", _talking),
    "talked": Figure("talk went on for", "s", _talked),
    "at_rest": Figure("of a core, while everybody is in and nobody speaks", "%", _at_rest),
    "sockets": Figure("sockets at most", "", _server("sockets")),
    "page_alone_p50": Figure("half of the pages within, without the crowd", "ms", _page("alone", 0.5)),
    "page_alone_p99": Figure("99 of 100 pages within, without the crowd", "ms", _page("alone", 0.99)),
    "page_crowded_p50": Figure("half of the pages within, with the crowd", "ms", _page("crowded", 0.5)),
    "page_crowded_p99": Figure("99 of 100 pages within, with the crowd", "ms", _page("crowded", 0.99)),
    "page_slower_p50": Figure("… times as long", "", _slower(0.5)),
    "page_slower_p99": Figure("… times as long", "", _slower(0.99)),
    "received": Figure("sent to the crowd", "MB", lambda outcome: outcome["traffic"]["received"] / 1e6),
    "p50": Figure("half of the messages arrive within", "ms", _heard("p50")),
    "p99": Figure("99 of 100 messages arrive within", "ms", _heard("p99")),
    "rate": Figure("deliveries a second", "", _rate),
    "cores": Figure("of these cores the server used at most", "", lambda outcome: max(
        (sample["server_cpu"] for sample in outcome["samples"] if sample["server_cpu"]), default=None)),
    "lost": Figure("deliveries lost", "", lambda outcome: outcome["delivery"]["lost"]),
    "crowd_was_the_limit": Figure("the crowd was the limit", "", lambda outcome: outcome["crowd"]["was_the_limit"]),
    "load": Figure("load of the machine before", "", lambda outcome: outcome.get("load")),
}


@dataclass
class Measured:
    """A figure over the rounds."""

    values: list[float]
    rounds: int

    @property
    def median(self) -> float | None:
        return median(self.values) if self.values else None


def read(results: Path) -> dict[str, dict[str, dict[str, Measured]]]:
    """The figures of each case and server. A figure that a round did not reach (not everybody came in) has fewer values
    than there were rounds."""
    outcomes: dict[str, dict[str, list[dict]]] = {}
    for file in sorted(results.glob("*.*.*.json")):
        kept = json.loads(file.read_text())
        outcomes.setdefault(kept["case"], {}).setdefault(kept["peer"], []).append(kept["outcome"] | {"load": kept.get("load")})
    return {
        case: {
            peer: {
                name: Measured([value for value in map(figure.read, rounds) if value is not None], len(rounds))
                for name, figure in FIGURES.items()
            }
            for peer, rounds in peers.items()
        }
        for case, peers in outcomes.items()
    }
