"""
The metrics of EVALS.md, as numerators and denominators that add up over reports.

It counts outcomes and gold-free facts of results; it knows nothing of intervals, files or how outcomes came about.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from evals.gold import GoldReport
from evals.judge_facts import FIELDS
from evals.outcome import Lost, Outcome, Tally
from evals.places import Places
from schemas.extraction import Extraction
from service import read_quantity

Form = Literal["percent", "per_100", "ratio"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a figure is called, how it is written, and which way is better."""

    name: str
    label: str
    form: Form = "percent"
    higher: bool = True
    unit: str = "observations"


METRICS: Final = (
    Metric("observation_f1", "observation F1"),
    Metric("strict_f1", "strict F1"),
    Metric("detection_f1", "detection F1"),
    Metric("detection_precision", "detection precision"),
    Metric("detection_recall", "detection recall"),
    Metric("indicator_right", "indicator right, given a match"),
    Metric("topic_right", "topic right, given a match"),
    Metric("value_unit_qualifier", "value, unit and qualifier right, given a match"),
    Metric("span_exact", "span exactly the gold span, given a match"),
    *(Metric(f"field_{name}", f"field F1: {name}") for name in FIELDS),
    Metric("correction_cost", "edits per 100 gold fields", "per_100", higher=False, unit="fields"),
    Metric("covered_by_mark", "gold observations covered by a mark"),
    Metric("marks_per_gold", "marks put to the model a gold observation", "ratio", higher=False),
    Metric("set_aside_accuracy", "marks in Arabic digits rightly observed or set aside", unit="marks"),
    Metric("set_aside_why", "reason right, given rightly set aside", unit="marks"),
    Metric("sections_f1", "section boundary F1", unit="sections"),
    Metric("section_path", "section path accuracy", unit="sections"),
    Metric("section_heading", "section heading words", unit="sections"),
    Metric("documents_f1", "documents F1", unit="documents"),
    Metric("documents_strict_f1", "documents F1 with action", unit="documents"),
    Metric("problems_precision", "problems precision", unit="sentences"),
    Metric("problems_recall", "problems recall", unit="sentences"),
    Metric("problems_f1", "problems F1", unit="sentences"),
    Metric("plans_precision", "plans precision", unit="sentences"),
    Metric("plans_recall", "plans recall", unit="sentences"),
    Metric("plans_f1", "plans F1", unit="sentences"),
    Metric("statements_f1", "problems and plans F1", unit="sentences"),
    Metric("report_fields", "report fields right", unit="fields"),
    Metric("unsupported_rate", "unsupported observations", higher=False),
    Metric("unread_rate", "unread marks", higher=False, unit="marks"),
)
BY_NAME: Final[Mapping[str, Metric]] = {one.name: one for one in METRICS}


def tallies_of_outcomes(outcomes: Iterable[Outcome]) -> dict[str, Tally]:
    """Every metric that gold is needed for, over one report."""
    found = list(outcomes)
    seen = [one for one in found if one.item == "observation" and one.kind != "unjudged"]
    pairs = [one for one in seen if one.kind == "matched"]
    gold = [one for one in seen if one.gold]
    said = [one for one in seen if one.predicted]
    both = len(gold) + len(said)
    tallies = {
        "observation_f1": _tally(2 * sum(one.right for one in pairs), both),
        "strict_f1": _tally(2 * sum(one.strict for one in pairs), both),
        "detection_f1": _tally(2 * len(pairs), both),
        "detection_precision": _tally(len(pairs), len(said)),
        "detection_recall": _tally(len(pairs), len(gold)),
        "indicator_right": _agreeing(pairs, "indicator"),
        "topic_right": _agreeing(pairs, "topic"),
        "value_unit_qualifier": _agreeing(pairs, "value", "unit", "qualifier"),
        "span_exact": _agreeing(pairs, "span"),
        "correction_cost": _tally(sum(map(_edits, seen)), sum(len(_filled(one.gold)) + 1 for one in gold)),
    }
    for name in FIELDS:
        there = sum(_has(one.gold, name) + _has(one.predicted, name) for one in seen)
        right = sum(name in one.agree and _has(one.gold, name) for one in pairs)
        tallies[f"field_{name}"] = _tally(2 * right, there)
    marks = [one for one in found if one.item == "set_aside"]
    asides = [one for one in marks if one.right and one.gold and one.gold["is"] == "set_aside"]
    tallies["set_aside_accuracy"] = _share(marks, _is_right)
    tallies["set_aside_why"] = _share(asides, lambda one: "why" in one.agree)
    sections = [one for one in found if one.item == "section"]
    labelled = [one for one in sections if one.gold]
    tallies["sections_f1"] = _f1(sections, _is_right)
    tallies["section_path"] = _share(labelled, lambda one: "path" in one.agree)
    tallies["section_heading"] = _share(labelled, lambda one: "heading" in one.agree)
    documents = [one for one in found if one.item == "document"]
    tallies["documents_f1"] = _f1(documents, _is_right)
    tallies["documents_strict_f1"] = _f1(documents, lambda one: one.strict)
    for item, name in (("problem", "problems"), ("plan", "plans")):
        sentences = [one for one in found if one.item == item]
        tallies[f"{name}_precision"] = _share([one for one in sentences if one.predicted], _is_right)
        tallies[f"{name}_recall"] = _share([one for one in sentences if one.gold], _is_right)
        tallies[f"{name}_f1"] = _f1(sentences, _is_right)
    tallies["statements_f1"] = tallies["problems_f1"] + tallies["plans_f1"]
    tallies["report_fields"] = _share([one for one in found if one.item == "field"], _is_right)
    return tallies


