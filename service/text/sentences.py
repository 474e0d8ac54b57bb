"""
Sentences as LABELS.md cuts them, and which of them may state a shortcoming or a plan.

It knows stops, the outline's roles and the words that open an account of problems or an outlook. It knows nothing of
numbers, of what a 《title》 is for, or of the model.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from schemas.extraction import Role
from schemas.outline import Block, Outline, Span
from service.text.roles import falls_short, label_of, looks_ahead, roles_of, year_at

Reading = Literal["problem", "plan"]

_READINGS: Final[dict[str, Reading]] = {"problems": "problem", "plans": "plan"}

_BLANK: Final = " \t\x0b\x0c\xa0\u3000\u200b\ufeff|•·"
_PIECE: Final = re.compile(
    "[。；;！!？?]|《|[\r\n\u2028\u2029]+|(?<=[：:])[ \xa0\u3000\t]+(?=[一（(]?[一二三四五六七八九十]{1,2}[）)、])"
)
_CLOSERS: Final = "”’\"'）)】》〉」』]"
_ENTITY: Final = re.compile(r"&#?\w{1,8}$")
_CLOSING: Final = re.compile(r"(?:特此报告|专此报告|以上报告|现将|报告如下|汇报如下)")
_SIGNED: Final = re.compile(
    r"[^，,。]{0,40}(?:(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|政府|委员会|办公室|办事处|[局厅])[）)]?$"
)
_HINT: Final = re.compile(
    r"不足|不够|不强|不高|不到位|不深|不平衡|不均衡|短板|差距|薄弱|弱项|有待|亟待|亟需|还需|仍需|欠缺|缺乏|滞后|困难|存在[^。]{0,20}问题|究其原因|主要原因"
    r"|下一?步|下来|今后|明年|来年|下一?年|下一阶段|将(?:继续|进一步|坚持|持续|以|按照|围绕|紧紧|重点|深入|着力|加强|加快|推动|不断)|计划|力争|争取|也要看到|仍有|仍然|依然|瑕疵|教训|根源"
)
_WEAK: Final = re.compile(
    r"不足|不够|不[强高深全均多少牢实准细严平]|不到位|不平衡|不均衡|不充分|不完善|不健全|不规范|不适应|不相适应|不及时|不扎实|不畅|短板|差距|薄弱|弱项|有待|亟待|亟需|还需|仍需|欠缺|缺乏|缺少|滞后|难以|"
    r"困难|问题|矛盾|尚未|没有|未能|流于|淡薄|偏|较[弱低少差慢]|参差|盲区|原因|脱节|不力|压力|隐患|单一|弱化|松懈|习惯|风险|短缺|紧缺|处高位|负担|重[^，,]{1,4}轻|不[^，,。]{1,3}不|随意|欠|不匹配|少数|个别|有的|部分"
)
_ENDS: Final = tuple("。；;！!？?")
# What a heading of problems and plans turns to: an answer to a problem by name.
_ANSWERS: Final = re.compile(r"针对[^，,。]{2,24}(?:问题|不足|短板|差距|困难|弱项)[，,]|拟[\u4e00-\u9fff]")
_ANNOUNCES: Final = re.compile(r"[：:]|(?:以下|如下|下列)[^，,]{0,12}[。；;]?$|[一1][是要、.．]")
_ITEM: Final = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}(?:是|要|、)|[(（]?[一二三四五六七八九十\d]{1,2}[)）、.．]|[①-⑳]|第[一二三四五六七八九十]|首先|其次|最后)"
)
_FIGURE: Final = re.compile(r"\d+(?:\.\d+)?(?:余|多)?[万亿]?(?:余|多)?[%％\u4e00-\u9fff](?<![年月日号])")
_TO_COME: Final = re.compile(
    r"将|拟|计划|力争|争取|确保|继续|进一步|不断|持续|推动|实现|达到|不少于|不低于|以上|左右|目标|(?<![主重必需首纲])要(?!求|点|素)|20\d\d年"
)
_SEES: Final = re.compile(r"(?:也要|也应|还要|还应|应当|必须)(?:清醒)?地?看到")
_BUT: Final = re.compile(r"但|虽|仍|还(?!要)|尚")
_ENDS_PLAN: Final = re.compile(r"统计数据|口径|四舍五入|联系人|附件")


def cut(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The sentences of text[start:end], with stop and closing quotes, without blanks. Never cut inside 《》."""
    return tuple(_cut(text, max(0, start), min(len(text), end)))


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    position = start
    while m := _PIECE.search(text, position, end):
        mark = m.group()
        position = m.end()
        if mark == "《":
            close = _title_end(text, m.start(), end)
            position = close if close else position
            continue
        if mark == ";" and _ENTITY.search(text, max(at, m.start() - 9), m.start()):
            continue
        if mark in "。；;！!？?":
            while position < end and text[position] in _CLOSERS + "。！!？?":
                position += 1
            stop = position
        else:
            stop = m.start()
        yield from _trimmed(text, at, stop)
        at = position
    yield from _trimmed(text, at, end)


