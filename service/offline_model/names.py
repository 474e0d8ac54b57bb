"""
What a number counts, in the text's own words, and the area and period that limit it.

From the words beside the number; it knows nothing of indicators.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.outline import Span

CLAUSE: Final = re.compile(r"[,\uff0c;\uff1b:\uff1a。!\uff01?\uff1f\n、]")
_STOP: Final = re.compile(r"[。!\uff01?\uff1f\n]")
_LEADING: Final = re.compile(
    r"^(?:截至目前|目前|今年以来|全年|年内|其中|同时|此外|全[省市县区镇州]|[我本][省市县区镇局]|已|共计?|累计|先后|分别|各|均|为|达到?|\d{4}年度?|新(?![进增型入招任闻建设业兴收媒区华能])|并|等|了|的|\s)+"
)
_TRAILING: Final = re.compile(r"(?:共计?|累计|达到?|已?达|约|了|为|各|均|的|计|已|超|近|总数|有|至|由|从|到)+$")
_NOT_IN_A_NAME: Final = re.compile(r"[\s\d|｜=\[\]:：]+")
_AREA: Final = re.compile(
    r"(?:^|[,\uff0c、;\uff1b:\uff1a和及对在])(?:其中|对|在)?((?:[市县区镇乡村省州]级|部门|乡镇|镇街|街道|社区|各?乡镇|[市县区]直|村(?:[(\uff08](?:社区|居)[)\uff09])|"
    r"乡镇[(\uff08]街道[)\uff09]|各?镇[(\uff08]街[)\uff09])(?:部门|单位)?)$"
)
_PERIOD: Final = re.compile(
    r"(?:\d{4}年)?\d{1,2}月?(?:至|到|[-—－~～])(?:\d{4}年)?\d{1,2}月(?:底|份|末)?|截[至止](?:到)?(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|末)|"
    r"(?:\d{4}年|今年)?(?:上半年|下半年|[前一]三?季度|第[一二三四]季度)|[“\"]?十[三四五]五[”\"]?(?:时期|期间|以来)"
)


def near(text: str, mark: Span, floor: int) -> str:
    """The words of the clause right before a mark, at most back to the mark before it."""
    before = text[max(floor, mark.start - 40) : mark.start]
    at = 0
    for found in CLAUSE.finditer(before):
        at = found.end()
    return before[at:]


def name_of(text: str, marks: Sequence[Span], index: int) -> str:
    """The words right before the number, or, where those say little, right after it; "" where there are none."""
    mark = marks[index]
    floor = marks[index - 1].end if index else 0
    ceiling = marks[index + 1].start if index + 1 < len(marks) else len(text)
    after = CLAUSE.split(text[mark.end : min(mark.end + 14, ceiling)], maxsplit=1)[0]
    before = _TRAILING.sub("", _LEADING.sub("", near(text, mark, floor)))
    if len(before) >= 4:
        return short(before, last=True)
    words = before + after
    if len(words) < 2:
        back = text[max(0, mark.start - 40) : mark.start]
        words = _LEADING.sub("", CLAUSE.split(back.rstrip(",\uff0c、;\uff1b:\uff1a( \uff08"))[-1])
    return short(words, last=False)


def short(words: str, *, last: bool) -> str:
    """At most sixteen characters without digits, blanks and signs of the row grammar; the `last` ones or the first."""
    clean = _NOT_IN_A_NAME.sub("", words)
    clean = clean[-16:] if last else clean[:16]
    return clean if any(character.isalnum() for character in clean) else ""


def area_of(words: str) -> str | None:
    """`市级` in `其中市级`: only where it stands alone before the number."""
    found = _AREA.search(words)
    return found[1] if found else None


def period_of(text: str, mark: Span) -> str | None:
    """A stretch of months named earlier in the sentence."""
    start = max(0, mark.start - 120)
    for stop in _STOP.finditer(text, start, mark.start):
        start = stop.end()
    found = [one[0] for one in _PERIOD.finditer(text, start, mark.start)]
    return found[-1] if found and "12月底" not in found[-1] else None
