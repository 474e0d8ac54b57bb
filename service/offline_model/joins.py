"""
What the numbers of a sentence are to one another: parts of a total, stages, rates of a base, before and after.

By the words between them (其中, 由…至…, 同比, 累计) and the table of relations. It knows nothing of weights.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.outline import Span
from schemas.relations import RATE_BASES, STAGES
from service.offline_model.features import unit_of

NONE: Final = "-"
FAR: Final = 160

_STOP: Final = re.compile(r"[。!!??\n]")  # noqa: RUF001
_STRONG: Final = re.compile(r"[。;;!!??\n]")  # noqa: RUF001
_CLAUSE: Final = re.compile(r"[,,;;::。!!??\n、]")  # noqa: RUF001
_AMONG: Final = re.compile(r"其中|包括|分别(?:为|是)|[((]含|[::]$|含")  # noqa: RUF001
# A verb of its own makes a listed number more than a share of the total before it.
_VERB: Final = re.compile(
    r"开展|组织|召开|举办|印发|制定|出台|发放|办理|受理|审[结核查]|办结|调解|化解|整改|完成|培训|参加|查处|处罚|立案|维持|撤销|驳回|纠错|撤回|终止|"
    r"确认|变更|责令|和解|通过|合格|持有|提供|接[待受]|挽回|涉[及案]|成功|达成|率|占|同比|增|降|减|获|评|出庭|败诉|胜诉|开庭|新增|修[订改]|废止|失效|保留|评估|编制"
)
_CHANGE: Final = re.compile(
    r"(?:同比|环比|比(?:去|上|前)?(?:年|一年|年度|年同期)?|较(?:去|上|前)?年?(?:度|同期)?|年均)[^,,。;;\d]{0,12}"  # noqa: RUF001
    r"(?:增长|增加|上升|提高|提升|下降|减少|降低|回落|压减|增|降|升|减)[了约近超]*$|(?:增长|下降|上升|增幅|降幅|降低|提升|提高)(?:了|达|为|约)?$"
)
_BEFORE: Final = re.compile(r"(?:由|从)(?:原来|原先|原|最初|去年|上年|过去|\d{4}年|法定)?(?:的)?[^,,。;;\d]{0,6}$|原来的?$|原先的?$")  # noqa: RUF001
_AFTER: Final = re.compile(r"(?:压[减缩]|缩[短减]|减少|降低?|下降|提[高升]|增[加长至]|上升|扩大|调整|精简|优化)(?:至|为|到|了)?$|[至到为]$")
_CUMULATIVE: Final = re.compile(r"累计[^,,。;;\d]{0,14}$|(?:已|共)?增(?:加)?[至到]$|总数达?到?$")  # noqa: RUF001
_AREA: Final = re.compile(r"(?:^|[,,、;;::和及])(?:其中)?((?:[市县区镇乡村省州]级|部门|乡镇|镇街|街道|社区|村居|村\(社区\)|村(社区)|乡镇\(街道\)|各?乡镇|市直|县直|区直)(?:部门|单位)?)$")  # noqa: RUF001
_LEADING: Final = re.compile(
    r"^(?:截至目前|目前|今年以来|全年|年内|其中|同时|此外|全[省市县区镇州]|[我本][省市县区镇局]|已|共计?|累计|先后|分别|各|均|为|达到?|\d{4}年度?|新|并|等|了|的|\s)+"
)
_TRAILING: Final = re.compile(r"(?:共计?|累计|达到?|已?达|约|了|为|各|均|的|计|已|超|近|总数|有|至|由|从|到)+$")


@dataclass(frozen=True, slots=True)
class Joined:
    """What a row says beside its indicator; `of` is an index of the marks."""

    name: str
    of: int | None
    aspect: str | None
    area: str | None


def inherited(text: str, marks: Sequence[Span], chosen: Sequence[str], index: int) -> str | None:
    """The total's indicator for a bare share of it: 编制预案11部,其中市级5部、部门6部."""
    total = _total(text, marks, chosen, index)
    return None if total is None else chosen[total]


def join(text: str, marks: Sequence[Span], chosen: Sequence[str]) -> list[Joined]:
    """One row for every mark, refused ones too."""
    return [_row(text, marks, chosen, index) for index in range(len(marks))]