def _title_end(text: str, start: int, end: int) -> int | None:
    """After the 》 that closes the 《 at `start`, if it comes on the same line within a title's length."""
    depth = 0
    if text.find("》", start, min(end, start + 200)) < 0:
        return None
    for i in range(start, min(end, start + 200)):
        c = text[i]
        if c == "《":
            depth += 1
        elif c == "》":
            depth -= 1
            if depth <= 0:
                return i + 1
        elif c in "\r\n。":
            break
    return None


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and (text[start] in _BLANK or text[start].isspace()):
        start += 1
    while end > start and (text[end - 1] in _BLANK or text[end - 1].isspace()):
        end -= 1
    if start < end:
        yield Span(start, end)


def candidates(text: str, outline: Outline) -> tuple[Span, ...]:
    """Sentences that might state a problem or a plan: all of those parts, and elsewhere those that sound like it."""
    return tuple(
        span
        for span, reading, role in _read(text, outline)
        if reading or role in ("problems", "plans") or _HINT.search(text, span.start, span.end)
    )


def readings(text: str, outline: Outline) -> tuple[tuple[Span, Reading], ...]:
    """The sentences that by role and wording state a problem or a plan: the reading to have without a model."""
    return tuple((span, reading) for span, reading, _ in _read(text, outline) if reading)


def likely(text: str, outline: Outline, span: Span) -> Reading | None:
    """The reading of one sentence; for many, call `readings` once."""
    return next((reading for one, reading in readings(text, outline) if one == span), None)


class Account:
    """
    Where a reader is, sentence by sentence: in an account of problems, in an outlook, or in neither.

    What a heading opens holds until the next heading. What a sentence opens holds to the end of its line, for the items of
    the list that it announces, and under a heading of problems as long as the heading does; it ends where a sentence
    reports a figure. `year` is the one reported on, None where nobody knows.
    """

    def __init__(self, year: int | None) -> None:
        self.year = year
        self._region: Reading | None = None
        self._held: Literal["heading", "list", "line"] = "line"
        self._roles: tuple[Role, ...] = ()
        self._labelled = False
        self.by_cue = False  # the region was opened by a sentence, not by a heading

    def enter(self, roles: tuple[Role, ...]) -> None:
        """A heading, with the parts of a report that it names, or those of the heading over it."""
        self._roles = roles
        self._region = _READINGS.get(roles[0]) if roles else None
        self._held, self._labelled, self.by_cue = "heading", False, False

    def read(self, sentence: str, *, first: bool) -> Reading | None:
        """What a sentence belongs to; `first`: it begins a line."""
        ahead = looks_ahead(sentence, self.year) or (self._both() and _ANSWERS.match(sentence) is not None)
        short = falls_short(sentence) or _SEES.search(sentence) is not None
        label = label_of(sentence, self.year) if first and not sentence.endswith(_ENDS) else None
        if label and (self._labelled or self._held != "heading" or self._region is None):
            self.enter((label,))
            self._labelled = True
            return None
        if first and self._held != "heading" and not (self._held == "list" and _ITEM.match(sentence)):
            self._region = None
        if self._region == "plan" and self._held == "line" and not ahead and _reports(sentence):
            self._region = None
        if ahead:
            self._turn("plan", sentence)
        elif short and self._held == "heading" and not self.by_cue and self._region == "plan":
            return "problem" if _BUT.search(sentence) else "plan"
        elif short and (self._region != "plan" or self._held != "heading" or _BUT.search(sentence)):
            self._turn("problem", sentence)
        return self._region

    def leave(self) -> None:
        """Something that belongs to no account stands before the next sentence."""
        if self._held != "heading":
            self._region = None

    def _turn(self, to: Reading, sentence: str) -> None:
        if self._region == to:
            self._held = "list" if self._held == "line" and _ANNOUNCES.search(sentence) else self._held
            return
        if _READINGS.get(self._roles[0] if self._roles else "other") is None:
            self._held = "list" if _ANNOUNCES.search(sentence) else "line"
        self._region, self.by_cue = to, True

    def _both(self) -> bool:
        return self._roles[:1] == ("problems",) and "plans" in self._roles


