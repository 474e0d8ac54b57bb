"""
The sheet: one report's facts, whoever wrote them (a person or the extractor), in one canonical order.

Both sides of every comparison have this form, so that two annotators are compared by the very scorer that judges the
program, and the order in which anything was written down can never change a count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from evals.gold import GoldReport, Seal, plain, say
from schemas.codebook import Codebook
from schemas.extraction import Action, Extraction


@dataclass(frozen=True, slots=True)
class Fact:
    """An observation; `part_of` is the start of its total or base, `value` None where the digits are no number."""

    start: int
    end: int
    value: Decimal | None
    value_to: Decimal | None
    unit: str | None
    qualifier: str
    indicator: str
    topic: str
    aspect: str | None
    part_of: int | None
    area: str | Seal | None
    period: str | Seal | None
    name: str | None
    origin: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's mark."""

    start: int
    path: tuple[str, ...]
    heading: str | Seal | None


@dataclass(frozen=True, slots=True)
class Titled:
    """A document named."""

    start: int
    end: int
    title: str | Seal
    number: str | Seal | None
    action: Action


@dataclass(frozen=True, slots=True)
class Extent:
    """A span, with the reason where it was set aside."""

    start: int
    end: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is compared. `topics`: those in which a fact without a partner counts as wrong."""

    facts: tuple[Fact, ...]
    headings: tuple[Heading, ...]
    documents: tuple[Titled, ...]
    problems: tuple[Extent, ...]
    plans: tuple[Extent, ...]
    set_aside: tuple[Extent, ...]
    fields: dict[str, str | Seal | None]
    topics: frozenset[str]


def sheet_of_gold(gold: GoldReport, text: str) -> Sheet:
    """A person's labels, with the words that a facts-only file leaves in the text."""
    return Sheet(
        facts=_ordered(
            Fact(
                start=one.start,
                end=one.end,
                value=_number(one.value),
                value_to=_number(one.value_to),
                unit=one.unit,
                qualifier=one.qualifier,
                indicator=one.indicator,
                topic=topic_of(one.indicator),
                aspect=one.aspect,
                part_of=one.part_of,
                area=say(one.area, text),
                period=say(one.period, text),
                name=one.name,
            )
            for one in gold.observations
        ),
        headings=_headings(Heading(one.start, one.path, say(one.heading, text)) for one in gold.sections),
        documents=_titles(
            Titled(one.start, one.end, say(one.title, text) or "", say(one.number, text), one.action)
            for one in gold.documents
        ),
        problems=_extents(Extent(one.start, one.end) for one in gold.problems),
        plans=_extents(Extent(one.start, one.end) for one in gold.plans),
        set_aside=_extents(Extent(one.start, one.end, one.why) for one in gold.set_aside),
        fields={
            "title": say(gold.meta.title, text),
            "jurisdiction": say(gold.meta.jurisdiction, text),
            "level": gold.meta.level,
            "issuer": say(gold.meta.issuer, text),
            "year": _shown(gold.meta.year),
            "published_on": _shown(gold.meta.published_on),
        },
        topics=frozenset(gold.topics),
    )


def sheet_of_extraction(extraction: Extraction, codebook: Codebook) -> Sheet:
    """The program's reading."""
    starts = {one.id: one.start for one in extraction.observations}
    report = extraction.report
    return Sheet(
        facts=_ordered(
            Fact(
                start=one.start,
                end=one.end,
                value=_number(one.value),
                value_to=_number(one.value_to),
                unit=one.unit,
                qualifier=one.qualifier,
                indicator=one.indicator,
                topic=topic_of(one.indicator),
                aspect=one.aspect,
                part_of=_start_of(one.part_of, starts),
                area=one.area,
                period=one.period,
                name=one.name,
                origin=one.origin,
                flags=one.flags,
            )
            for one in extraction.observations
        ),
        headings=_headings(Heading(one.start, one.path, one.heading) for one in extraction.sections),
        documents=_titles(
            Titled(one.start, one.end, one.title, one.number, one.action) for one in extraction.documents
        ),
        problems=_extents(Extent(one.start, one.end) for one in extraction.problems),
        plans=_extents(Extent(one.start, one.end) for one in extraction.plans),
        set_aside=_extents(Extent(one.start, one.end, one.why) for one in extraction.set_aside),
        fields={
            "title": report.title,
            "jurisdiction": report.jurisdiction,
            "level": report.level,
            "issuer": report.issuer,
            "year": _shown(report.year),
            "published_on": _shown(report.published_on),
        },
        topics=frozenset(one.topic for one in codebook.indicators.values()),
    )


def topic_of(indicator: str) -> str:
    """The topic is what stands before the dot; `<topic>.other` has one too."""
    return indicator.partition(".")[0]


def path_key(path: tuple[str, ...]) -> tuple[str, ...]:
    """A section's path as compared: widths folded, stops dropped."""
    return tuple(plain(mark).rstrip("、.,，。") for mark in path)


def _ordered(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(sorted(facts, key=_fact_key))


def _fact_key(one: Fact) -> tuple[object, ...]:
    shown = (one.unit, one.qualifier, one.aspect, one.area, one.period, one.name, one.origin)
    part_of = -1 if one.part_of is None else one.part_of
    values = tuple("" if value is None else format(value, "f") for value in (one.value, one.value_to))
    return (one.start, one.end, one.indicator, values, part_of, tuple(str(word or "") for word in shown), one.flags)


def _headings(found: Iterable[Heading]) -> tuple[Heading, ...]:
    return tuple(sorted(set(found), key=lambda one: (one.start, one.path)))


def _titles(found: Iterable[Titled]) -> tuple[Titled, ...]:
    return tuple(sorted(found, key=lambda one: (one.start, one.end, str(one.title), one.action)))


def _extents(found: Iterable[Extent]) -> tuple[Extent, ...]:
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.why)))


def _number(digits: str | None) -> Decimal | None:
    try:
        return None if digits is None else Decimal(digits)
    except InvalidOperation:
        return None


def _start_of(part_of: str | None, starts: dict[str, int]) -> int | None:
    if part_of is None:
        return None
    if part_of in starts:
        return starts[part_of]
    found = re.match(r"o(\d+)-", part_of)
    return int(found[1]) if found else -1


def _shown(value: int | date | None) -> str | None:
    return None if value is None else str(value)
