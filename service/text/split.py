"""
The outline of a report: its numbered headings and inline items, nested, each with its role.

It knows how blocks nest and what part of a report each belongs to; nothing of figures, indicators or the model.
"""

import re
from typing import Final

from schemas.extraction import Role
from schemas.outline import Block, Outline
from service.text.heading import Heading, read_heading
from service.text.numbering import INLINE, Mark, find_marks
from service.text.page import EDGE, lay_out
from service.text.roles import falls_short, label_of, looks_ahead, roles_of, year_at

SPLITTER_VERSION: Final = "3"

_LINE: Final = re.compile(r"[^\r\n\u2028\u2029]+")


def split(text: str) -> Outline:
    """The outline of any text; a report without headings is one block with an empty path. Linear; never raises."""
    page = lay_out(text)
    line_starts, line_ends = _lines(text, page.body_start, page.body_end)
    marks = find_marks(text, page.body_start, page.body_end, line_starts)
    if not marks:
        whole = Block(
            "s1",
            (),
            None,
            page.body_start,
            page.body_start,
            page.body_end,
            "other" if page.body_start == page.body_end else "achievements",
        )
        return Outline((whole,), page.body_start, page.body_end)
    headings = []
    for i, mark in enumerate(marks):
        next_start = marks[i + 1].start if i + 1 < len(marks) else page.body_end
        limit = min(next_start, line_ends[mark.line])
        inline = mark.rank >= INLINE
        headings.append(
            Heading(None, mark.start)
            if inline
            else read_heading(text, mark.end, limit, alone=i + 1 == len(marks) or marks[i + 1].rank <= mark.rank)
        )
    parents = _nest(text, marks)
    roles = _roles(text, page.body_start, marks, headings, parents)
    paths: list[tuple[str, ...]] = []
    for i, mark in enumerate(marks):
        parent = parents[i]
        paths.append((*(paths[parent] if parent is not None else ()), mark.words))
    ends = _ends(parents, marks, page.body_end)
    for i in _statements(text, marks, headings, parents, ends, roles):
        headings[i] = Heading(None, marks[i].start)
    blocks = tuple(
        Block(
            f"s{i + 1}",
            paths[i],
            headings[i].words,
            mark.start,
            mark.start if headings[i].words is None else headings[i].end,
            ends[i],
            roles[i],
        )
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
    """For each mark the value of the next inline item of another kind on its line, no heading between; 0: none."""
    result = [0] * len(marks)
    ahead: dict[str, Mark] = {}
    for i in range(len(marks) - 1, -1, -1):
        mark = marks[i]
        near = [m for kind, m in ahead.items() if kind != mark.kind and m.line == mark.line and m.rank >= INLINE]
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


def _statements(
    text: str,
    marks: list[Mark],
    headings: list[Heading],
    parents: list[int | None],
    ends: list[int],
    roles: list[Role],
) -> list[int]:
    """Items of problems and plans that are one sentence each, all their siblings too: text and no headings over any."""
    families: dict[tuple[int | None, str], list[int]] = {}
    for i, mark in enumerate(marks):
        if mark.rank > 1 and roles[i] in ("problems", "plans"):
            families.setdefault((parents[i], mark.kind), []).append(i)
    return [
        i
        for family in families.values()
        if len(family) > 1 and all(_is_statement(text, headings[j], ends[j], last=j == family[-1]) for j in family)
        for i in family
    ]


def _is_statement(text: str, heading: Heading, end: int, *, last: bool) -> bool:
    """A heading with a stop and no text behind it; the last one may be followed by a signature."""
    if heading.words is None or text[heading.end - 1] not in "。；;":
        return False
    rest = text[heading.end : min(end, heading.end + 120)].strip(EDGE + "\r\n")
    return not rest or (last and len(rest) < 60 and "。" not in rest)


def _roles(
    text: str, body_start: int, marks: list[Mark], headings: list[Heading], parents: list[int | None]
) -> list[Role]:
    """By a heading's words; children inherit, unless what precedes an item turns to problems or plans."""
    year = year_at(text, body_start)
    roles: list[Role] = []
    turned: dict[int | None, Role] = {}
    for i, mark in enumerate(marks):
        parent = parents[i]
        inherited = roles[parent] if parent is not None else "achievements"
        words = headings[i].words
        if words is None or parent is not None:
            inherited = turned.get(parent, inherited)
        before = marks[i - 1].start if i else body_start
        if words is None:
            turn = (
                _turn(text, headings[i - 1].end if i else body_start, mark.start, year) if before < mark.start else None
            )
            if turn and mark.value == 1:
                turned[parent] = inherited = turn
            roles.append(inherited)
            continue
        named = roles_of(words, year)
        role: Role = named[0] if named else inherited
        if parent is not None and (
            role == "other"
            or role == "achievements"
            or (
                inherited != "achievements" and not (inherited == "problems" and role == "plans" and _is_section(words))
            )
            or (role in ("problems", "plans") and not _is_section(words))
        ):
            role = inherited
        roles.append(role)
    return roles


def _is_section(words: str) -> bool:
    """Whether a child's heading names a part of the report, not a task that mentions one."""
    return (
        len(words) <= 16
        and re.search(r"存在|不足|问题|短板|下一?步|打算|今后|明年|安排|计划|思路|原因|展望|谋划|改进", words)
        is not None
    )


def _turn(text: str, start: int, end: int, year: int | None) -> Role | None:
    """The last turn to problems or plans in the words before an item (at most 3,000 characters of them)."""
    role: Role | None = None
    for line in re.split(r"[\r\n]", text[max(start, end - 3000) : end]):
        for sentence in re.split(r"[。！？；;]|(?<=\s)(?=下)", line):
            label = label_of(sentence, year) if sentence == line or sentence.rstrip()[-1:] in ("：", ":") else None
            if looks_ahead(sentence.strip(), year):
                role = "plans"
            elif label or falls_short(sentence):
                role = label or "problems"
    return role
