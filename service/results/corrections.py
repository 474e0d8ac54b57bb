"""
Verdicts of a person: whether they fit a result, and what gold they make.

Only what a person has judged is gold; a topic counts as complete where nothing of it is left unjudged. It knows the contract,
corrections and LABELS.md's form, and nothing of where they are kept. `pages/gold.js` makes the same file in the browser.
"""

from collections.abc import Iterator, Set
from datetime import date
from decimal import Decimal
from typing import Any, Final

from schemas.codebook import Codebook
from schemas.corrections import Accepted, Added, Corrected, Corrections, Rejected
from schemas.extraction import Extraction, Observation
from service.errors import CallerError
from service.text.quantity import read

GOLD_FORMAT: Final = "1"
_Standing = Observation | Added


def verify(corrections: Corrections, extraction: Extraction, text: str, codebook: Codebook) -> None:
    """
    CallerError where corrections are of another text, name what is not there, or say what does not stand there.

    A person points as the model does: the value of an added number is what can be read at its place, and nothing else.
    """
    if corrections.sha256 != extraction.report.sha256:
        raise CallerError("These corrections are of another text.")
    known = {one.id for one in extraction.observations}
    added = [one for one in corrections.verdicts if isinstance(one, Added)]
    standing = known | {one.id for one in added}
    judged = [_target(one) for one in corrections.verdicts]
    if len(judged) > len(set(judged)):
        raise CallerError("An observation has two verdicts.")
    for one in corrections.verdicts:
        if not isinstance(one, Added) and one.observation not in known:
            raise CallerError(f"There is no observation {one.observation} in this result.")
        if isinstance(one, Corrected | Added):
            if one.indicator not in codebook:
                raise CallerError("A correction names an indicator that the codebook does not have.")
            if one.part_of is not None and (one.part_of not in standing or one.part_of == _target(one)):
                raise CallerError(f"{_target(one)} is part of {one.part_of}, which does not stand.")
            if any(words and words not in text for words in (one.area, one.period)):
                raise CallerError(f"Area and period of {_target(one)} must stand in the text, word for word.")
    for one in added:
        _verify_added(one, known, text)


def _verify_added(one: Added, known: set[str], text: str) -> None:
    if one.id in known or one.id.partition(".")[0] != f"o{one.start}-{one.end}":
        raise CallerError(f"An added observation cannot have the id {one.id}.")
    if not one.start < one.end <= len(text) or text[one.start : one.end] != one.quote:
        raise CallerError(f"The quote of {one.id} does not stand at its place.")
    reads = read(text, one.start, one.end)
    if reads is None:
        raise CallerError(
            f"No number can be read at {one.id}: select the number with its hedge and unit, nothing else."
        )
    said = (Decimal(one.value), None if one.value_to is None else Decimal(one.value_to), one.unit, one.qualifier)
    if said != (reads.value, reads.value_to, reads.unit, reads.qualifier):
        upper = "" if reads.value_to is None else f"-{reads.value_to:f}"
        raise CallerError(f"{one.id} reads {reads.value:f}{upper} {reads.unit or 'without unit'}, {reads.qualifier}.")


def to_gold(extraction: Extraction, corrections: Corrections, codebook: Codebook, labelled_on: date) -> dict[str, Any]:
    """The labels as `evals` reads them: observations that a person let stand, everything else as the machine has it."""
    report = extraction.report
    verdicts = {_target(one): one for one in corrections.verdicts}
    every = sorted(_standing(extraction, verdicts), key=lambda one: (one.start, len(one.id)))
    standing = list({(one.start, one.end, one.indicator): one for one in reversed(every)}.values())[
        ::-1
    ]  # each claim once
    starts = {one.id: one.start for one in every}
    taken = {at for one in standing for at in range(one.start, one.end)}
    left = {one.topic for one in extraction.observations if one.id not in verdicts}
    unread = any(taken.isdisjoint(range(one.start, one.end)) for one in extraction.unread)
    topics = dict.fromkeys(one.topic for one in codebook.indicators.values())
    return {
        "format": GOLD_FORMAT,
        "form": "labels",
        "report": report.name or "report.txt",
        "version": 1,
        "annotator": corrections.annotator or "anonymous",
        "labelled_on": labelled_on.isoformat(),
        "codebook": codebook.version,
        "topics": [] if unread else [topic for topic in topics if topic not in left],
        "sha256": report.sha256,
        "meta": report.model_dump(mode="json", include=set(_META)),
        "sections": [
            {"path": list(one.path), "heading": one.heading, "start": one.start}
            for one in extraction.sections
            if one.path
        ],
        "observations": [_label(one, starts) for one in standing],
        "set_aside": _set_aside(extraction, verdicts, taken),
        "documents": [one.model_dump(exclude={"section"}) for one in extraction.documents],
        "problems": [{"start": one.start, "end": one.end} for one in extraction.problems],
        "plans": [{"start": one.start, "end": one.end} for one in extraction.plans],
    }


_META: Final = ("title", "jurisdiction", "level", "issuer", "year", "published_on")


def _standing(extraction: Extraction, verdicts: dict[str, Any]) -> Iterator[_Standing]:
    for one in extraction.observations:
        match verdicts.get(one.id):
            case Accepted():
                yield one
            case Corrected() as said:
                yield one.model_copy(
                    update=said.model_dump(include={"indicator", "name", "aspect", "part_of", "area", "period"})
                )
            case Rejected() | None:
                pass
    yield from (one for one in verdicts.values() if isinstance(one, Added))


def _label(one: _Standing, starts: dict[str, int]) -> dict[str, Any]:
    row: dict[str, Any] = {"start": one.start, "end": one.end, "surface": one.quote, "value": one.value}
    if one.value_to is not None:
        row["value_to"] = one.value_to
    for name in ("unit", "qualifier", "indicator", "name", "aspect", "area", "period"):
        row[name] = getattr(one, name)
    base = starts.get(one.part_of or "")
    return {**row, "part_of": None if base == one.start else base}


def _set_aside(extraction: Extraction, verdicts: dict[str, Any], taken: Set[int]) -> list[dict[str, Any]]:
    rows = {
        one.start: {"start": one.start, "end": one.end, "surface": one.quote, "why": one.why}
        for one in extraction.set_aside
        if taken.isdisjoint(range(one.start, one.end))
    }
    for one in extraction.observations:
        said = verdicts.get(one.id)
        if isinstance(said, Rejected) and taken.isdisjoint(range(one.start, one.end)):
            rows.setdefault(one.start, {"start": one.start, "end": one.end, "surface": one.quote, "why": said.why})
    return [rows[start] for start in sorted(rows)]


def _target(one: Accepted | Corrected | Rejected | Added) -> str:
    return one.id if isinstance(one, Added) else one.observation
