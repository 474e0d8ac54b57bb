"""
What the numbers of a sentence are to one another: parts of a total, stages, rates of a base, before and after.

By the words between them (其中, 由…至…, 同比, 累计) and the table of relations. It knows nothing of weights.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.outline import Span
from schemas.relations import RATE_BASES, STAGES
from service.offline_model import names
from service.offline_model.features import unit_of

NONE: Final = "-"
FAR: Final = 240
BACK: Final = 12

_STOP: Final = re.compile(r"[。!\uff01?\uff1f\n]")
_SEMICOLON: Final = re.compile(r"[;\uff1b]")
_AMONG: Final = re.compile(
    r"[^,\uff0c。;\uff1b\d]{0,12}[,\uff0c(\uff08;\uff1b:\uff1a]?\s*(?:其中|包括|分别(?:为|是)|含)"
)
# A verb of its own makes a listed number more than a share of the total before it.
_VERB: Final = re.compile(
    r"开展|组织|召开|举办|印发|制定|出台|发放|办理|受理|审[结核查]|办结|调解|化解|整改|完成|培训|参加|查处|处罚|立案|维持|撤销|驳回|纠错|撤回|终止|"
    r"确认|变更|责令|和解|通过|合格|持有|提供|接[待受]|挽回|涉案|成功|达成|率|占|同比|增|降|减|获|评选|出庭|败诉|胜诉|开庭|新增|修[订改]|废止|失效|保留|编制"
)
# What was done with some of what was counted right before.
_SUBSET: Final = re.compile(
    r"^(?:[已均正常实际按期成功全部其中]*)(?:办结|结案|合格|采纳|正常办理|成功|化解|整改|销号|回复|通过|持证|出庭|纠正|提交)"
)
_SUBSET_LAST: Final = re.compile(r"(?:合格|通过|办结|采纳|结案)$")
_SHARE: Final = re.compile(r"占(?:比|总数|总量)?[^,\uff0c。;\uff1b\d]{0,8}(?:为|达|的)?$")
_CHANGE: Final = re.compile(
    r"(?:同比|环比|比(?:去|上|前)?(?:年|一年|年度|年同期)|较(?:去|上|前)?年?(?:度|同期)?|年均)[^,\uff0c。;\uff1b\d]{0,12}"
    r"(?:增长|增加|上升|提高|提升|下降|减少|降低|回落|压减|前移|上移|后移|进位|增|降|升|减|多|少)[了约近超]*$|"
    r"(?:增长|下降|上升|增幅|降幅|前移)(?:了|达|为|约)?$|(?:是|为)(?:去|上)年(?:同期)?的$"
)
_BEFORE: Final = re.compile(
    r"(?:由|从)(?:原来|原先|原|最初|去年|上年|过去|\d{4}年|法定)?(?:的)?[^,\uff0c。;\uff1b\d]{0,6}$|原来的?$|原先的?$"
)
_AFTER: Final = re.compile(
    r"(?:压[减缩]|缩[短减]|减少|降低?|下降|提[高升]|增[加长至]|上升|扩大|调整|精简|优化)(?:至|为|到|了)?$|[至到为]$"
)
_AFTER_ALONE: Final = re.compile(r"(?:压[减缩]|缩[短减]|减少|降低?|下降|提[高升])(?:至|为|到)$")
_CUMULATIVE: Final = re.compile(r"累计[^,\uff0c。;\uff1b\d率]{0,14}$|(?:已|共)?增[加补]?(?:加)?[至到]$")
_TARGET: Final = re.compile(r"力争|争取|确保[^。]{0,20}(?:达|以上)|目标")
_AND: Final = re.compile(r"\s*[和及与、]\s*")


@dataclass(frozen=True, slots=True)
class Joined:
    """What a row says beside its indicator; `of` is an index of the marks."""

    name: str
    of: int | None
    aspect: str | None
    area: str | None
    period: str | None


def inherited(text: str, marks: Sequence[Span], chosen: Sequence[str], index: int) -> str | None:
    """The total's indicator for a bare share of it: 编制预案14部,其中市级8部、部门6部."""
    total = _total(text, marks, chosen, index)
    if total is None or _VERB.search(names.near(text, marks[index], marks[index - 1].end)):
        return None
    return chosen[total]


def join(text: str, marks: Sequence[Span], chosen: Sequence[str], plans: Sequence[Span] = ()) -> list[Joined]:
    """One row for every mark, refused ones too; numbers inside `plans` are targets."""
    rows: list[Joined] = []
    for index in range(len(marks)):
        rows.append(_row(text, marks, chosen, rows, index, plans))
    return rows


def _row(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, plans: Sequence[Span]
) -> Joined:
    mark, code = marks[index], chosen[index]
    name = names.name_of(text, marks, index)
    if code == NONE:
        return Joined(name, None, None, None, None)
    words = names.near(text, mark, marks[index - 1].end if index else 0)
    area, period = names.area_of(words), names.period_of(text, mark)
    aspect = _aspect(text, marks, rows, index, words, plans)
    of = None
    total = _total(text, marks, chosen, index)
    if aspect is None and total is not None:
        of, aspect = total, "part" if chosen[total] == code else None
    elif aspect is None:
        of = _base(text, marks, chosen, rows, index, words)
    return Joined(name, of, aspect, area, period)


