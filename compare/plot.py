"""Line charts on logarithmic axes, as SVG that follows the reader's light or dark."""

from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 34, 40
COLOURS = {
    "Parterre": ("#1f6a4c", "#84cda8"),
    "Parterre, in memory": ("#1f6a4c", "#84cda8"),
    "floor": ("#8b8375", "#a39a8c"),
    "Prosody": ("#8a5800", "#e3ae47"),
    "ejabberd": ("#ab2f24", "#f2938a"),
}
DASHED = {"Parterre, in memory"}


def _number(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    if value >= 1_000:
        return f"{value / 1_000:g},000"
    return f"{value:g}"


def lines(title: str, across: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """One chart: a line for each of `series`, points as (x, y), both more than 0."""
    points = [point for line in series.values() for point in line]
    low_x, high_x = floor(log10(min(x for x, _ in points))), ceil(log10(max(x for x, _ in points)))
    low_y, high_y = floor(log10(min(y for _, y in points))), ceil(log10(max(y for _, y in points)))
    high_x, high_y = max(high_x, low_x + 1), max(high_y, low_y + 1)
    at_x = lambda x: LEFT + (log10(x) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)
    at_y = lambda y: HEIGHT - BOTTOM - (log10(y) - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)
    styles = ["text{font:12px system-ui,sans-serif;fill:#544d43}.t{font-weight:600;font-size:14px;fill:#241f19}",
              ".g{stroke:#e4ded3}"]
    dark = ["text{fill:#c0b8ab}.t{fill:#efeae1}.g{stroke:#35302a}.b{fill:#171512}"]
    parts = [f'<text class="t" x="{LEFT}" y="18">{escape(title)}</text>']
    for power in range(low_x, high_x + 1):
        x = at_x(10**power)
        parts.append(f'<path class="g" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
                     f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_number(10**power)}</text>')
    for power in range(low_y, high_y + 1):
        y = at_y(10**power)
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
                     f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(10**power)}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>')
    labels = []
    for number, (name, line) in enumerate(sorted(series.items())):
        light_colour, dark_colour = COLOURS.get(name, ("#241f19", "#efeae1"))
        styles.append(f".c{number}{{stroke:{light_colour};fill:{light_colour}}}")
        dark.append(f".c{number}{{stroke:{dark_colour};fill:{dark_colour}}}")
        line = sorted(line)
        dash = ' stroke-dasharray="5 4"' if name in DASHED else ""
        path = "M" + "L".join(f"{at_x(x):.1f} {at_y(y):.1f}" for x, y in line)
        parts.append(f'<path class="c{number}" d="{path}" style="fill:none" stroke-width="2"{dash}/>')
        parts.extend(f'<circle class="c{number}" cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3"/>' for x, y in line)
        labels.append([at_y(line[-1][1]), number, name])
    # Names stand at the ends of their lines, and not on each other.
    labels.sort()
    for before, label in zip(labels, labels[1:]):
        label[0] = max(label[0], before[0] + 15)
    for y, number, name in labels:
        parts.append(f'<circle class="c{number}" cx="{WIDTH - RIGHT + 12}" cy="{y:.1f}" r="4"/>'
                     f'<text x="{WIDTH - RIGHT + 22}" y="{y + 4:.1f}">{escape(name)}</text>')
    style = "".join(styles) + "@media(prefers-color-scheme:dark){" + "".join(dark) + "}"
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{escape(title)}"><style>{style}</style>'
            f'<rect class="b" width="{WIDTH}" height="{HEIGHT}" fill="#fcfaf6"/>{"".join(parts)}</svg>\n')
