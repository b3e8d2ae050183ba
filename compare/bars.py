"""Holds ratios against the bars that are recorded for them. A bar is a ratio of two medians of one run, never a time."""

import tomllib
from pathlib import Path

from figures import Measured

# Whose losses are ours.
OURS = ("Parterre", "hand-over", "proxy")
BARS = Path(__file__).resolve().parent / "bars.toml"


def hold(figures: dict[str, dict[str, dict[str, Measured]]]) -> int:
    """Prints each bar with its ratio. 0 if all hold, 1 if one does not."""
    failed = 0
    for bar in tomllib.loads(BARS.read_text())["bar"]:
        case, figure, of, than = bar["case"], bar["figure"], bar.get("of", "Parterre"), bar["than"]
        if case not in figures:
            continue
        ours, theirs = (figures[case][peer][figure].median for peer in (of, than))
        what = f"{case}: {figure} of {of} / {than}"
        if ours is None or theirs is None:
            # A peer that did not get there has lost; that we did not is a failure.
            print(f"{'FAIL' if ours is None else 'ok  '}  {what}: {of if ours is None else than} did not get there")
            failed += ours is None
            continue
        ratio = ours / theirs if theirs else float("inf")
        holds = ratio <= bar["at_most"]
        print(f"{'ok  ' if holds else 'FAIL'}  {what}: {ratio:.3g}, at most {bar['at_most']}")
        failed += not holds
    for case, peers in figures.items():
        for peer in (peer for peer in OURS if peer in peers):
            lost = max(peers[peer]["lost"].values)
            if lost:
                print(f"FAIL  {case}: {peer} lost {lost} deliveries")
                failed += 1
    return 1 if failed else 0
