"""
The compare page: units side by side within a level and a year, one unit over the years, and who reported.

It knows how a comparison is laid out, and nothing of how figures were chosen.
"""

from typing import Final

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
        say=Speaker(language),
        comparison=comparison,
        home=home,
        label=lambda code: label(codebook, code),
        about=lambda code: codebook.indicators[code].definition_zh if code in codebook else "",
        topic=lambda code: topics.get(code.partition(".")[0], 0),
        figure=figure_words,
        choices=[(one.code, one.label_zh) for one in codebook.indicators.values()] if home else [],
        bars=_bars,
        chart=lambda series: _line(series, codebook),
        several_bases=_several_bases,
        levels=list(dict.fromkeys(one.level for one in comparison.duties)),
        years=sorted({one.year for one in comparison.duties if one.year}, reverse=True),
        data=embed({"words": words()}),
    )


def compare_policy() -> str:
    """The content security policy for a response that carries a compare page."""
    return assets(STYLES, SCRIPTS).policy + "; frame-ancestors 'none'"


def figure_words(one: Figure) -> str:
    """A value with its hedge and unit, as a person reads it."""
    value = grouped(one.value) + (f"–{grouped(one.value_to)}" if one.value_to is not None else "")
    return f"{HEDGES[one.qualifier]}{value}{one.unit or ''}"


def _bars(group: Group) -> list[tuple[Figure, str]]:
    largest = scale([one.value_to or one.value for one in group.figures], group.unit in PER_CENT)
    return [(one, bar(one.value, one.value_to, largest)) for one in group.figures]


def _line(series: Series, codebook: Codebook) -> str:
    points = [(one.year or 0, one.value, figure_words(one)) for one in series.figures]
    return line(
        points, f"{series.whose} {points[0][0]}–{points[-1][0]}: " + ", ".join(f"{y} {said}" for y, _, said in points)
    )


def _several_bases(groups: tuple[Group, ...]) -> bool:
    """Whether rates of one level and year stand on different bases, or on none that is named."""
    rates = [(one.level, one.year) for one in groups if one.unit in PER_CENT]
    return len(rates) > len(set(rates))
