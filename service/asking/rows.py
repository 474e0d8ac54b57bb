"""
One row of a reply, read: mark, indicator, name and what follows; or why it cannot be kept, in words for the model.

It knows the grammar of rows and what must stand verbatim in the part; nothing of the other rows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast, get_args

from schemas.codebook import Codebook
from schemas.extraction import Aspect
from schemas.mention import Part
from schemas.outline import Span
from schemas.reading import Row
from service.asking import notation

# (text, start, end) -> the number surfaces inside.
Surfaces = Callable[[str, int, int], tuple[Span, ...]]

ASPECTS: Final = frozenset(get_args(Aspect))
NAME_CHARACTERS: Final = 40
WORDS_CHARACTERS: Final = 40
# At least so much of a name must stand in the part, its headings or the indicator: names are the text's own words.
NAME_KNOWN: Final = 0.6
# How far beside a quote its number is looked at, to see that the quote does not cut it.
AROUND: Final = 24
SHOWN_CHARACTERS: Final = 40

_ROW: Final = re.compile(r"\[?\d{1,6}\]?[\s:：,，、]+([A-Za-z_]+\.[A-Za-z_0-9]+)(?:[\s:：]+(.*))?", re.DOTALL)
_MARK: Final = re.compile(r"\s*\[?(\d{1,6})\]?(?![\d.%])")
_EXTRA: Final = re.compile(r"\s(of|aspect|area|period)=")
_DOCUMENT: Final = re.compile(r"\s*\[?d?(\d{1,6})\]?\s+([a-z]+)\s*")
_PIPE: Final = re.compile(r"\s*[|｜]\s*")
_BLANK: Final = re.compile(r"\s")
_FOLD: Final = str.maketrans("（），：；％［］＜＞", "(),:;%[]<>")


@dataclass(frozen=True, slots=True)
class FaultyRow:
    """Why a row cannot be kept."""

    code: str
    sentence: str


class _Fault(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.faulty = FaultyRow(code, sentence)


def mark_of(line: str) -> int | None:
    """The mark that a row is about, None where it names none."""
    found = _MARK.match(line)
    return int(found[1]) if found else None


def document_of(line: str) -> tuple[int | None, str]:
    """`d1 issued` -> (1, "issued"); (None, "") where it is no such row."""
    found = _DOCUMENT.fullmatch(line)
    return (int(found[1]), found[2]) if found else (None, "")


def read_row(line: str, mark: int, part: Part, codebook: Codebook) -> Row | FaultyRow:
    """The row about `mark`, with offsets within the part."""
    found = _ROW.fullmatch(line.strip())
    if found is None:
        return FaultyRow("unreadable_row", "这一行看不懂,要写成“编号 代码 名称”。")
    name, *rest = _EXTRA.split(" " + (found[2] or ""))
    extras = dict(zip(rest[::2], (value.strip() for value in rest[1::2]), strict=True))
    span = part.marks[mark - 1]
    try:
        return Row(
            mark=mark,
            start=span.start - part.start,
            end=span.end - part.start,
            indicator=_indicator(found[1], codebook),
            name=_name(name, found[1], part, codebook),
            of=_of(extras.get("of")),
            aspect=_aspect(extras.get("aspect")),
            area=_verbatim("area", extras.get("area"), part),
            period=_verbatim("period", extras.get("period"), part),
        )
    except _Fault as fault:
        return fault.faulty


def read_missed(line: str, part: Part, codebook: Codebook, surfaces: Surfaces) -> Row | FaultyRow:
    """
    The statistic that no mark caught: `indicator | name | quote`, the quote once in the part with one number in it.

    `mark` is None, or the mark whose own number the quote holds.
    """
    pieces = _PIPE.split(line.strip(), maxsplit=2)
    if len(pieces) != 3:
        return FaultyRow("missed_unreadable_row", "missed 的行要写成“代码 | 名称 | 原文”。")
    code, name, quote = pieces
    try:
        span = _place(notation.unmarked(quote).strip(), part, surfaces)
        absolute = Span(part.start + span.start, part.start + span.end)
        return Row(
            mark=part.marks.index(absolute) + 1 if absolute in part.marks else None,
            start=span.start,
            end=span.end,
            indicator=_indicator(code, codebook),
            name=_name(name, code, part, codebook),
        )
    except _Fault as fault:
        return fault.faulty


def _indicator(code: str, codebook: Codebook) -> str:
    if code not in codebook:
        raise _Fault("unknown_indicator", f"代码“{_clip(code)}”不在代码表里,从代码表另选。")
    return code


def _name(name: str, code: str, part: Part, codebook: Codebook) -> str:
    name = notation.unmarked(name).strip()
    letters = [character for character in name if character.isalnum()]
    if not letters or len(name) > NAME_CHARACTERS or "\n" in name:
        raise _Fault("bad_name", "名称要有4至12个字,写数的是什么。")
    indicator = codebook.indicators.get(code)
    known = _characters(part.text, part.before, *part.headings, *part.notes)
    foreign = {character for character in letters if character not in known}
    if indicator:
        foreign -= {*indicator.label_zh, *indicator.definition_zh}
    if sum(character in foreign for character in letters) > (1 - NAME_KNOWN) * len(letters):
        raise _Fault("foreign_name", "名称要用原文的词。")
    return name


@lru_cache(maxsize=32)  # once a part, not once a row
def _characters(*sources: str) -> frozenset[str]:
    return frozenset("".join(sources))


def _of(value: str | None) -> int | None:
    if value is None:
        return None
    mark = mark_of(value)
    if mark is None:
        raise _Fault("bad_of", "of= 后面只写一个编号,或不写。")
    return mark


def _aspect(value: str | None) -> Aspect | None:
    if value is not None and value not in ASPECTS:
        raise _Fault("unknown_aspect", "aspect 只能是 part、before、after、change、cumulative、target 之一,或不写。")
    return cast(Aspect | None, value)


def _verbatim(field: str, value: str | None, part: Part) -> str | None:
    """The words as the text has them; only width of punctuation and blanks may differ."""
    if value is None:
        return None
    value = notation.unmarked(value).strip()
    wanted = _folded(value)[0]
    if 0 < len(wanted) <= WORDS_CHARACTERS:
        sources = (part.text, *part.headings, part.before, *part.notes)
        if any(value in source for source in sources):
            return value
        for source in sources:
            folded, places = _folded(source)
            at = folded.find(wanted)
            if at >= 0:
                return source[places[at] : places[at + len(wanted) - 1] + 1]
    raise _Fault(f"{field}_not_verbatim", f"{field} 要照抄原文里的词,原文没有就不写。")


def _folded(words: str) -> tuple[str, list[int]]:
    places = [at for at, character in enumerate(words) if not _BLANK.match(character)]
    return "".join(words[at] for at in places).translate(_FOLD), places


def _place(quote: str, part: Part, surfaces: Surfaces) -> Span:
    """The one number of a quote that stands once in the part, as offsets within it."""
    text = part.text
    found = _occurrences(text, quote) or _occurrences(notation.shown(text), notation.shown(quote))
    said = _clip(quote)
    if not quote or not found:
        raise _Fault("missed_not_found", f"missed 的原文“{said}”不在正文里,要逐字照抄。")
    if len(found) > 1:
        raise _Fault("missed_ambiguous", f"missed 的原文“{said}”在正文里不止一处,抄长一些。")
    start, end = found[0], found[0] + len(quote)
    inside = surfaces(text, start, end)
    if len(inside) != 1:
        raise _Fault("missed_not_one_number", f"missed 的原文“{said}”里要有且只有一个数,抄准一些。")
    span = inside[0]
    around = surfaces(text, max(0, start - AROUND), min(len(text), end + AROUND))
    if any(one != span and one.start < span.end and span.start < one.end for one in around):
        raise _Fault("missed_cuts_number", f"missed 的原文“{said}”把数截断了,抄完整。")
    return span


def _occurrences(text: str, quote: str) -> list[int]:
    found: list[int] = []
    at = text.find(quote) if quote else -1
    while at >= 0 and len(found) < 2:
        found.append(at)
        at = text.find(quote, at + 1)
    return found


def _clip(words: str) -> str:
    return notation.shown(words.replace("\n", " ")[:SHOWN_CHARACTERS])
