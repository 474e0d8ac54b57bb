"""
A draft label file from a reading, for a person to correct: LABELS.md's form, words around each label, doubts marked.

A label with a `check` is one that the program itself is unsure of; `fazhi-eval import-gold` takes no file that still
has one. It knows results and the label form, nothing of gold or metrics.
"""

import json
from collections import Counter
from typing import Any, Final

from schemas.codebook import Codebook, load_codebook
from schemas.extraction import Extraction, Observation

AROUND: Final = 24
_UNSURE: Final = {
    "over_100": "a rate over 100",
    "in_title": "stands inside a title",
    "earlier_period": "an earlier period",
    "fraction": "a fraction",
    "unit_from_header": "the unit comes from a table's header",
    "part_of_far": "its base stands in another part",
    "check_failed": "the arithmetic does not hold",
}


def draft(extraction: Extraction, text: str, annotator: str, codebook: Codebook | None = None) -> dict[str, Any]:
    """The label file as an object; `write_draft` makes it text."""
    book = codebook or load_codebook()
    report = extraction.report
    starts = {one.id: one.start for one in extraction.observations}
    spans = Counter((one.start, one.end) for one in extraction.observations)
    observations = []
    for one in extraction.observations:
        label = {
            "start": one.start,
            "end": one.end,
            "surface": one.quote,
            "value": one.value,
            **({"value_to": one.value_to} if one.value_to else {}),
            "unit": one.unit,
            "qualifier": one.qualifier,
            "indicator": one.indicator,
            "name": one.name,
            "aspect": one.aspect,
            "area": one.area,
            "period": one.period,
            "part_of": starts.get(one.part_of or ""),
        }
        observations.append(_checked(label, _doubts(one, book, spans[one.start, one.end] > 1), text))
    for one_unread in extraction.unread:
        label = {
            "start": one_unread.start,
            "end": one_unread.end,
            "surface": one_unread.quote,
            "value": "",
            "unit": None,
        }
        rest = {"qualifier": "exact", "indicator": "", "name": "", "aspect": None, "area": None, "period": None}
        unread = label | rest | {"part_of": None}
        observations.append(_checked(unread, ("unread: label it, or move it to set_aside",), text))
    observations.sort(key=lambda label: (label["start"], label["end"]))
    return {
        "report": report.name,
        "annotator": annotator,
        "codebook": extraction.provenance.codebook,
        "meta": {
            "title": report.title,
            "jurisdiction": report.jurisdiction,
            "level": report.level,
            "issuer": report.issuer,
            "year": report.year,
            "published_on": None if report.published_on is None else report.published_on.isoformat(),
        },
        "sections": [
            {"path": list(one.path), "heading": one.heading, "start": one.start}
            for one in extraction.sections
            if one.path
        ],
        "observations": observations,
        "set_aside": [
            _checked(
                {"start": one.start, "end": one.end, "surface": one.quote, "why": one.why},
                _aside_doubts(one.doubt, one.by, one.why),
                text,
            )
            for one in extraction.set_aside
        ],
        "documents": [
            {"start": one.start, "end": one.end, "title": one.title, "number": one.number, "action": one.action}
            for one in extraction.documents
        ],
        "problems": [{"start": one.start, "end": one.end} for one in extraction.problems],
        "plans": [{"start": one.start, "end": one.end} for one in extraction.plans],
    }


def write_draft(found: dict[str, Any]) -> str:
    """One label a line, so that an editor shows them as a list."""
    parts = []
    for name, value in found.items():
        if isinstance(value, list) and value:
            rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f' "{name}": [\n{rows}\n ]')
        else:
            parts.append(f' "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def doubts_in(found: dict[str, Any]) -> int:
    """How many labels a person must decide."""
    return sum("check" in row for name in ("observations", "set_aside") for row in found[name])


def _doubts(one: Observation, book: Codebook, shared: bool) -> tuple[str, ...]:
    doubts = [_UNSURE[flag] for flag in one.flags if flag in _UNSURE]
    if one.origin == "missed":
        doubts.append("no mark caught it")
    if one.indicator.endswith(".other"):
        doubts.append("no indicator fits")
    usual = book.indicators[one.indicator].units if one.indicator in book else ()
    if usual and one.unit not in usual:
        doubts.append("not the indicator's usual unit")
    if shared:
        doubts.append("two indicators for one number")
    return tuple(doubts)


def _aside_doubts(doubt: bool, by: str, why: str) -> tuple[str, ...]:
    if doubt:
        return ("a number with a unit of the codebook: an observation?",)
    return ("set aside by the model: say why",) if by == "model" and why == "other" else ()


def _checked(label: dict[str, Any], doubts: tuple[str, ...], text: str) -> dict[str, Any]:
    around = text[max(0, label["start"] - AROUND) : label["end"] + AROUND]
    check = {"check": "; ".join(doubts)} if doubts else {}
    return label | check | {"around": " ".join(around.split())}
