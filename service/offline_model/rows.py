"""
A number in a table row, told as a sentence.

The words that say what a table cell counts stand in its row's first cell and its column's head; put before the number they
read like prose. It knows lines and pipes, and nothing of indicators.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.outline import Span
from service.offline_model.features import Place

PIPES: Final = re.compile(r"[|\uff5c]")
_UNIT_IN_HEAD: Final = re.compile(r"[(\uff08]\s*(?:单位[:\uff1a]\s*)?([^\s()\uff08\uff09]{1,5})\s*[)\uff09]\s*$")
_DIGIT: Final = re.compile(r"\d")
REACH: Final = 4000


def placed(text: str, mark: Span, headings: Sequence[str]) -> Place:
    """Where a number stands: in its own text, or, in a table, behind the words of its row and column."""
    start = text.rfind("\n", max(0, mark.start - REACH), mark.start) + 1
    end = text.find("\n", mark.end, mark.end + REACH)
    line = text[start : end if end >= 0 else len(text)]
    if len(line) > REACH or len(PIPES.findall(line)) < 2 or "。" in line:
        return Place(text, mark.start, mark.end, headings)
    column = len(PIPES.findall(text[start : mark.start]))
    label = next((cell for cell in _cells(line) if cell and not _DIGIT.match(cell)), "")
    head = _head(text, start, column)
    unit = _UNIT_IN_HEAD.search(head)
    surface = text[mark.start : mark.end]
    cell = _cells(line)[column] if column < len(_cells(line)) else surface
    before_number = cell.partition(surface)[0].strip()
    words = f"{label},{_UNIT_IN_HEAD.sub('', head)}{before_number}"
    return Place(
        text=words + surface + (unit[1] if unit else ""),
        start=len(words),
        end=len(words) + len(surface) + (len(unit[1]) if unit else 0),
        headings=headings,
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in PIPES.split(line)]


def _head(text: str, row_start: int, column: int) -> str:
    """The cell of that column in the table's first line; "" where there is none."""
    first = ""
    at = row_start
    while at > 0:
        above = text.rfind("\n", max(0, at - 1 - REACH), at - 1) + 1
        line = text[above : at - 1]
        if len(PIPES.findall(line)) < 2:
            break
        first, at = line, above
    cells = _cells(first)
    return cells[column] if column < len(cells) else ""