def _reports(sentence: str) -> bool:
    """A figure without a word of what is to come: 全年办理案件 40 件."""
    return _FIGURE.search(sentence) is not None and _TO_COME.search(sentence) is None


def _read(text: str, outline: Outline) -> Iterator[tuple[Span, Reading | None, str]]:
    """Every sentence of the body outside headings, with its reading and the role of its innermost block."""
    year = year_at(text, outline.body_start)
    account = Account(year)
    inside: Block | None = None
    for span, block, fresh in _sentences(text, outline):
        role = block.role if block else "other"
        sentence = text[span.start : min(span.end, span.start + 400)]
        if (
            fresh
            or (block is not inside and block and block.heading is not None)
            or (block and inside and block.role != inside.role)
        ):
            account.enter(_roles_in(block, year))
        inside = block
        if _is_closing(sentence):
            yield span, None, role
            continue
        reading = account.read(sentence, first=_begins_line(text, span.start))
        if (reading == "problem" and account.by_cue and not _WEAK.search(sentence)) or (
            reading == "plan" and _ENDS_PLAN.search(sentence)
        ):
            reading = None
        yield span, reading, role


def _roles_in(block: Block | None, year: int | None) -> tuple[Role, ...]:
    """The role of a block, and what its heading names beside it."""
    if block is None:
        return ()
    named = roles_of(block.heading, year) if block.heading else ()
    return (block.role, *(one for one in named if one != block.role))


def _begins_line(text: str, at: int) -> bool:
    while at and text[at - 1] in _BLANK:
        at -= 1
    return not at or text[at - 1] in "\r\n\u2028\u2029"


def _is_closing(sentence: str) -> bool:
    return (len(sentence) < 30 and _CLOSING.search(sentence) is not None) or (
        len(sentence) < 60 and _SIGNED.match(sentence) is not None
    )


def _sentences(text: str, outline: Outline) -> Iterator[tuple[Span, Block | None, bool]]:
    """
    Sentences with their innermost block; the third says that a heading stood just before.

    An item that is one sentence and has no text below it (3.执法力量不足。) is a heading and its own sentence.
    """
    headed = [block for block in outline.blocks if block.heading is not None]
    begins = [outline.body_start, *(block.heading_end for block in headed)]
    ends = [*(block.start for block in headed), outline.body_end]
    blocks = iter(outline.blocks)
    upcoming = next(blocks, None)
    current: Block | None = None
    for block, begin, end in zip([None, *headed], begins, ends, strict=True):
        fresh = begin != outline.body_start
        spans = list(_cut(text, begin, end))
        if not spans and block is not None and len(block.path) > 1 and text[begin - 1] in "。;\uff1b":
            spans, fresh = [Span(block.start, begin)], False
        for span in spans:
            while upcoming and upcoming.start <= span.start:
                current, upcoming = upcoming, next(blocks, None)
            # An item that begins inside the sentence gives it its role: 主要表现为:一是….
            if (
                upcoming
                and upcoming.heading is None
                and upcoming.start < span.end
                and fresh is False
                and current is None
            ):
                current, upcoming = upcoming, next(blocks, None)
            yield span, current, fresh
            fresh = False
