"""
Which figures of many reports may stand side by side.

Levels are never put together, nor different units of measure, nor rates on different bases. It knows results and their
headline figures, and nothing of charts or pages.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from schemas.codebook import Codebook
from schemas.comparison import Absence, Comparison, Duty, Figure, Group, Series, Subject
from schemas.extraction import Extraction, Level, Observation, Report
from service.results.headline import PER_CENT, Sentences, headlines, without

LEVELS: Final[tuple[Level | None, ...]] = ("province", "city", "county", "township", "department", None)
MOST: Final = 12  # indicators that are compared where nobody chooses
_Key = tuple[Level | None, int | None]


class Comparer:
    """Takes results one by one, keeps what can be compared, and compares."""

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self._figures: defaultdict[str, list[Figure]] = defaultdict(list)
        self._standings: defaultdict[str, dict[tuple[_Key, str], str]] = defaultdict(dict)
        self._defaults: dict[tuple[_Key, str], str] = {}
        self._duties: list[Duty] = []
        self._reported: Counter[str] = Counter()

    def add(self, extraction: Extraction, text: str | None, page: str | None = None) -> None:
        """A result with its text (None: no sentences) and the address of its evidence page."""
        report = extraction.report
        unit = whose(report)
        key = ((report.level, report.year), unit)
        by_id = {one.id: one for one in extraction.observations}
        sentences = Sentences(text)
        self._defaults[key] = without(extraction).standing
        for code, cell in headlines(extraction, self._codebook).items():
            self._standings[code][key] = cell.standing
            self._reported[code] += cell.standing == "reported"
            self._figures[code].extend(_figure(one, by_id, report, sentences, page) for one in cell.figures)
        self._duties.append(
            Duty(
                whose=unit,
                level=report.level,
                year=report.year,
                title=report.title,
                published_on=report.published_on,
                parts=tuple((one.part, one.found) for one in extraction.audit.compliance),
                unread=extraction.audit.unread,
                link=page,
            )
        )

    def compare(
        self, indicators: Sequence[str] = (), *, level: Level | None = None, year: int | None = None
    ) -> Comparison:
        """The chosen indicators, or the most reported ones; of one level and one year where they are given."""

        def wanted(one: Figure | Duty) -> bool:
            return level in (None, one.level) and year in (None, one.year)

        codes = list(dict.fromkeys(indicators)) or [
            code for code, count in self._reported.most_common(MOST) if count > 1
        ]
        duties = sorted(filter(wanted, self._duties), key=lambda one: (*_order((one.level, one.year)), one.whose))
        return Comparison(
            subjects=tuple(
                Subject(
                    indicator=code,
                    groups=_groups(filter(wanted, self._figures[code])),
                    absences=self._absences(code, duties),
                    series=_series(one for one in self._figures[code] if level in (None, one.level)),
                )
                for code in codes
            ),
            duties=tuple(duties),
            reports=len(duties),
        )

    def _absences(self, code: str, duties: Iterable[Duty]) -> tuple[Absence, ...]:
        missing: defaultdict[_Key, list[tuple[str, str]]] = defaultdict(list)
        for one in duties:
            key = ((one.level, one.year), one.whose)
            standing = self._standings[code].get(key, self._defaults[key])
            if standing != "reported":
                missing[one.level, one.year].append((one.whose, standing))
        return tuple(Absence(level, year, tuple(missing[level, year])) for level, year in sorted(missing, key=_order))


def whose(report: Report) -> str:
    """The unit as a person names it: a department by its own name, a government by its place."""
    place, issuer = report.jurisdiction, report.issuer
    first, second = (issuer, place) if report.level == "department" else (place, issuer)
    return first or second or report.name or report.title or report.sha256[:8]


def _figure(
    one: Observation, by_id: dict[str, Observation], report: Report, sentences: Sentences, page: str | None
) -> Figure:
    base = by_id.get(one.part_of or "")
    return Figure(
        whose=whose(report),
        level=report.level,
        year=report.year,
        value=one.value,
        value_to=one.value_to,
        unit=one.unit,
        qualifier=one.qualifier,
        name=one.name,
        quote=one.quote,
        sentence=sentences.at(one.start),
        base=f"{base.value}{base.unit or ''} {base.name}" if base else None,
        base_indicator=base.indicator if base else None,
        flags=one.flags,
        link=f"{page}#{one.id.partition('.')[0]}" if page else None,
    )


def _groups(figures: Iterable[Figure]) -> tuple[Group, ...]:
    found: defaultdict[tuple[_Key, str | None, str | None], list[Figure]] = defaultdict(list)
    for one in figures:
        found[(one.level, one.year), one.unit, _base(one)].append(one)
    ordered = sorted(found, key=lambda key: (*_order(key[0]), -len(found[key]), key[1] or "", key[2] or ""))
    return tuple(
        Group(
            level=key[0],
            year=key[1],
            unit=unit,
            base_indicator=base,
            figures=tuple(sorted(found[key, unit, base], key=lambda one: (-Decimal(one.value), one.whose))),
        )
        for key, unit, base in ordered
    )


def _series(figures: Iterable[Figure]) -> tuple[Series, ...]:
    found: defaultdict[tuple[str, Level | None, str | None, str | None], dict[int, Figure | None]] = defaultdict(dict)
    for one in figures:
        if one.year is not None:
            years = found[one.whose, one.level, one.unit, _base(one)]
            years[one.year] = None if one.year in years else one  # two figures in one year: neither is the year's
    series = []
    for (unit_name, level, unit, base), years in found.items():
        line = tuple(figure for _, figure in sorted(years.items()) if figure)
        if len(line) > 1:
            series.append(Series(unit_name, level, unit, base, line))
    return tuple(sorted(series, key=lambda one: (LEVELS.index(one.level), one.whose)))


def _base(one: Figure) -> str | None:
    return one.base_indicator if one.unit in PER_CENT else None


def _order(key: _Key) -> tuple[int, int]:
    """Higher levels first, later years first."""
    return LEVELS.index(key[0]), -(key[1] or 0)
