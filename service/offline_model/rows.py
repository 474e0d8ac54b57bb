"""
A number in a table row, told as a sentence.

The words that say what a table cell counts stand in its row's first cell and its column's head; put before the number they
read like prose. It knows lines and pipes, and nothing of indicators.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from schemas.outline import Span
from service.offline_model.features import Place

PIPES: Final = re.compile(r"[|\uff5c]")
_UNIT_IN_HEAD: Final = re.compile(r"[(\uff08]\s*(?:单位[:\uff1a]\s*)?([^\s()\uff08\uff09]{1,5})\s*[)\uff09]\s*$")
_DIGIT: Final = re.compile(r"\d")
REACH: Final = 4000


class Tables:
    """The lines of a text, and of each table row its table's first line; asked in text order or not."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []
        self._heads: list[str] = []
        head, at = "", 0
        for line in text.split("\n"):
            is_row = _bars(line) >= 2
            self._starts.append(at)
            self._heads.append(head if is_row else "")
            head = (head or line) if is_row else ""
            at += len(line) + 1

    def place(self, mark: Span, headings: Sequence[str]) -> Place:
        """Where a number stands: in its own text, or, in a table, behind the words of its row and column."""
        text, row = self._text, bisect_right(self._starts, mark.start) - 1
        start, end = self._starts[row], text.find("\n", mark.end, mark.end + REACH)
        end = end if end >= 0 else len(text)
        line = text[start:end] if end - start <= REACH else ""
        if _bars(line) < 2 or "。" in line:
            return Place(text, mark.start, mark.end, headings)
        cells = _cells(line)
        column = _bars(text[start : mark.start])
        label = next((cell for cell in cells if cell and not _DIGIT.match(cell)), "")
        heads = _cells(self._heads[row])
        head = heads[column] if column < len(heads) else ""
        unit = _UNIT_IN_HEAD.search(head)
        surface = text[mark.start : mark.end]
        before_number = (cells[column] if column < len(cells) else surface).partition(surface)[0].strip()
        words = f"{label},{_UNIT_IN_HEAD.sub('', head)}{before_number}"
        return Place(
            text=words + surface + (unit[1] if unit else ""),
            start=len(words),
            end=len(words) + len(surface) + (len(unit[1]) if unit else 0),
            headings=headings,
        )


def _bars(line: str) -> int:
    return line.count("|") + line.count("\uff5c")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in PIPES.split(line)]
