"""
A result as JSON, as lines or as a table of observations.

It knows the contract and the columns, and nothing of where the bytes go. Cells that a spreadsheet would run as a formula
are written as text. A lone surrogate (half a character, as some PDF give) has no place in UTF-8: it leaves as U+FFFD, one
for one, so that offsets still count.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic_core import PydanticSerializationError

from schemas.codebook import Codebook
from schemas.extraction import Extraction, Observation
from service.results.cells import LONE, csv_line, guarded

COLUMNS: Final = (
    "report",
    "jurisdiction",
    "level",
    "year",
    "section",
    "indicator",
    "label",
    "name",
    "value",
    "value_to",
    "unit",
    "qualifier",
    "aspect",
    "area",
    "period",
    "part_of",
    "flags",
    "quote",
    "start",
    "end",
    "id",
)
_BELOW_ZERO: Final = re.compile(r"-[0-9]+(?:\.[0-9]+)?")


def to_json(extraction: Extraction) -> str:
    """The contract's wire form, indented, Chinese as it is, with a final line end."""
    return _json(extraction, indent=1) + "\n"


def to_json_line(extraction: Extraction) -> str:
    """The wire form on one line."""
    return _json(extraction, indent=None) + "\n"


def to_csv(extractions: Iterable[Extraction], codebook: Codebook) -> Iterator[str]:
    """Lines of a CSV table, one observation each, `COLUMNS` first; the caller adds `BOM` for spreadsheets."""
    yield csv_line(COLUMNS)
    for extraction in extractions:
        for one in extraction.observations:
            yield csv_line(map(safe_cell, _row(extraction, one, codebook)))


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; a number below zero is none."""
    cell = "" if value is None else str(value)
    return cell if _BELOW_ZERO.fullmatch(cell) else guarded(cell)


def _json(extraction: Extraction, indent: int | None) -> str:
    try:
        return extraction.model_dump_json(indent=indent)
    except PydanticSerializationError:
        separators = (",", ":") if indent is None else None
        raw = json.dumps(extraction.model_dump(mode="json"), ensure_ascii=False, indent=indent, separators=separators)
        return LONE.sub("\ufffd", raw)


def _row(extraction: Extraction, one: Observation, codebook: Codebook) -> tuple[object, ...]:
    report = extraction.report
    return (
        report.name or report.title,
        report.jurisdiction,
        report.level,
        report.year,
        one.section,
        one.indicator,
        codebook.indicators[one.indicator].label_zh if one.indicator in codebook else None,
        one.name,
        one.value,
        one.value_to,
        one.unit,
        one.qualifier,
        one.aspect,
        one.area,
        one.period,
        one.part_of,
        " ".join(one.flags),
        one.quote,
        one.start,
        one.end,
        one.id,
    )
