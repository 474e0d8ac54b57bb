"""
The outline of a report: its numbered headings and inline items, nested, each with its role.

It knows the marks that open a block and how to tell them from list numbers, decimals and dates; nothing of figures, indicators or the model.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.extraction import Role
from schemas.outline import Block, Outline
from service.heading import Heading, read_heading
from service.page import EDGE, lay_out
from service.roles import falls_short, looks_ahead, roles_of, year_at

SPLITTER_VERSION: Final = "1"

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
_RANK: Final = {"part": 0, "cn": 1, "cnp": 2, "num": 3, "nump": 4, "circle": 5, "first": 6, "is": 6, "must": 6, "firstly": 6}
_INLINE: Final = 6
_ADVERBS: Final = {"首先": 1, "其次": 2, "再次": 3, "最后": 4}
_DIGITS: Final = dict(zip("一二三四五六七八九", range(1, 10), strict=True))
_STOPS: Final = "。；;！!？?：:"
_CLOSERS: Final = "”’\"）)】》」"
_NO_ITEM: Final = re.compile(r"[项款期批至类目条标和与或、次]|级|季度|产业")
_WORD_BEFORE_IS: Final = "第唯统之专万单同归如合划始星周初十五逐"
_OPENS_LIST: Final = re.compile(r"(?:为|有|在|是|即|括|面|现|下|足|题)$")
_LINE: Final = re.compile(r"[^\r\n\u2028\u2029]+")
_TITLE: Final = re.compile(r"《[^《》\r\n]{0,200}(?:《[^《》\r\n]{0,100}》[^《》\r\n]{0,100})?》")
_LOST_IS: Final = r"(?<=[。；;])\s*({})(?![是、要级项个类家件次种位名年月日届期批大者方条段章份一二三四五六七八九十\d])(?=[\u4e00-\u9fff])"


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
        return _RANK[self.kind]


def split(text: str) -> Outline:
    """The outline of any text; a report without headings is one block with an empty path. Linear; never raises."""
    page = lay_out(text)
    line_starts, line_ends = _lines(text, page.body_start, page.body_end)
    marks = _with_lost(text, _accept(text, list(_find(text, page.body_start, page.body_end, line_starts))))
    if not marks:
        whole = Block("s1", (), None, page.body_start, page.body_start, page.body_end, "other" if page.body_start == page.body_end else "achievements")
        return Outline((whole,), page.body_start, page.body_end)
    headings = []
    for i, mark in enumerate(marks):
        next_start = marks[i + 1].start if i + 1 < len(marks) else page.body_end
        limit = min(next_start, line_ends[mark.line])
        inline = mark.rank >= _INLINE
        headings.append(Heading(None, mark.start) if inline else read_heading(text, mark.end, limit, alone=limit < next_start or mark.rank <= 1))
    parents = _nest(text, marks)
    roles = _roles(text, page.body_start, marks, headings, parents)
    paths: list[tuple[str, ...]] = []
    for i, mark in enumerate(marks):
        parent = parents[i]
        paths.append((*(paths[parent] if parent is not None else ()), mark.words))
    ends = _ends(parents, marks, page.body_end)
    blocks = tuple(
        Block(f"s{i + 1}", paths[i], headings[i].words, mark.start, mark.start if headings[i].words is None else headings[i].end, ends[i], roles[i])
        for i, mark in enumerate(marks)
    )
    return Outline(blocks, page.body_start, page.body_end)


def _lines(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    starts, ends = [], []
    for m in _LINE.finditer(text, start, end):
        words = m.group()
        starts.append(m.start() + len(words) - len(words.lstrip(EDGE)))
        ends.append(m.end())
    return starts or [start], ends or [end]


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
    for m in _MARK.finditer(text, start, end):
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
        bare = heading is not None and 2 <= mark.start - heading.end <= 60 and not any(c in "。；;：:！？\n\r" for c in text[heading.end : mark.start])
        if not _opens(text, mark, before, follower, bare):
            continue
        marks.append(mark)
        last[mark.kind] = mark
        for kind, rank in _RANK.items():
            # A heading closes the runs below it; plain numbers may count on through several headings.
            if rank > mark.rank and rank != 3 and not (mark.line == marks[-1].line and rank == mark.rank):
                last.pop(kind, None)
        heading = mark if mark.rank < _INLINE else None
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
                return mark.place == "line" or (mark.place in ("stop", "gap") and (begins or due or (before is not None and mark.place == "gap")))
            return mark.place == "line" and (due or (begins and run_on)) and "\u4e00" <= after[0] <= "\u9fff"
        case "cnp":
            if _NO_ITEM.match(after):
                return False
            return mark.place in ("line", "gap") or (mark.place == "stop" and (begins or due)) or (bare and (begins or due)) or (mark.place == "run" and due)
        case "num":
            if text[mark.end - 1] in ")）" and mark.place != "line":
                return False
            if mark.place == "line":
                return after.strip() != "" or begins or due
            if re.match(r"\d", after) and not (begins or due):
                return False
            dotted = text[mark.start + len(mark.words)] in ".．"
            if mark.place in ("stop", "gap"):
                return begins or due or (mark.place == "gap" and before is not None and before.value < mark.value <= before.value + 3)
            here = before is not None and before.line == mark.line
            return (bare and (begins or due)) or (due and here and dotted and "\u4e00" <= text[mark.start - 1] <= "\u9fff") or (mark.place == "comma" and due and here)
        case "nump":
            return mark.place == "line" or (mark.place in ("stop", "gap") and (begins or due)) or (bare and begins) or (mark.place == "comma" and due)
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
    return due and before is not None and mark.value == before.value + 1 and ("\u4e00" <= prior <= "\u9fff" or prior in _CLOSERS)


def _with_lost(text: str, marks: list[Mark]) -> list[Mark]:
    """Add items that lost their 是: where a run skips a number and a sentence between begins with just that number."""
    result: list[Mark] = []
    for mark in marks:
        prior = result[-1] if result else None
        if prior and prior.kind == mark.kind == "is" and mark.line == prior.line and prior.value + 2 <= mark.value <= min(9, prior.value + 4):
            at = prior.end
            for value in range(prior.value + 1, mark.value):
                digit = "一二三四五六七八九"[value - 1]
                if m := re.compile(_LOST_IS.format(digit)).search(text, at, mark.start):
                    result.append(Mark("is", value, digit, m.start(1), m.end(1), mark.line, "stop"))
                    at = m.end()
        result.append(mark)
    return result


def _nest(text: str, marks: list[Mark]) -> list[int | None]:
    """The parent of each mark: by rank, except that an item inside a line stays inside the item it interrupts."""
    goes_on = _runs_that_go_on(marks)
    stack: list[int] = []
    parents: list[int | None] = []
    for i, mark in enumerate(marks):
        same = next((k for k, j in enumerate(stack) if marks[j].kind == mark.kind), None)
        if same is not None:
            del stack[same:]
        else:
            while stack and marks[stack[-1]].rank >= mark.rank:
                top = marks[stack[-1]]
                if top.line == mark.line and mark.place != "line" and mark.rank > 2 and goes_on[i] == top.value + 1:
                    break
                stack.pop()
        parents.append(stack[-1] if stack else None)
        stack.append(i)
    return parents


def _runs_that_go_on(marks: list[Mark]) -> list[int]:
    """For each mark the value of the next inline item of the other kind on its line before a heading of rank 2 or less; 0: none."""
    result = [0] * len(marks)
    ahead: dict[str, Mark] = {}
    for i in range(len(marks) - 1, -1, -1):
        mark = marks[i]
        near = [m for kind, m in ahead.items() if kind != mark.kind and m.line == mark.line and m.rank >= _INLINE]
        result[i] = min(near, key=lambda m: m.start).value if near else 0
        if mark.rank <= 2:
            ahead.clear()
        ahead[mark.kind] = mark
    return result


def _ends(parents: list[int | None], marks: list[Mark], body_end: int) -> list[int]:
    ends = [body_end] * len(marks)
    stack: list[int] = []
    for i, mark in enumerate(marks):
        while stack and stack[-1] != parents[i]:
            ends[stack.pop()] = mark.start
        stack.append(i)
    return ends


def _roles(text: str, body_start: int, marks: list[Mark], headings: list[Heading], parents: list[int | None]) -> list[Role]:
    """By a heading's words; children inherit, unless what precedes an item turns to problems or plans."""
    year = year_at(text, body_start)
    roles: list[Role] = []
    turned: dict[int | None, Role] = {}
    for i, mark in enumerate(marks):
        parent = parents[i]
        inherited = roles[parent] if parent is not None else "achievements"
        inherited = turned.get(parent, inherited)
        words = headings[i].words
        before = marks[i - 1].start if i else body_start
        if words is None:
            turn = _turn(text, headings[i - 1].end if i else body_start, mark.start, year) if before < mark.start else None
            if turn and parent is not None:
                turned[parent] = inherited = turn
            roles.append(inherited)
            continue
        named = roles_of(words, year)
        role: Role = named[0] if named else inherited
        if parent is not None and (
            role == "other"
            or role == "achievements"
            or (inherited != "achievements" and not (inherited == "problems" and role == "plans" and _is_section(words)))
            or (role in ("problems", "plans") and not _is_section(words))
        ):
            role = inherited
        roles.append(role)
    return roles


def _is_section(words: str) -> bool:
    """Whether a child's heading names a part of the report, not a task that mentions one."""
    return len(words) <= 16 and re.search(r"存在|不足|问题|短板|下一?步|打算|今后|明年|安排|计划|思路|原因", words) is not None


def _turn(text: str, start: int, end: int, year: int | None) -> Role | None:
    """The last turn to problems or plans in the words before an item (at most 3,000 characters of them)."""
    role: Role | None = None
    for sentence in re.split(r"[。！？\r\n；;]|(?<=\s)(?=下)", text[max(start, end - 3000) : end]):
        if looks_ahead(sentence.strip(), year):
            role = "plans"
        elif falls_short(sentence):
            role = "problems"
    return role

