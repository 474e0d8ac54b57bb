"""
Two small charts as SVG: a bar beside its row, and a line over the years.

It knows geometry and numbers, no names: words stand in the page around it. Colours and type come from the style sheet.
"""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

WIDTH, HEIGHT = 320, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 24, 24, 26, 22


def bar(value: str, upper: str | None, largest: Decimal) -> Markup:
    """A bar on an axis from 0 to `largest`; a range has a lighter end."""
    low, high = _share(value, largest), _share(upper or value, largest)
    lighter = (
        Markup('<rect class="to" x="{}" width="{}" height="10"/>').format(low, _plain(Decimal(high) - Decimal(low)))
        if upper
        else ""
    )
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="from" width="{}" height="10"/>{}</svg>'
    ).format(low, lighter)


def line(points: Sequence[tuple[int, str, str]], title: str) -> Markup:
    """Years from left to right at their true distances, values from 0; a point is (year, value, what it is called)."""
    years = [year for year, _, _ in points]
    first, span = min(years), max(max(years) - min(years), 1)
    largest = max((Decimal(value) for _, value, _ in points), default=Decimal(1)) or Decimal(1)
    floor = HEIGHT - _BOTTOM

    def place(year: int, value: str) -> tuple[Decimal, Decimal]:
        x = _LEFT + Decimal(year - first) / span * (WIDTH - _LEFT - _RIGHT)
        return round(x, 1), round(floor - Decimal(value) / largest * (floor - _TOP), 1)

    at = [place(year, value) for year, value, _ in points]
    drawn = [Markup('<path class="axis" d="M{} {}H{}"/>').format(_LEFT, floor, WIDTH - _RIGHT)]
    drawn.append(Markup('<polyline points="{}"/>').format(" ".join(f"{x},{y}" for x, y in at)))
    for (x, y), (year, _, called) in zip(at, points, strict=True):
        drawn.append(Markup('<circle cx="{}" cy="{}" r="3.5"/>').format(x, y))
        drawn.append(Markup('<text x="{}" y="{}">{}</text>').format(x, y - 9, called))
        drawn.append(Markup('<text class="year" x="{}" y="{}">{}</text>').format(x, HEIGHT - 6, year))
    return Markup('<svg class="line" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join(drawn)
    )


def scale(values: Sequence[str], per_cent: bool) -> Decimal:
    """The end of an axis: the largest value, and 100 at least where values are per cent."""
    largest = max((Decimal(value) for value in values), default=Decimal(0))
    return max(largest, Decimal(100)) if per_cent else largest or Decimal(1)


def _share(value: str, largest: Decimal) -> str:
    return _plain(min(Decimal(value) / largest * 100, Decimal(100)))


def _plain(value: Decimal | str) -> str:
    return f"{float(value):.4g}"
