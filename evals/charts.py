"""
Small inline SVG: a bar, an interval, nothing that needs a network or a script.

It knows numbers between 0 and 1 (or a scale given) and nothing of metrics. Labels stand in the page's own text.
"""

from markupsafe import Markup

WIDTH, HEIGHT = 200, 14


def bar(share: float, *, faint: bool = False, kind: str = "bar") -> Markup:
    """A horizontal bar of a share; `faint` where it rests on too little."""
    width = _x(share)
    css = f"{kind} faint" if faint else kind
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="{w}" height="{h}" rx="2"/>'
        '<rect class="{css}" width="{x}" height="{h}" rx="2"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, x=width, css=css)


def interval(value: float, low: float | None, high: float | None, target: float | None, scale: float = 1.0) -> Markup:
    """The value as a stroke in its interval, and a thin tick where the target stands; the axis begins at 0."""
    middle = HEIGHT / 2
    parts = [Markup('<line class="axis" x1="0" x2="{w}" y1="{m}" y2="{m}"/>').format(w=WIDTH, m=middle)]
    if low is not None and high is not None:
        left, right = _x(low / scale), _x(high / scale)
        parts.append(
            Markup('<rect class="range" x="{x}" y="3" width="{w}" height="8" rx="2"/>').format(
                x=left, w=max(1.0, round(right - left, 1))
            )
        )
    if target is not None:
        tick = Markup('<line class="target" x1="{x}" x2="{x}" y1="0" y2="{h}"/>')
        parts.append(tick.format(x=_x(target / scale), h=HEIGHT))
    point = Markup('<rect class="point" x="{x}" y="1" width="2" height="12"/>')
    parts.append(point.format(x=round(_x(value / scale) - 1, 1)))
    return Markup(
        '<svg class="chart" viewBox="-5 0 {w} {h}" aria-hidden="true" focusable="false">{parts}</svg>'
    ).format(w=WIDTH + 10, h=HEIGHT, parts=Markup("").join(parts))


def _x(share: float) -> float:
    return round(WIDTH * min(1.0, max(0.0, share)), 1)
