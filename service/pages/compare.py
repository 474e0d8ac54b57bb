"""
The compare page: units side by side within a level and a year, one unit over the years, and who reported.

It knows how a comparison is laid out, and nothing of how figures were chosen.
"""

import re
from collections import Counter
from itertools import groupby
from typing import Final

from markupsafe import Markup

from schemas.codebook import Codebook
from schemas.comparison import Comparison, Figure, Group, Series
from service.pages.chart import bar, line, scale
from service.pages.frame import assets, embed, render
from service.pages.words import HEDGES, Language, Speaker, grouped, label, topic_numbers, words
from service.results.headline import PER_CENT

STYLES: Final = ("base.css", "compare.css", "compare_print.css")
SCRIPTS: Final = ("base.js", "compare.js")


def compare_html(
    comparison: Comparison, codebook: Codebook, *, language: Language = "zh", home: str | None = None
) -> str:
    """The page, complete in itself. `home` is the address of the web page where it is served."""
    topics = topic_numbers(codebook)
    return render(
        "compare.html",
        assets=assets(STYLES, SCRIPTS),
        say=Speaker("compare", language),
        comparison=comparison,
        home=home,
        label=lambda code: label(codebook, code),
        about=lambda code: codebook.indicators[code].definition_zh if code in codebook else "",
        topic=lambda code: topics.get(code.partition(".")[0], 0),
        figure=figure_words,
        choices=[(topic, list(ones)) for topic, ones in groupby(codebook.indicators.values(), lambda one: one.topic)]
        if home
        else [],
        bars=_bars,
        around=_around,
        chart=lambda series: _line(series, codebook),
        several_bases=_several_bases,
        levels=list(dict.fromkeys(one.level for one in comparison.duties)),
        years=sorted({one.year for one in comparison.duties if one.year}, reverse=True),
        data=embed({"words": words("compare")}),
    )


def compare_policy() -> str:
    """The content security policy for a response that carries a compare page."""
    return assets(STYLES, SCRIPTS).policy + "; frame-ancestors 'none'"


def figure_words(one: Figure) -> str:
    """A value with its hedge and unit, as a person reads it."""
    value = grouped(one.value) + (f"–{grouped(one.value_to)}" if one.value_to is not None else "")
    return f"{HEDGES[one.qualifier]}{value}{one.unit or ''}"


def _bars(group: Group) -> list[tuple[Figure, Markup, tuple[str, str, str] | None]]:
    """Each figure with its bar and, where its unit has several here, what tells it from the others."""
    largest = scale([one.value_to or one.value for one in group.figures], group.unit in PER_CENT)
    units = Counter(one.whose for one in group.figures)
    names = Counter((one.whose, one.name) for one in group.figures)

    def told(one: Figure) -> tuple[str, str, str] | None:
        if units[one.whose] == 1:
            return None
        return (one.name, "", "") if names[one.whose, one.name] == 1 else _around(one)

    return [(one, bar(one.value, one.value_to, largest), told(one)) for one in group.figures]


def _around(one: Figure) -> tuple[str, str, str]:
    """The sentence before the figure, the figure, the sentence after it; without a sentence its name and quote."""
    found = re.search(rf"(?<![\d.,]){re.escape(one.quote)}(?!\d)", one.sentence or "")
    if not one.sentence or not found:
        return (one.sentence or f"{one.name}：", "" if one.sentence else one.quote, "")
    return one.sentence[: found.start()], one.quote, one.sentence[found.end() :]


def _line(series: Series, codebook: Codebook) -> str:
    points = [(one.year or 0, one.value, figure_words(one)) for one in series.figures]
    return line(
        points, f"{series.whose} {points[0][0]}–{points[-1][0]}: " + ", ".join(f"{y} {said}" for y, _, said in points)
    )


def _several_bases(groups: tuple[Group, ...]) -> bool:
    """Whether rates of one level and year stand on different bases, or on none that is named."""
    rates = [(one.level, one.year) for one in groups if one.unit in PER_CENT]
    return len(rates) > len(set(rates))
