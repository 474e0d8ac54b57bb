"""
What stands around a part and tells what it is about: the headings over it, the sentence before it, its table's first row.

Built once a report, so that each of many parts finds its own quickly. It knows an outline and bars of tables, and nothing of
weights, replies or prompts.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from schemas.outline import Block, Outline
from service.text.sentences import cut

BEFORE_CHARACTERS: Final = 120
_TABLE: Final = re.compile(r"^[^\n|]*\|[^\n|]*\|[^\n]*(?:\n[^\n|]*\|[^\n|]*\|[^\n]*)*", re.MULTILINE)


class Surroundings:
    """Of any place in one text."""

    def __init__(self, text: str, outline: Outline) -> None:
        self._text = text
        self._blocks = outline.blocks
        self._starts = [block.start for block in outline.blocks]
        self._parents = list(_parents(outline.blocks))
        self._tables = [found.span() for found in _TABLE.finditer(text)]

    def over(self, at: int) -> list[Block]:
        """The blocks that begin before `at` and go on after it, the outermost first."""
        index: int | None = bisect_left(self._starts, at) - 1
        found: list[Block] = []
        while index is not None and index >= 0:
            if self._blocks[index].end > at:
                found.append(self._blocks[index])
            index = self._parents[index]
        return found[::-1]

    def before(self, at: int, floor: int) -> str:
        """The end of the sentence before `at`, of what stands after `floor`."""
        return last_sentence(self._text, max(floor, at - 4 * BEFORE_CHARACTERS), at)

    def table_header(self, at: int) -> tuple[str, ...]:
        """The first line of the table of bars that goes on at `at`."""
        index = bisect_left(self._tables, (at, at)) - 1
        if index < 0 or at >= self._tables[index][1]:
            return ()
        start = self._tables[index][0]
        first_end = self._text.find("\n", start, at)
        row = self._text[self._text.rfind("\n", start, at) + 1 : at + BEFORE_CHARACTERS].partition("\n")[0]
        if first_end < 0 or row.count("|") < 2:  # a line with bars far off is prose in a page's frame
            return ()
        return (self._text[start:first_end].strip()[: 2 * BEFORE_CHARACTERS],)


def last_sentence(text: str, start: int, end: int) -> str:
    """The end of the last sentence of `text[start:end]`."""
    before = cut(text, start, end)
    return text[before[-1].start : before[-1].end][-BEFORE_CHARACTERS:] if before else ""


def _parents(blocks: tuple[Block, ...]) -> Iterator[int | None]:
    """For each block the index of the one that holds it."""
    open_blocks: list[int] = []
    for index, block in enumerate(blocks):
        while open_blocks and blocks[open_blocks[-1]].end <= block.start:
            open_blocks.pop()
        yield open_blocks[-1] if open_blocks else None
        open_blocks.append(index)
