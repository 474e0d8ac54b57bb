"""
Two people over one report: how far they agree, by the program's own scorer, and what is to be decided.

A is taken as gold and B as prediction; F1 does not mind which is which. It knows label sheets and nothing of the
program.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from evals.facts import sheet_of_gold
from evals.gold import GoldReport
from evals.judge import judge
from evals.metrics import tallies_of_outcomes
from evals.outcome import Cell, Item, Lost, Outcome, Tally
from schemas.extraction import Noun
from service import CallerError

SHOWN: Final = (
    "detection_f1", "observation_f1", "strict_f1", "indicator_right", "span_exact", "value_unit_qualifier",
    "field_indicator", "field_value", "field_unit", "field_qualifier", "field_aspect", "field_part_of", "field_area",
    "field_period", "set_aside_accuracy", "sections_f1", "section_path", "documents_f1", "documents_strict_f1",
    "problems_f1", "plans_f1", "report_fields",
)  # fmt: skip


class Agreement(Noun):
    """What two annotators of one report agreed in, before anything was adjudicated."""

    report: str
    annotators: tuple[str, str]
    observations: tuple[int, int]
    tallies: dict[str, Tally]


class Decision(Noun):
    """One thing on which they differ. `take` is whose label stands; an empty side means that it has none."""

    key: str
    item: Item
    differs: tuple[str, ...]
    around: str | None
    a: dict[str, Cell] | None
    b: dict[str, Cell] | None
    take: Literal["a", "b"] = "a"


_DECISIONS: Final = TypeAdapter(tuple[Decision, ...])
_AGREEMENTS: Final = TypeAdapter(dict[str, Agreement])


def compare_labels(a: GoldReport, b: GoldReport, text: str) -> tuple[Agreement, tuple[Decision, ...]]:
    """The agreement of two label files of one text, and every difference as a decision for a third person."""
    aside = {(one.start, one.end): "set_aside by the annotator" for one in b.set_aside}
    outcomes = judge(sheet_of_gold(a, text), sheet_of_gold(b, text), text, report=a.name, lost=Lost(aside))
    tallies = tallies_of_outcomes(outcomes)
    kept = {name: tallies[name] for name in SHOWN if name in tallies}
    sizes = (len(a.observations), len(b.observations))
    agreement = Agreement(report=a.name, annotators=(a.annotator, b.annotator), observations=sizes, tallies=kept)
    return agreement, tuple(_decision(one) for one in outcomes if not one.strict and one.item != "set_aside")


def adjudicate(a: GoldReport, b: GoldReport, decisions: Sequence[Decision]) -> GoldReport:
    """A's labels, with B's where a decision says so."""
    lists: dict[str, list[Any]] = {
        name: list(getattr(a, name)) for name in ("observations", "sections", "documents", "problems", "plans")
    }
    meta = a.meta
    for one in decisions:
        if one.take == "a":
            continue
        if one.item == "field":
            (name,) = one.b or {"": None}
            meta = meta.model_copy(update={name: getattr(b.meta, name)})
            continue
        rows, others = lists[f"{one.item}s"], list(getattr(b, f"{one.item}s"))
        old, new = _find(rows, one.a), _find(others, one.b)
        if old is not None:
            rows.remove(old)
        if new is not None:
            rows.append(new)
    ordered = {name: tuple(sorted(rows, key=lambda row: row.start)) for name, rows in lists.items()}
    return a.model_copy(update={**ordered, "meta": meta, "annotator": "adjudicated"})


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """A worksheet as a person left it."""
    try:
        return _DECISIONS.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise CallerError(f"The worksheet {path} is not well formed; write it again with `--worksheet`.") from None


def write_decisions(path: Path, decisions: Sequence[Decision]) -> None:
    """The worksheet: for each difference set `take` to "a" or "b"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join(f" {json.dumps(one.model_dump(mode='json'), ensure_ascii=False)}" for one in decisions)
    path.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def read_agreements(path: Path) -> dict[str, Agreement]:
    """What was kept of every pair of annotators; empty where nothing was."""
    if not path.exists():
        return {}
    try:
        return _AGREEMENTS.validate_json(path.read_bytes())
    except ValidationError:
        raise CallerError(f"{path} is not well formed; restore it.") from None


def keep_agreement(agreement: Agreement, path: Path) -> None:
    """Add or replace one report's agreement."""
    kept = read_agreements(path) | {agreement.report: agreement}
    rows = ",\n".join(f' "{name}": {kept[name].model_dump_json()}' for name in sorted(kept))
    path.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


def _decision(one: Outcome) -> Decision:
    return Decision(key=one.key, item=one.item, differs=one.classes, around=one.context, a=one.gold, b=one.predicted)


def _find(rows: Sequence[Any], wanted: dict[str, Cell] | None) -> Any | None:
    """The label that a row of the worksheet shows."""
    if wanted is None:
        return None
    names = [name for name in ("start", "end", "indicator") if name in wanted]
    return next((one for one in rows if all(getattr(one, name) == wanted[name] for name in names)), None)
