"""
Numbering marks: 一、 （一） 1. (1) ① 第一， 一是 一要 首先，, and which of them open a block.

It tells headings from list numbers, decimals and dates by place and by what number was due. It knows nothing of
nesting, of headings' words or of roles.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.text.page import EDGE

_N: Final = "[一二三四五六七八九十]{1,3}"
_MARK: Final = re.compile(
    rf"(?P<part>第{_N}(?:部分|章))"
    rf"|(?P<first>[第其]{_N})(?=[,，、:：是])(?!、{_N}|是[否不])"
    rf"|(?P<is>{_N})是"
    rf"|(?P<must>{_N})要(?![素点件义害领目旨闻职])"
    rf"|(?P<cn>{_N})(?:、|[.．]\s?(?!\d)|[ \xa0\u3000]|[,，])"
    rf"|(?P<cnp>[(（〔]\s?{_N}\s?[)）〕])[、.．]?"
    r"|(?P<num>(?<![\d.．])[\d０-９]{1,2})(?:[.．]\s*(?=(?:19|20)\d\d\s*年)|[.．、]\s*(?![\d０-９.．%％])|[)）](?=\s*[\u4e00-\u9fff“《]))"
    r"|(?P<nump>[(（]\s?[\d０-９]{1,2}\s?[)）])(?![\d人名件项个次])"
    r"|(?P<circle>[①-⑳])"
    r"|(?P<firstly>首先|其次|再次|最后)(?=[,，:：])"
)
_FIRST: Final = re.compile(r"[第其一二三四五六七八九十\d０-９(（〔①-⑳首再最]")  # a set is searched for ten times faster
_RANK: Final = {
    "part": 0,
    "cn": 1,
    "cnp": 2,
    "num": 3,
    "nump": 4,
    "circle": 5,
    "first": 6,
    "is": 6,
    "must": 6,
    "firstly": 6,
}
INLINE: Final = 6
_ADVERBS: Final = {"首先": 1, "其次": 2, "再次": 3, "最后": 4}
_DIGITS: Final = dict(zip("一二三四五六七八九", range(1, 10), strict=True))
_STOPS: Final = "。；;！!？?：:"
_CLOSERS: Final = '”’"）)】》」'
_NO_ITEM: Final = re.compile(r"[项款期批至类目条标和与或、次]|级|季度|产业")
_WORD_BEFORE_IS: Final = "第唯统之专万单同归如合划始星周初十五逐"
_OPENS_LIST: Final = re.compile(r"(?:为|有|在|是|即|括|面|现|下|足|题)$")
_TITLE: Final = re.compile(r"《[^《》\r\n]{0,200}(?:《[^《》\r\n]{0,100}》[^《》\r\n]{0,100})?》")
_LOST_IS: Final = (
    r"(?<=[。；;])\s*({})"
    r"(?![是、要级项个类家件次种位名年月日届期批大者方条段章份一二三四五六七八九十\d])(?=[\u4e00-\u9fff])"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that may open a block. `place`: line, stop, comma or run, by what stands before it."""

    kind: str
    value: int
    words: str
    start: int
    end: int
    line: int
    place: str
    bare: bool = False  # follows another heading's words without a stop between

    @property
    def rank(self) -> int:
        """0 for the widest; all inline items share the narrowest."""
        return _RANK[self.kind]


def find_marks(text: str, start: int, end: int, line_starts: list[int]) -> list[Mark]:
    """The marks between `start` and `end` that open a block; `line_starts` are where each line's words begin."""
    return _with_lost(text, _accept(text, list(_find(text, start, end, line_starts))))


def _value(kind: str, words: str) -> int:
    if kind == "firstly":
        return _ADVERBS[words]
    if kind == "circle":
        return ord(words) - ord("①") + 1
    if kind in ("num", "nump"):
        return int("".join(c for c in words if c.isdecimal()))
    digits = "".join(c for c in words if c in _DIGITS or c == "十")
    if "十" not in digits:
        return _DIGITS[digits] if len(digits) == 1 else 0
    tens, ones = digits.split("十", 1)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 0
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


def _find(text: str, start: int, end: int, line_starts: list[int]) -> Iterator[Mark]:
    """Every place that has the form of a mark, outside 《》."""
    titles = _TITLE.finditer(text, start, end)
    title = next(titles, None)
    past = start
    for first in _FIRST.finditer(text, start, end):
        m = _MARK.match(text, first.start(), end)
        if m is None or first.start() < past:
            continue
        past = m.end()
        while title and title.end() <= m.start():
            title = next(titles, None)
        kind = str(m.lastgroup)
        words = m.group(kind)
        if (title and title.start() < m.start()) or not (value := _value(kind, words)):
            continue
        line = max(0, bisect_right(line_starts, m.start()) - 1)
        if kind in ("is", "must"):
            words = m.group()
        place = "line" if m.start() == line_starts[line] else _place(text, m.start(), line_starts[line])
        yield Mark(kind, value, "".join(words.split()), m.start(), m.end(), line, place)


def _place(text: str, at: int, line_start: int) -> str:
    before = at - 1
    while before > line_start and text[before] in EDGE:
        before -= 1
    if text[before] in _CLOSERS and before > line_start and text[before - 1] in "。！？；":
        before -= 1
    if text[before] in _STOPS:
        return "stop"
    if before < at - 1:
        return "gap"
    return "comma" if text[before] in ",，、" else "run"


