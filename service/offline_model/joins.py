"""
What the numbers of a sentence are to one another: parts of a total, stages, rates of a base, before and after.

By the words between them (其中, 由…至…, 同比, 累计) and the table of relations. It knows nothing of weights.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.outline import Span
from schemas.relations import RATE_BASES, STAGES
from service.offline_model import names, scopes, shares
from service.offline_model.aspects import aspect_of, stages_of
from service.offline_model.features import unit_at
from service.offline_model.outline import Headings
from service.offline_model.punctuation import AND, STOP

NONE: Final = "-"
FAR: Final = 240
BACK: Final = 12


_APART: Final = re.compile(r"[。;\uff1b!\uff01?\uff1f\n]")
# A verb of its own makes a listed number more than a share of the total before it.
_VERB: Final = re.compile(
    r"开展|组织|召开|举办|印发|制定|出台|发放|办理|受理|审[结核查]|办结|调解|化解|整改|完成|培训|参加|查处|处罚|立案|维持|撤销|驳回|纠错|撤回|终止|"
    r"确认|变更|责令|和解|通过|合格|持有|提供|接[待受]|挽回|涉案|成功|达成|率|占|同比|增|降|减|获|评选|出庭|败诉|胜诉|开庭|新增|修[订改]|废止|失效|有效|告知|不予|保留|编制|取消|下放|承接|移送|撤诉|采纳"
)
# What was done with some of what was counted right before.
_SUBSET: Final = re.compile(
    r"^(?:[已均正常实际按期成功全部其中]*)(?:办结|结案|合格|采纳|正常办理|成功|化解|整改|销号|回复|通过|持证|出庭|纠正|提交|反馈|行使)"
)
_SUBSET_LAST: Final = re.compile(r"(?:合格|通过|办结|采纳|结案)$")
_SHARE: Final = re.compile(r"占(?:比|总数|总量)?[^,\uff0c。;\uff1b\d]{0,8}(?:为|达|的)?$")
_AMONG_THEM: Final = re.compile(r"。\s*其中")
_CARRIED_OVER: Final = re.compile(r"结转|上年(?:未结|遗留)")
_RATE: Final = re.compile(
    r"^(?:按期|按时|及时|如期|总体|群众|综合|平均|其?[,\uff0c])*(办结|办复|答复|满意|好评|合格|优秀|采纳|整改|化解|成功|完成|回复|参考|参训|通过|结案|反馈|履行)率"
    r"(?:均|都)?(?:稳定在|保持在?|高达|达到|达|为)?$"
)
_COMMA: Final = re.compile(r"[,\uff0c][^,\uff0c。;\uff1b:\uff1a]*")
_FRACTION: Final = re.compile(r"成(?:以上|左右|多|半)?$|分之")
_BESIDE: Final = re.compile(r"[,\uff0c、和及与][^,\uff0c。;\uff1b\d]{0,10}")


@dataclass(frozen=True, slots=True)
class Joined:
    """What a row says beside its indicator; `of` is an index of the marks."""

    name: str
    of: int | None
    aspect: str | None
    area: str | None
    period: str | None


def inherited(
    text: str, marks: Sequence[Span], chosen: Sequence[str], index: int, totals: Sequence[int | None]
) -> str | None:
    """The total's indicator for a bare share of it: 编制预案14部,其中市级8部、部门6部."""
    total = _total(text, marks, chosen, index, totals)
    if total is None or total > index or not _same(text, marks, index, total):
        return None
    apart = STOP.search(text, marks[total].end, marks[index].start)
    if apart and not _AMONG_THEM.search(text, marks[total].end, marks[index].start):
        return None
    if _VERB.search(names.near(text, marks[index], marks[index - 1].end)):
        return None
    return chosen[total]


def join(
    text: str,
    marks: Sequence[Span],
    chosen: Sequence[str],
    plans: Sequence[Span] = (),
    outline: Headings | None = None,
) -> list[Joined]:
    """One row for every mark, refused ones too; numbers inside `plans`, which are in text order, are targets."""
    starts = [plan.start for plan in plans]
    totals, areas, stages = shares.totals(text, marks), scopes.areas(text, marks), stages_of(text, marks)
    rows: list[Joined] = []
    for index, mark in enumerate(marks):
        plan = bisect_right(starts, mark.start) - 1
        planned = plans[plan] if plan >= 0 and mark.start < plans[plan].end else None
        name = names.name_of(text, marks, index)
        if chosen[index] == NONE:
            rows.append(Joined(name, None, None, None, None))
            continue
        words = names.near(text, mark, marks[index - 1].end if index else 0)
        aspect = (
            "target"
            if planned
            else aspect_of(text, marks, chosen[index], rows[-1].aspect if rows else None, index, words, stages)
        )
        of, aspect = _linked(text, marks, chosen, rows, index, words, aspect, totals)
        period = scopes.period_of(text, mark, aspect, planned, outline.at(mark.start) if outline else ())
        rows.append(Joined(name, of, aspect, areas[index], period))
    _by_arithmetic(text, marks, chosen, rows)
    return rows


def _linked(
    text: str,
    marks: Sequence[Span],
    chosen: Sequence[str],
    rows: Sequence[Joined],
    index: int,
    words: str,
    aspect: str | None,
    totals: Sequence[int | None],
) -> tuple[int | None, str | None]:
    """What a number is a share, a stage or a rate of, and its aspect, which that may settle."""
    if aspect is not None:
        return None, aspect
    total = _total(text, marks, chosen, index, totals)
    if total is not None:
        return total, "part" if chosen[total] == chosen[index] else None
    return _base(text, marks, chosen, rows, index, words), None


