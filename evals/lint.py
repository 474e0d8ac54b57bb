"""
Gold that cannot be trusted is found before it is used: wrong offsets, surfaces, codes, units, values, links, overlaps.

Every value is read back from its surface by the production reader. It knows gold and its text, nothing of predictions.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final, Literal

from evals.cases import Case
from evals.gold import GoldObservation, GoldReport, Place, say
from schemas.codebook import Codebook, load_codebook
from service import cut_sentences, read_quantity

Rule = Literal[
    "text", "codebook", "offset", "surface", "words", "code", "topic", "value", "reads", "unit", "duplicate",
    "dangling", "overlap", "digits", "title", "path", "sentence", "order",
]  # fmt: skip
_DIGITS: Final = re.compile(r"[0-9０-９]+")
_MARK: Final = re.compile(
    r"[（(]?([0-9０-９]+|[零〇一二三四五六七八九十百]+|[①-⑳]|第[零一二三四五六七八九十]+)[）)是]?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a gold file; `where` is the label, `what` names no words of the report."""

    report: str
    rule: Rule
    where: str
    what: str
    severe: bool = True


def lint(case: Case, codebook: Codebook | None = None) -> tuple[Fault, ...]:
    """Every fault of one report's gold, the severe ones and the doubts."""
    gold, text = case.gold, case.text
    try:
        book = codebook or load_codebook(gold.codebook)
    except FileNotFoundError:
        return (Fault(gold.name, "codebook", "codebook", f"labelled by {gold.codebook}, which is not shipped"),)
    if gold.sha256 != case.loaded.sha256:
        return (Fault(gold.name, "text", "sha256", "the text is not the one that was labelled"),)
    if gold.codebook != book.version:
        return (Fault(gold.name, "codebook", "codebook", f"labelled by {gold.codebook}, checked with {book.version}"),)
    found = [
        *_spans(gold, text),
        *_codes(gold, book),
        *_values(gold, text),
        *_links(gold),
        *_overlaps(gold),
        *_digits(gold, text),
        *_outline(gold, text),
        *_sentences(gold, text),
    ]
    return tuple(Fault(gold.name, rule, where, what, severe) for rule, where, what, severe in found)


Found = Iterator[tuple[Rule, str, str, bool]]


def _spans(gold: GoldReport, text: str) -> Found:
    lists = {name: getattr(gold, name) for name in ("observations", "set_aside", "documents", "problems", "plans")}
    for name, rows in lists.items():
        for one in rows:
            where = f"{name} {one.start}-{one.end}"
            if not one.start < one.end <= len(text):
                yield "offset", where, "does not lie in the text", True
                continue
            surface = getattr(one, "surface", None)
            if surface is not None and text[one.start : one.end] != surface:
                yield "surface", where, "the surface is not at its offsets", True
            if text[one.start].isspace() or text[one.end - 1].isspace():
                yield "offset", where, "begins or ends with white space", True
        if [one.start for one in rows] != sorted(one.start for one in rows):
            yield "order", name, "not in text order", True
    for one in gold.observations:
        for words in (one.area, one.period):
            spoken = say(words, text)
            if isinstance(spoken, str) and spoken not in text:
                yield "words", f"observations {one.start}-{one.end}", "area or period is not verbatim in the text", True
        if gold.form == "facts" and (one.surface or one.name or isinstance(one.area, str)):
            yield "words", f"observations {one.start}-{one.end}", "a facts-only file holds words", True


def _codes(gold: GoldReport, book: Codebook) -> Found:
    topics = {one.topic for one in book.indicators.values()}
    for topic in set(gold.topics) - topics:
        yield "topic", "topics", f"no topic {topic} in the codebook", True
    for one in gold.observations:
        where = f"observations {one.start}-{one.end}"
        if one.indicator not in book:
            yield "code", where, f"no code {one.indicator} in the codebook", True
        elif one.unit is not None and book.indicators[one.indicator].units:
            rate = book.indicators[one.indicator].kind == "rate"
            if rate and one.aspect != "change" and one.unit not in ("%", "％", "‰", "成", "倍", "个百分点", "百分点"):
                yield "unit", where, f"{one.unit} is no unit of a rate", False


