"""
Labels made on one text are moved to another text of the same words.

A person may label a DOCX or HTML report on a plain companion; offsets then move to the text as loaded. White space may
differ, words may not: a label whose quote is not found again is an error, never a guess. It knows nothing of labels.
"""

from bisect import bisect_right
from difflib import SequenceMatcher
from typing import Final

from service import CallerError

WIDTHS: Final = (4, 6, 8, 12)


class Alignment:
    """Maps offsets of `old` to offsets of `new`."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new
        self._old_at = [index for index, one in enumerate(old) if not one.isspace()]
        self._new_at = [index for index, one in enumerate(new) if not one.isspace()]
        left = "".join(old[index] for index in self._old_at)
        right = "".join(new[index] for index in self._new_at)
        self._right = right
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        self._blocks = [block for block in matcher.get_matching_blocks() if block.size]
        self._starts = [block.a for block in self._blocks]

    def place(self, offset: int) -> int:
        """Where the character at `offset` stands in the new text; CallerError where it is not there."""
        return self._new_at[self._moved(offset)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the words `start`..`end` stand in the new text, without white space at the ends."""
        while start < end and self._old[start].isspace():
            start += 1
        while start < end and self._old[end - 1].isspace():
            end -= 1
        try:
            left, right = self.place(start), self.place(end - 1) + 1
        except CallerError:
            return self._elsewhere(start, end)
        if "".join(self._old[start:end].split()) != "".join(self._new[left:right].split()):
            raise CallerError(
                f"The words at {start}-{end} of the labelled text are not in the loaded text in one piece."
            )
        return left, right

    def _elsewhere(self, start: int, end: int) -> tuple[int, int]:
        """The words in another order of paragraphs: where they stand, with what is around them, exactly once."""
        for width in WIDTHS:
            left, right = max(0, start - width), min(len(self._old), end + width)
            around = "".join(self._old[left:right].split())
            at = self._right.find(around)
            if at >= 0 and self._right.find(around, at + 1) < 0:
                at += len("".join(self._old[left:start].split()))
                size = len("".join(self._old[start:end].split()))
                return self._new_at[at], self._new_at[at + size - 1] + 1
        raise CallerError(f"The words at {start}-{end} of the labelled text are not in the loaded text, or not once.")

    def _moved(self, offset: int) -> int:
        at = bisect_right(self._old_at, offset) - 1
        if at < 0 or self._old_at[at] != offset:
            raise CallerError(f"The label at {offset} begins with white space; move it to the first character.")
        block = self._blocks[bisect_right(self._starts, at) - 1] if self._starts and self._starts[0] <= at else None
        if block is None or at >= block.a + block.size:
            raise CallerError(f"The character at {offset} of the labelled text is not in the loaded text.")
        return block.b + at - block.a