def _by_arithmetic(text: str, marks: Sequence[Span], chosen: Sequence[str], rows: list[Joined]) -> None:
    """Give a rate the base that it was reckoned from, and its share the same: 934件,化解386件,化解率41.3%."""
    for index, row in enumerate(rows):
        if chosen[index] == NONE or row.aspect not in (None, "part") or unit_at(text, marks[index]) != "%":
            continue
        found = shares.ratio_base(text, marks, index)
        if found is None or NONE in (chosen[found[0]], chosen[found[1]]):
            continue
        share, base = found
        rows[index] = replace(row, of=base)
        if rows[share].of is None and rows[share].aspect is None and rows[base].of != share:
            rows[share] = replace(rows[share], of=base, aspect=_part(text, marks, chosen, share, base))


def _part(text: str, marks: Sequence[Span], chosen: Sequence[str], share: int, base: int) -> str | None:
    """The aspect of a share: none where it was done with some of them, and is no mere kind of them."""
    acted = _VERB.search(names.near(text, marks[share], marks[share - 1].end if share else 0))
    return "part" if chosen[share] == chosen[base] and not acted else None


def _total(
    text: str, marks: Sequence[Span], chosen: Sequence[str], index: int, totals: Sequence[int | None]
) -> int | None:
    """The number whose share this one is by signs, words or a sum, if that is a statistic."""
    told = totals[index]
    if told is not None and (told > index or chosen[told] != NONE):
        return told
    return shares.among(text, marks, index, [code != NONE for code in chosen[max(0, index - shares.BACK) : index]])


def _base(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, words: str
) -> int | None:
    """The nearest mark before this one that it is a rate, a share, a stage or a subset of."""
    if unit_at(text, marks[index]) == "%" or _FRACTION.search(text, marks[index].start, marks[index].end):
        return _base_of_rate(text, marks, chosen, rows, index, words)
    some = _SUBSET.match(words) or _SUBSET_LAST.search(words)
    if index and some and _same(text, marks, index - 1, index) and _one_topic(chosen[index - 1], chosen[index]):
        apart = STOP.search(text, marks[index - 1].end, marks[index].start)
        return None if apart or shares.exceeds(text, marks[index], marks[index - 1]) else index - 1
    if _CARRIED_OVER.search(words):
        return None
    wanted = STAGES.get(chosen[index], ())
    for other in _before(text, marks, index):
        fits = chosen[other] in wanted and _same(text, marks, other, index) and rows[other].aspect is None
        if fits and not shares.exceeds(text, marks[index], marks[other]):
            return other
    return None


def _base_of_rate(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, words: str
) -> int | None:
    wanted = RATE_BASES.get(chosen[index], ())
    for other in _before(text, marks, index):
        if unit_at(text, marks[other]) == "%":
            if rows[other].of is not None and chosen[other] == chosen[index] and not _respective(text, marks, index):
                return rows[other].of
            continue
        if rows[other].aspect == "after":
            continue
        base = rows[other].of
        share = _SHARE.search(words) and not _APART.search(text, marks[other].end, marks[index].start)
        if base is not None and (chosen[other] in wanted or chosen[base] in wanted or share):
            return base
        if chosen[other] in wanted:
            return _of_several(text, marks, chosen, rows, index, other)
    return _of_the_last(text, marks, chosen, rows, index, words)


def _of_the_last(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, words: str
) -> int | None:
    """办理投诉120件,按时办结率99%: a rate without a noun of its own is of the number right before it."""
    rate, last = _RATE.search(words), index - 1
    if not index or not rate or not _one_topic(chosen[last], chosen[index]):
        return None
    if unit_at(text, marks[last]) in ("", "%") or not _COMMA.fullmatch(text, marks[last].end, marks[index].start):
        return None
    if rate[1] in names.near(text, marks[last], marks[last - 1].end if last else 0):
        return None  # 审结40件,审结率90%: of more than those 40
    if rows[last].aspect not in (None, "part"):
        return None
    return _of_several(text, marks, chosen, rows, index, last)


def _of_several(
    text: str, marks: Sequence[Span], chosen: Sequence[str], rows: Sequence[Joined], index: int, base: int
) -> int | None:
    """建议9件、提案7件,满意率分别为…: the k-th rate is of the k-th number; one rate of several numbers is of none."""
    several = [base]
    while (
        several[0]
        and len(several) < BACK
        and chosen[several[0] - 1] == chosen[base]
        and _same(text, marks, several[0] - 1, base)
    ):
        between = text[marks[several[0] - 1].end : marks[several[0]].start]
        if rows[several[0]].of is not None or not _BESIDE.fullmatch(between):
            break
        several.insert(0, several[0] - 1)
    if len(several) == 1:
        return base
    place = _respective(text, marks, index)
    return several[place - 1] if 0 < place <= len(several) else None


def _respective(text: str, marks: Sequence[Span], index: int) -> int:
    """Where a number stands, from 1, in a row that 分别 gives to several; 0 where it is in no such row."""
    first = index
    while first and index - first < BACK and AND.fullmatch(text, marks[first - 1].end, marks[first].start):
        first -= 1
    told = "分别" in names.near(text, marks[first], marks[first - 1].end if first else 0)
    return index - first + 1 if told else 0


def _before(text: str, marks: Sequence[Span], index: int) -> Sequence[int]:
    """The marks before this one in its paragraph, within reach, nearest first."""
    found = []
    for other in range(index - 1, max(-1, index - BACK), -1):
        between = text[marks[other].end : marks[index].start]
        if len(between) > FAR or "\n" in between:
            break
        found.append(other)
    return found


def _one_topic(left: str, right: str) -> bool:
    return left != NONE and left.partition(".")[0] == right.partition(".")[0]


def _same(text: str, marks: Sequence[Span], left: int, right: int) -> bool:
    return unit_at(text, marks[left]) == unit_at(text, marks[right])