def _values(gold: GoldReport, text: str) -> Found:
    for one in gold.observations:
        where = f"observations {one.start}-{one.end}"
        try:
            said = (Decimal(one.value), None if one.value_to is None else Decimal(one.value_to))
        except InvalidOperation:
            yield "value", where, "the value is no plain decimal", True
            continue
        if not re.fullmatch(r"-?\d+(\.\d+)?", one.value):
            yield "value", where, "the value is no plain decimal", True
        read = read_quantity(text, one.start, one.end)
        if read is None:
            yield "reads", where, "no value can be read from the surface", True
            continue
        if (read.value, read.value_to) != said:
            yield "reads", where, f"labelled {one.value}, the surface reads {read.value:f}", True
        if read.unit != one.unit:
            yield "unit", where, f"labelled {one.unit}, the surface reads {read.unit}", True
        if read.qualifier != one.qualifier:
            yield "reads", where, f"labelled {one.qualifier}, the surface reads {read.qualifier}", True


def _links(gold: GoldReport) -> Found:
    starts = {one.start for one in gold.observations}
    for one in gold.observations:
        where = f"observations {one.start}-{one.end}"
        if one.part_of is not None and one.part_of not in starts:
            yield "dangling", where, f"part_of {one.part_of} is no observation", True
        if one.part_of == one.start:
            yield "dangling", where, "is part of itself", True


def _overlaps(gold: GoldReport) -> Found:
    same = Counter((one.start, one.end, one.indicator) for one in gold.observations)
    for (start, end, code), times in same.items():
        if times > 1:
            yield "duplicate", f"observations {start}-{end}", f"{times} times under {code}", True
    labelled: list[tuple[int, int, str]] = sorted(
        {(one.start, one.end, "observations") for one in gold.observations}
        | {(one.start, one.end, "set_aside") for one in gold.set_aside}
    )
    for (start, end, name), (other, stop, kind) in pairwise(labelled):
        if other < end:
            yield "overlap", f"{name} {start}-{end}", f"overlaps {kind} {other}-{stop}", True


def _digits(gold: GoldReport, text: str) -> Found:
    """Gold is complete for Arabic digits: each run of them is observed or set aside."""
    covered = bytearray(len(text))
    for start, end in [(one.start, one.end) for one in gold.observations] + [
        (one.start, one.end) for one in gold.set_aside
    ]:
        covered[start:end] = b"\1" * (end - start)
    for digits in _DIGITS.finditer(text):
        if not any(covered[digits.start() : digits.end()]):
            yield "digits", f"{digits.start()}-{digits.end()}", "digits that are neither observed nor set aside", False


def _outline(gold: GoldReport, text: str) -> Found:
    for one in gold.documents:
        where = f"documents {one.start}-{one.end}"
        if text[one.start : one.start + 1] != "《" or text[one.end - 1 : one.end] != "》":
            yield "title", where, "the span does not cover 《…》", True
        elif say(one.title, text) != text[one.start + 1 : one.end - 1]:
            yield "title", where, "the title is not what stands in 《》", True
    for section in gold.sections:
        where = f"sections {section.start}"
        mark = section.path[-1] if section.path else ""
        bare = mark.strip("（）()")
        if (
            not _MARK.fullmatch(mark)
            or bare.removesuffix("是") not in text[section.start : section.start + len(mark) + 4]
        ):
            yield "path", where, "the mark of the path is not at its start", True
        heading = section.heading
        if isinstance(heading, Place) and heading.start < section.start:
            yield "path", where, "the heading stands before its mark", True
    if [one.start for one in gold.sections] != sorted({one.start for one in gold.sections}):
        yield "order", "sections", "not in text order, or two at one place", True


def _sentences(gold: GoldReport, text: str) -> Found:
    for name, rows in (("problems", gold.problems), ("plans", gold.plans)):
        for one in rows:
            if one.end <= len(text) and len(cut_sentences(text, one.start, one.end)) > 1:
                yield "sentence", f"{name} {one.start}-{one.end}", "holds more than one sentence", False


def units_of(observations: tuple[GoldObservation, ...]) -> Counter[str]:
    """How often each unit is used, for a person who looks for odd ones."""
    return Counter(one.unit or "(none)" for one in observations)
