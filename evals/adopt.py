"""
Labels as people write them (LABELS.md) become gold: typed, tied to the loaded text by its hash, moved where it differs.

`sealed` makes the facts-only form. It knows the two forms and nothing of predictions.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from evals.align import Alignment
from evals.gold import GoldReport, Place, Words, seal
from schemas.codebook import CODEBOOK_VERSION, load_codebook
from schemas.outline import LoadedText
from service import CallerError

_LISTS: Final = ("sections", "observations", "set_aside", "documents", "problems", "plans")


def read_labels(path: Path) -> dict[str, Any]:
    """A label file as written; CallerError where it is no JSON object."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CallerError(f"The label file {path} cannot be read as JSON: {type(error).__name__}.") from None
    if not isinstance(raw, dict) or "observations" not in raw:
        raise CallerError(f"The file {path} is no label file; see docs/labelling.md.")
    return raw


def companion_of(path: Path) -> str | None:
    """The plain text beside a label file on which it was labelled, where the report itself is HTML or DOCX."""
    beside = path.with_suffix(".txt")
    return beside.read_bytes().decode("utf-8") if beside.exists() else None


@dataclass(frozen=True, slots=True)
class Adopted:
    """Gold, and the surfaces set aside on the companion that the loaded text does not have (page furniture)."""

    gold: GoldReport
    left_out: tuple[str, ...]


def adopt(
    raw: dict[str, Any], loaded: LoadedText, companion: str | None, labelled_on: date, annotator: str | None = None
) -> Adopted:
    """
    Typed gold at the offsets of the loaded text.

    What was set aside and is not loaded is left out and named; CallerError where any other label does not hold.
    """
    check_surfaces(raw, loaded.text if companion is None else companion)
    text = loaded.text
    codebook = raw.get("codebook", CODEBOOK_VERSION)
    topics = dict.fromkeys(one.topic for one in load_codebook(codebook).indicators.values())
    doubts = sum("check" in row for name in _LISTS for row in raw[name])
    if doubts:
        raise CallerError(
            f"{raw['report']}: {doubts} labels are still marked `check`; decide each and delete the mark."
        )
    rows = {name: [{key: row[key] for key in row if key != "around"} for row in raw[name]] for name in _LISTS}
    left_out: tuple[str, ...] = ()
    if companion is not None and companion != text:
        alignment = Alignment(companion, text)
        left_out = _drop_unloaded(rows, alignment)
        _move(rows, alignment, companion)
    for name in ("observations", "set_aside"):
        for row in rows[name]:
            row["surface"] = text[row["start"] : row["end"]]
    try:
        gold = GoldReport(
            report=loaded.name or raw["report"],
            annotator=annotator or raw["annotator"],
            labelled_on=raw.get("labelled_on", labelled_on),
            version=raw.get("version", 1),
            codebook=codebook,
            topics=tuple(raw.get("topics", topics)),
            sha256=loaded.sha256,
            meta=raw["meta"],
            **rows,
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise CallerError(f"The labels of {raw['report']} are not well formed: {where}: {first['msg']}.") from None
    return Adopted(gold, left_out)


def check_surfaces(raw: dict[str, Any], text: str) -> None:
    """CallerError for the first label whose surface is not at its offsets."""
    for name in ("observations", "set_aside"):
        for row in raw[name]:
            if text[row["start"] : row["end"]] != row.get("surface", text[row["start"] : row["end"]]):
                raise CallerError(
                    f"{raw['report']}: the surface at {row['start']}-{row['end']} is not in the text there."
                )


def _drop_unloaded(rows: dict[str, list[dict[str, Any]]], alignment: Alignment) -> tuple[str, ...]:
    kept, left_out = [], []
    for row in rows["set_aside"]:
        try:
            alignment.span(row["start"], row["end"])
        except CallerError:
            left_out.append(row["surface"])
        else:
            kept.append(row)
    rows["set_aside"] = kept
    return tuple(left_out)


def _move(rows: dict[str, list[dict[str, Any]]], alignment: Alignment, companion: str) -> None:
    for name in _LISTS:
        for row in rows[name]:
            if row.get("part_of") is not None:
                row["part_of"] = _start(alignment, companion, row["part_of"])
            if "end" in row:
                row["start"], row["end"] = alignment.span(row["start"], row["end"])
            else:
                row["start"] = _start(alignment, companion, row["start"])


def _start(alignment: Alignment, companion: str, offset: int) -> int:
    while companion[offset].isspace():
        offset += 1
    return alignment.place(offset)


def sealed(gold: GoldReport, text: str) -> GoldReport:
    """The facts-only form: places, values and codes; words that the text does not hold verbatim become hashes."""

    def kept(words: Words | None, near: int = 0) -> Words | None:
        if not isinstance(words, str):
            return words
        at = _nearest(text, words, near)
        return seal(words) if at is None else Place(start=at, end=at + len(words))

    def update(rows: tuple[Any, ...], change: Callable[[Any], dict[str, object]]) -> tuple[Any, ...]:
        return tuple(row.model_copy(update=change(row)) for row in rows)

    return gold.model_copy(
        update={
            "form": "facts",
            "meta": gold.meta.model_copy(
                update={name: kept(getattr(gold.meta, name)) for name in ("title", "jurisdiction", "issuer")}
            ),
            "sections": update(gold.sections, lambda one: {"heading": kept(one.heading, one.start)}),
            "observations": update(
                gold.observations,
                lambda one: {
                    "surface": None,
                    "name": None,
                    "area": kept(one.area, one.start),
                    "period": kept(one.period, one.start),
                },
            ),
            "set_aside": update(gold.set_aside, lambda one: {"surface": None}),
            "documents": update(
                gold.documents, lambda one: {"title": kept(one.title, one.start), "number": kept(one.number, one.end)}
            ),
        }
    )


def _nearest(text: str, words: str, near: int) -> int | None:
    """Where the words stand nearest to an offset."""
    before = text.rfind(words, 0, near + len(words))
    after = text.find(words, near)
    found = [at for at in (before, after) if at >= 0]
    return min(found, key=lambda at: abs(at - near)) if found else None