def _row(text: str, marks: Sequence[Span], chosen: Sequence[str], index: int) -> Joined:
    mark, code = marks[index], chosen[index]
    near = _near(text, mark, marks[index - 1].end if index else 0)
    name = _name(text, marks, index)
    if code == NONE:
        return Joined(name, None, None, None)
    found = _AREA.search(near)
    area = found[1] if found else None
    total = _total(text, marks, chosen, index)
    if total is not None:
        return Joined(name, total, "part", area)
    aspect = None
    if _CHANGE.search(near):
        aspect = "change"
    elif _BEFORE.search(near) and index + 1 < len(marks) and _reaches(text, marks, index, index + 1):
        aspect = "before"
    elif index and _AFTER.search(near) and _BEFORE.search(_near(text, marks[index - 1], 0)):
        aspect = "after" if _reaches(text, marks, index - 1, index) else None
    elif _CUMULATIVE.search(near):
        aspect = "cumulative"
    return Joined(name, _base(text, marks, chosen, index) if aspect is None else None, aspect, area)


def _reaches(text: str, marks: Sequence[Span], left: int, right: int) -> bool:
    """由A压减为B: both in one clause, with a word of change between them and the same unit."""
    between = text[marks[left].end : marks[right].start]
    same = unit_of(text[marks[left].start : marks[left].end]) == unit_of(text[marks[right].start : marks[right].end])
    return same and len(between) <= 16 and not _STRONG.search(between) and bool(_AFTER.search(between.strip()))


def _total(text: str, marks: Sequence[Span], chosen: Sequence[str], index: int) -> int | None:
    """The mark that this one is a bare share of."""
    mark = marks[index]
    unit = unit_of(text[mark.start : mark.end])
    near = _near(text, mark, marks[index - 1].end if index else 0)
    if unit in ("", "%") or _VERB.search(near.replace("其中", "")):
        return None
    for other in range(index - 1, max(-1, index - 12), -1):
        between = text[marks[other].end : mark.start]
        if _STOP.search(between) or len(between) > 4 * FAR:
            return None
        if chosen[other] == NONE or unit_of(text[marks[other].start : marks[other].end]) != unit:
            continue
        opening = text[marks[other].end : marks[other + 1].start]
        if re.match(r"\s*[,,((;;::]?\s*(?:其中|包括|分别|含)", opening):  # noqa: RUF001
            return other
        if ";" in between or ";" in between:
            return None
    return None


def _base(text: str, marks: Sequence[Span], chosen: Sequence[str], index: int) -> int | None:
    """The nearest mark before this one that its indicator can be a stage or a rate of."""
    unit = unit_of(text[marks[index].start : marks[index].end])
    if unit == "%":
        wanted = RATE_BASES.get(chosen[index], ())
    else:
        wanted = STAGES.get(chosen[index], ())
    for other in range(index - 1, max(-1, index - 8), -1):
        between = text[marks[other].end : marks[index].start]
        if len(between) > FAR or "\n" in between:
            return None
        base_unit = unit_of(text[marks[other].start : marks[other].end])
        if chosen[other] in wanted and base_unit != "%" and (unit == "%" or base_unit == unit):
            return other
    return None


def _near(text: str, mark: Span, floor: int) -> str:
    """The words of the clause right before a mark, at most back to the mark before it."""
    before = text[max(floor, mark.start - 40) : mark.start]
    at = 0
    for found in _CLAUSE.finditer(before):
        at = found.end()
    return before[at:]


def _name(text: str, marks: Sequence[Span], index: int) -> str:
    """What is counted, in the text's words: those right before the number, or those right after it."""
    mark = marks[index]
    floor = marks[index - 1].end if index else 0
    after = _CLAUSE.split(text[mark.end : mark.end + 14], maxsplit=1)[0]
    before = _TRAILING.sub("", _LEADING.sub("", _near(text, mark, floor)))
    words = before if len(before) >= 4 or not after else before + after
    if len(words) < 2:
        back = text[max(0, mark.start - 40) : mark.start]
        words = _LEADING.sub("", (_CLAUSE.split(back.rstrip(",,、;;::( ("))[-1]))  # noqa: RUF001
    clean = re.sub(r"[\s\d|=\[\]]+", "", words)
    return clean[-12:] if len(before) >= 4 else clean[:12] or "数量"