def _accept(text: str, found: list[Mark]) -> list[Mark]:
    """Those that open a block: by where they stand, and by what number was due."""
    marks: list[Mark] = []
    last: dict[str, Mark] = {}
    follows = _followers(found)
    heading: Mark | None = None
    for mark, follower in zip(found, follows, strict=True):
        if marks and mark.start < marks[-1].end:
            continue
        before = last.get(mark.kind)
        bare = (
            heading is not None
            and 2 <= mark.start - heading.end <= 60
            and not any(c in "。；;：:！？\n\r" for c in text[heading.end : mark.start])
        )
        if not _opens(text, mark, before, follower, bare):
            continue
        marks.append(mark)
        last[mark.kind] = mark
        for kind, rank in _RANK.items():
            # A heading closes the runs below it; plain numbers may count on through several headings.
            if rank > mark.rank and rank != 3 and not (mark.line == marks[-1].line and rank == mark.rank):
                last.pop(kind, None)
        heading = mark if mark.rank < INLINE else None
    return marks


def _followers(found: list[Mark]) -> list[Mark | None]:
    """For each mark the next of its kind."""
    seen: dict[str, Mark] = {}
    result: list[Mark | None] = []
    for mark in reversed(found):
        result.append(seen.get(mark.kind))
        seen[mark.kind] = mark
    result.reverse()
    return result


def _opens(text: str, mark: Mark, before: Mark | None, follower: Mark | None, bare: bool) -> bool:
    due = before is not None and mark.value == before.value + 1
    begins = mark.value == 1
    run_on = follower is not None and follower.value == mark.value + 1
    after = text[mark.end : mark.end + 2]
    match mark.kind:
        case "is" | "must" | "first" | "firstly":
            return _opens_item(text, mark, before, follower, bare)
        case "part":
            return mark.place == "line"
        case "cn":
            if _NO_ITEM.match(after) or after[:1] in _DIGITS or not after.strip():
                return re.match(rf"一年|{_N}是", text[mark.end : mark.end + 4]) is not None and mark.place == "line"
            separator = text[mark.start + len(mark.words)]
            if separator in "、.．":
                return mark.place == "line" or (
                    mark.place in ("stop", "gap") and (begins or due or (before is not None and mark.place == "gap"))
                )
            return mark.place == "line" and (due or (begins and run_on)) and "\u4e00" <= after[0] <= "\u9fff"
        case "cnp":
            if _NO_ITEM.match(after):
                return False
            return (
                mark.place in ("line", "gap")
                or (mark.place == "stop" and (begins or due))
                or (bare and (begins or due))
                or (mark.place == "run" and due)
            )
        case "num":
            if text[mark.end - 1] in ")）" and mark.place != "line":
                return False
            if mark.place == "line":
                return after.strip() != "" or begins or due
            if re.match(r"\d", after) and not (begins or due):
                return False
            dotted = text[mark.start + len(mark.words)] in ".．"
            if mark.place in ("stop", "gap"):
                return (
                    begins
                    or due
                    or (mark.place == "gap" and before is not None and before.value < mark.value <= before.value + 3)
                )
            here = before is not None and before.line == mark.line
            return (
                (bare and (begins or due))
                or (due and here and dotted and "\u4e00" <= text[mark.start - 1] <= "\u9fff")
                or (mark.place == "comma" and due and here)
            )
        case "nump":
            return (
                mark.place == "line"
                or (mark.place in ("stop", "gap") and (begins or due))
                or (bare and begins)
                or (mark.place == "comma" and due)
            )
        case _:
            return mark.place == "line" or begins or due


def _opens_item(text: str, mark: Mark, before: Mark | None, follower: Mark | None, bare: bool) -> bool:
    """一是, 一要, 第一，, 首先，: at the start of a sentence, or further in where the count goes on."""
    run_on = follower is not None and follower.value == mark.value + 1 and follower.start - mark.end < 3000
    here = before is not None and before.line == mark.line
    due = here and before is not None and before.value < mark.value <= before.value + 2
    if text[mark.end : mark.end + len(mark.words) - 1] == mark.words[:-1] and mark.kind == "is":
        return False  # 一是一、二是二
    if mark.kind != "is" and not (due or run_on or (before is not None and mark.value == before.value + 1)):
        return False
    if mark.place in ("line", "stop", "gap"):
        return True
    prior = text[mark.start - 1] if mark.start else ""
    if mark.kind == "first" or prior in _WORD_BEFORE_IS:
        return False
    same_line = run_on and follower is not None and follower.line == mark.line
    if mark.place == "comma":
        return due or (mark.value == 1 and same_line)
    if mark.kind != "is":
        return False
    if bare or (mark.value == 1 and _OPENS_LIST.search(prior)):
        return same_line or (follower is not None and follower.line == mark.line and follower.value > mark.value)
    return (
        due
        and before is not None
        and mark.value == before.value + 1
        and ("\u4e00" <= prior <= "\u9fff" or prior in _CLOSERS)
    )


def _with_lost(text: str, marks: list[Mark]) -> list[Mark]:
    """Add items that lost their 是: where a run skips a number and a sentence between begins with just that number."""
    result: list[Mark] = []
    for mark in marks:
        prior = result[-1] if result else None
        if (
            prior
            and prior.kind == mark.kind == "is"
            and mark.line == prior.line
            and prior.value + 2 <= mark.value <= min(9, prior.value + 4)
        ):
            at = prior.end
            for value in range(prior.value + 1, mark.value):
                digit = "一二三四五六七八九"[value - 1]
                if m := re.compile(_LOST_IS.format(digit)).search(text, at, mark.start):
                    result.append(Mark("is", value, digit, m.start(1), m.end(1), mark.line, "stop"))
                    at = m.end()
        result.append(mark)
    return result
