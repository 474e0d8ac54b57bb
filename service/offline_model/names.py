"""
What a number counts, in the text's own words.

From the words beside the number; it knows nothing of indicators.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from schemas.outline import Span

CLAUSE: Final = re.compile(r"[,\uff0c;\uff1b:\uff1a。!\uff01?\uff1f\n、]")
_LEADING: Final = re.compile(
    r"^(?:截至目前|目前|今年以来|全年|年内|其中|同时|此外|全[省市县区镇州]|[我本][省市县区镇局]|已|共计?|累计|先后|分别|各|均|为|达到?|\d{4}年度?|新(?![进增型入招任闻建设业兴收媒区华能])|并|等|了|的|\s)+"
)
_TRAILING: Final = re.compile(r"(?:共计?|累计|达到?|已?达|约|了|为|各|均|的|计|已|超|近|总数|有|至|由|从|到)+$")
_NOT_IN_A_NAME: Final = re.compile(r"[\s\d|｜=\[\]:：]+")
_CLOSED: Final = re.compile(r"《[^《》]*》|[(\uff08][^()\uff08\uff09]*[)\uff09]")
_HALF_A_TITLE: Final = re.compile(r"^[^《》]*》等?|《[^《》]*$")


def near(text: str, mark: Span, floor: int) -> str:
    """The words of the clause right before a mark, at most back to the mark before it."""
    return _clauses(text[max(floor, mark.start - 40) : mark.start])[-1]


def name_of(text: str, marks: Sequence[Span], index: int) -> str:
    """The words right before the number, or, where those say little, right after it; "" where there are none."""
    mark = marks[index]
    floor = marks[index - 1].end if index else 0
    ceiling = marks[index + 1].start if index + 1 < len(marks) else len(text)
    after = _clauses(text[mark.end : min(mark.end + 14, ceiling)])[0]
    before = _TRAILING.sub("", _LEADING.sub("", near(text, mark, floor)))
    if len(before) >= 4:
        return short(before, last=True)
    words = before + after
    if len(words) < 2:
        back = text[max(0, mark.start - 40) : mark.start]
        words = _LEADING.sub("", _clauses(back.rstrip(",\uff0c、;\uff1b:\uff1a( \uff08"))[-1])
    return short(words, last=False)


def _clauses(words: str) -> list[str]:
    """Cut where clauses end, but inside no title and no bracket."""
    closed = _CLOSED.sub(lambda found: "\uff08" * len(found[0]), words)
    stops = [0, *(found.end() for found in CLAUSE.finditer(closed)), len(words) + 1]
    return [words[start : end - 1] for start, end in pairwise(stops)]


def short(words: str, *, last: bool) -> str:
    """At most sixteen characters without digits, blanks and signs of the row grammar; the `last` ones or the first."""
    clean = _NOT_IN_A_NAME.sub("", words)
    clean = _HALF_A_TITLE.sub("", clean[-16:] if last else clean[:16])
    return clean if any(character.isalnum() for character in clean) else ""
