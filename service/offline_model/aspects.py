"""
Whether a number is a state before or after, a change, a running total or an aim, by the words around it.

It knows units and clauses; of indicators it knows one, the share of time saved, which is no change.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from schemas.outline import Span
from service.offline_model import names
from service.offline_model.features import unit_at
from service.offline_model.punctuation import AND, STOP

LONGEST: Final = 12
_TIME_SAVED: Final = "government_services.time_reduction_rate"
_MOVES: Final = "增长|增加|上升|提高|提升|下降|减少|降低|回落|压减|前移|上移|后移|进位|净增|改善|增|降|升|减|多|少"
_CHANGE: Final = re.compile(
    r"(?:同比|环比|年均|(?:比|较)(?:(?:去|上|前|往)?(?:一)?年(?:度|同期)?|(?:19|20)\d\d年(?:度|同期)?|(?:去年)?同期))[^,\uff0c。;\uff1b\d]{0,12}"
    rf"(?:{_MOVES})(?:[了约近超达为]|分别|幅度)*$|(?:增长|增加|上升|提高|提升|下降|减少|降低|改善|净增|增幅|降幅|前移)(?:[了达为约]|分别|均|超过)*$|"
    r"(?:高|低)(?:于|出)[^,\uff0c。;\uff1b\d]{2,14}$|(?:是|为)(?:去|上)年(?:同期)?的$"
)
_SHRINKS: Final = re.compile(r"(?:精简|压减|压缩|缩短|缩减)(?:[了近超约达]|比例)*$")
_MOVED: Final = re.compile(rf"{_MOVES}|高|低")
_COMPARED: Final = re.compile(r"(?:较|比|与)(?:(?:19|20)\d\d年|去年|上年)(?:度|同期)?的?[^,\uff0c。;\uff1b\d]{0,6}$")
_MOVES_ON: Final = re.compile(rf"\s*(?:相比)?(?:{_MOVES})")
_BEFORE: Final = re.compile(
    r"(?:由|从)(?:原来|原先|原|最初|去年|上年|过去|\d{4}年[底末初]?|法定|[“\"]?十[三四五]五[”\"]?[末初])?(?:的)?[^,\uff0c。;\uff1b\d]{0,6}$|原来的?$|原先的?$"
)
_AFTER: Final = re.compile(
    r"(?:压[减缩至]|缩[短减]|减少|降低?|下降|提[高升]|增[加长至]|上升|扩大|调整|精简|优化)(?:至|为|到|了)?(?:\d{4}年[底末]?的?)?(?:平均)?$|[至到为](?:\d{4}年[底末]?的?)?(?:平均)?$"
)
_AFTER_ALONE: Final = re.compile(r"(?:压[减缩]|缩[短减]|减少|降低?|下降|提[高升])(?:至|为|到)$")
_CUMULATIVE: Final = re.compile(r"(?<![年内度月])累计[^,\uff0c。;\uff1b\d率]{0,24}$|(?:已|共)?增[加补]?(?:加)?[至到]$")
_SINCE: Final = re.compile(r"自(?:19|20)\d\d年[^。;\uff1b]{0,24}以来[,\uff0c]?共?[^,\uff0c。;\uff1b]*$")
_TARGET: Final = re.compile(r"力争|争取|确保[^。]{0,20}(?:达|以上)|目标")
_ALSO: Final = re.compile(r"\s*[和及与、][^,\uff0c。;\uff1b\d]{0,14}")

# What has a subject or an object of its own, and so goes on with nothing said before.
_ACT: Final = re.compile(r"开展|组织|举办|印发|制定|办理|受理|培训|查处|调解|化解|新增|修订|发放|接[待受]|提供")


def stages_of(text: str, marks: Sequence[Span]) -> dict[int, str]:
    """Numbers before and after a change: 由A压减为B, 由A、B分别压减至C、D, 较去年的A下降."""
    found: dict[int, str] = {}
    for index, mark in enumerate(marks):
        if index in found:
            continue
        words = names.near(text, mark, marks[index - 1].end if index else 0)
        if _COMPARED.search(words) and _MOVES_ON.match(text, mark.end):
            found[index] = "before"
        elif _BEFORE.search(words):
            befores = _row_of(text, marks, index)
            first = befores[-1] + 1
            if first < len(marks) and _reaches(text, marks, first - 1, first):
                afters = _row_of(text, marks, first)[: len(befores)]
                found |= dict.fromkeys(befores[-len(afters) :], "before") | dict.fromkeys(afters, "after")
    return found


def _row_of(text: str, marks: Sequence[Span], index: int) -> list[int]:
    """The numbers of one unit that 、 and 和 join, from `index` on."""
    row, mark = [index], marks[index]
    while len(row) < LONGEST and row[-1] + 1 < len(marks) and unit_at(text, marks[row[-1] + 1]) == unit_at(text, mark):
        if not AND.fullmatch(text, marks[row[-1]].end, marks[row[-1] + 1].start):
            break
        row.append(row[-1] + 1)
    return row


def aspect_of(
    text: str,
    marks: Sequence[Span],
    code: str,
    before: str | None,
    index: int,
    words: str,
    stages: Mapping[int, str],
) -> str | None:
    """The aspect of a number with its clause's `words` and its indicator; `before` is the aspect of the number before it."""
    unit = unit_at(text, marks[index])
    if _TARGET.search(words):
        return "target"
    if index in stages:
        return stages[index]
    if _CHANGE.search(words) or (unit.endswith("百分点") and _MOVED.search(words)):
        return "change"
    if unit == "%" and _SHRINKS.search(words) and code != _TIME_SAVED:
        return "change"
    if index and before in ("change", "cumulative"):
        between = text[marks[index - 1].end : marks[index].start]
        also = before == "cumulative" and _ALSO.fullmatch(between) and not _ACT.search(between)
        if also or AND.fullmatch(between):
            return before
    if _CUMULATIVE.search(words) or _SINCE.search(text, max(0, marks[index].start - 60), marks[index].start):
        return "cumulative"
    return "after" if _AFTER_ALONE.search(words) else None


def _reaches(text: str, marks: Sequence[Span], left: int, right: int) -> bool:
    """由A压减为B: both in one clause, with a word of change between them and the same unit."""
    between = text[marks[left].end : marks[right].start]
    same = unit_at(text, marks[left]) == unit_at(text, marks[right])
    return same and len(between) <= 16 and not STOP.search(between) and bool(_AFTER.search(between.strip()))