def _aspect(
    text: str, marks: Sequence[Span], rows: Sequence[Joined], index: int, words: str, plans: Sequence[Span]
) -> str | None:
    mark = marks[index]
    if any(plan.start <= mark.start < plan.end for plan in plans) or _TARGET.search(words):
        return "target"
    if _CHANGE.search(words):
        return "change"
    if index and rows[index - 1].aspect in ("change", "cumulative"):
        between = text[marks[index - 1].end : mark.start]
        if _AND.fullmatch(between):
            return rows[index - 1].aspect
    if _BEFORE.search(words) and index + 1 < len(marks) and _reaches(text, marks, index, index + 1):
        return "before"
    if index and rows[index - 1].aspect == "before" and _reaches(text, marks, index - 1, index):
        return "after"
    if _CUMULATIVE.search(words):
        return "cumulative"
    return "after" if _AFTER_ALONE.search(words) else None


def _reaches(text: str, marks: Sequence[Span], left: int, right: int) -> bool:
    """由A压减为B: both in one clause, with a word of change between them and the same unit."""
    between = text[marks[left].end : marks[right].start]
    same = _unit(text, marks[left]) == _unit(text, marks[right])
    return same and len(between) <= 16 and not _STOP.search(between) and bool(_AFTER.search(between.strip()))


def _total(text: str, marks: Sequence[Span], chosen: Sequence[str], index: int) -> int | None:
    """The mark before 其中 whose share this one is: same unit, same sentence."""
    mark = marks[index]
    unit = _unit(text, mark)
    if unit in ("", "%"):
        return None
    for other in range(index - 1, max(-1, index - BACK), -1):
        between = text[marks[other].end : mark.start]
        if _STOP.search(between) or len(between) > 2 * FAR:
            return None
        if chosen[other] != NONE and _unit(text, marks[other]) == unit:
            if among := _AMONG.match(text, marks[other].end, marks[other + 1].start):
                if _closed(among[0], between):
                    return None
                return None if _exceeds(text, mark, marks[other]) else other
            if _SEMICOLON.search(between):
                return None
    return None


def _closed(opening: str, between: str) -> bool:
    """立案8件(其中甲类3件),移送2件: a bracket that holds the shares has closed before the last number."""
    opens = [bracket for bracket in opening if bracket in "(\uff08"]
    return bool(opens) and between.count(")") + between.count("\uff09") >= between.count("(") + between.count("\uff08")


def _base(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, words: str
) -> int | None:
    """The nearest mark before this one that it is a rate, a share, a stage or a subset of."""
    unit = _unit(text, marks[index])
    if unit == "%":
        return _base_of_rate(text, marks, chosen, rows, index, words)
    some = _SUBSET.match(words) or _SUBSET_LAST.search(words)
    if index and some and _same(text, marks, index - 1, index) and chosen[index - 1] != NONE:
        return index - 1 if not _STOP.search(text[marks[index - 1].end : marks[index].start]) else None
    wanted = STAGES.get(chosen[index], ())
    for other in _before(text, marks, index):
        if chosen[other] in wanted and _same(text, marks, other, index):
            return None if _exceeds(text, marks[index], marks[other]) else other
    return None


def _base_of_rate(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, words: str
) -> int | None:
    wanted = RATE_BASES.get(chosen[index], ())
    for other in _before(text, marks, index):
        if _unit(text, marks[other]) == "%":
            if rows[other].of is not None and chosen[other] == chosen[index]:
                return rows[other].of
            continue
        if rows[other].aspect == "after":
            continue
        base = rows[other].of
        if base is not None and (chosen[other] in wanted or chosen[base] in wanted or _SHARE.search(words)):
            return base
        if chosen[other] in wanted:
            return other
    return None


def _before(text: str, marks: Sequence[Span], index: int) -> Sequence[int]:
    """The marks before this one in its paragraph, within reach, nearest first."""
    found = []
    for other in range(index - 1, max(-1, index - BACK), -1):
        between = text[marks[other].end : marks[index].start]
        if len(between) > FAR or "\n" in between:
            break
        found.append(other)
    return found


def _same(text: str, marks: Sequence[Span], left: int, right: int) -> bool:
    return _unit(text, marks[left]) == _unit(text, marks[right])


def _unit(text: str, mark: Span) -> str:
    return unit_of(text[mark.start : mark.end])


def _exceeds(text: str, part: Span, whole: Span) -> bool:
    """A part that is larger than its total is no part; read roughly, since only the comparison counts."""
    return _rough(text[part.start : part.end]) > _rough(text[whole.start : whole.end]) > 0


def _rough(surface: str) -> Decimal:
    digits = re.sub(r"[^\d.]", "", surface.replace(",", ""))[:20]
    try:
        value = Decimal(digits or "0")
    except ArithmeticError:
        return Decimal(0)
    return value * (10**4 if "万" in surface else 1) * (10**8 if "亿" in surface else 1)