def tallies_of_result(extraction: Extraction, text: str, gold: GoldReport | None) -> dict[str, Tally]:
    """What the result alone tells (unsupported, unread), and its marks against the places of gold."""
    wrong = len(unsupported(extraction, text))
    spans = {(one.start, one.end) for one in extraction.observations}
    spans |= {(one.start, one.end) for one in extraction.set_aside}
    spans |= {(one.start, one.end) for one in extraction.unread}
    tallies = {
        "unsupported_rate": _tally(wrong, len(extraction.observations)),
        "unread_rate": _tally(len(extraction.unread), len(spans)),
    }
    if gold is not None:
        marks = put_to_the_model(extraction)
        index = Places(marks)
        covered = sum(index.answers(one) for one in gold.observations)
        tallies["covered_by_mark"] = _tally(covered, len(gold.observations))
        tallies["marks_per_gold"] = _tally(len(marks), len(gold.observations))
    return tallies


def unsupported(extraction: Extraction, text: str) -> tuple[str, ...]:
    """Ids of observations whose quote is not at its offsets or whose value does not read out of it."""
    wrong = []
    for one in extraction.observations:
        read = read_quantity(text, one.start, one.end) if text[one.start : one.end] == one.quote else None
        said = (_decimal(one.value), _decimal(one.value_to), one.unit, one.qualifier)
        if read is None or (read.value, read.value_to, read.unit, read.qualifier) != said:
            wrong.append(one.id)
    return tuple(wrong)


def put_to_the_model(extraction: Extraction) -> tuple[tuple[int, int], ...]:
    """The marks that the model was asked about, in text order."""
    marks = {(one.start, one.end) for one in extraction.observations if one.origin == "mark"}
    marks |= {(one.start, one.end) for one in extraction.set_aside if one.by == "model"}
    marks |= {(one.start, one.end) for one in extraction.unread}
    return tuple(sorted(marks))


def lost_in(extraction: Extraction) -> Lost:
    """Where a missed observation may have gone."""
    aside = {(one.start, one.end): f"set_aside by the {one.by} ({one.why})" for one in extraction.set_aside}
    unread = {(one.start, one.end): f"unread ({one.reason})" for one in extraction.unread}
    return Lost(aside | unread)


def _edits(one: Outcome) -> int:
    """What a person does to mend it: retype a wrong field, add a missed row field by field, strike a spurious row."""
    match one.kind:
        case "missed":
            return len(_filled(one.gold)) + 1
        case "spurious" | "duplicate":
            return 1
        case "matched":
            return sum(name not in one.agree for name in (*FIELDS, "span"))
        case "unjudged":
            return 0


def _filled(row: Mapping[str, object] | None) -> list[str]:
    return [name for name in FIELDS if _has(row, name)]


def _has(row: Mapping[str, object] | None, name: str) -> bool:
    return row is not None and row.get(name) is not None


def _agreeing(pairs: Sequence[Outcome], *names: str) -> Tally:
    return _share(pairs, lambda one: set(names) <= set(one.agree))


def _is_right(one: Outcome) -> bool:
    return one.right


def _share(items: Sequence[Outcome], right: Callable[[Outcome], bool]) -> Tally:
    return _tally(sum(map(right, items)), len(items))


def _f1(items: Sequence[Outcome], right: Callable[[Outcome], bool]) -> Tally:
    both = sum((one.gold is not None) + (one.predicted is not None) for one in items)
    return _tally(2 * sum(map(right, items)), both)


def _tally(numerator: int, denominator: int) -> Tally:
    return Tally(numerator=numerator, denominator=denominator)


def _decimal(digits: str | None) -> Decimal | None:
    try:
        return None if digits is None else Decimal(digits)
    except InvalidOperation:
        return None
