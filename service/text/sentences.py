"""
Sentences as LABELS.md cuts them, and which of them may state a shortcoming or a plan.

It knows stops, the outline's roles and the words that open an account of problems or an outlook. It knows nothing of
numbers, of what a 《title》 is for, or of the model.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from schemas.outline import Block, Outline, Span
from service.text.roles import falls_short, looks_ahead, year_at

Reading = Literal["problem", "plan"]

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


def _read(text: str, outline: Outline) -> Iterator[tuple[Span, Reading | None, str]]:
    """Every sentence of the body outside headings, with its reading and the role of its innermost block."""
    year = year_at(text, outline.body_start)
    region: Reading | None = None
    by_cue = False  # the region was opened by a sentence, not by a heading's role
    inside: Block | None = None
    for span, block, fresh in _sentences(text, outline):
        role = block.role if block else "other"
        sentence = text[span.start : min(span.end, span.start + 400)]
        if (
            fresh
            or (block is not inside and block and block.heading is not None)
            or (block and inside and block.role != inside.role)
        ):
            region = {"problems": "problem", "plans": "plan"}.get(role)  # type: ignore[assignment]
            by_cue = False
        inside = block
        closing = _is_closing(sentence)
        if looks_ahead(sentence, year) and not closing:
            region, by_cue = "plan", True
        elif region != "plan" and falls_short(sentence):
            region, by_cue = "problem", True
        elif region == "plan" and role == "problems" and not by_cue and falls_short(sentence):
            region = "problem"
        if closing:
            yield span, None, role
        elif region == "problem":
            yield span, "problem" if _WEAK.search(sentence) or not by_cue else None, role
        elif region == "plan":
            yield span, None if _ENDS_PLAN.search(sentence) else "plan", role
        else:
            yield span, None, role


def _is_closing(sentence: str) -> bool:
    return (len(sentence) < 30 and _CLOSING.search(sentence) is not None) or (
        len(sentence) < 60 and _SIGNED.match(sentence) is not None
    )


def _sentences(text: str, outline: Outline) -> Iterator[tuple[Span, Block | None, bool]]:
    """Sentences with their innermost block; the third says that a heading stood just before."""
    headed = [block for block in outline.blocks if block.heading is not None]
    begins = [outline.body_start, *(block.heading_end for block in headed)]
    ends = [*(block.start for block in headed), outline.body_end]
    blocks = iter(outline.blocks)
    upcoming = next(blocks, None)
    current: Block | None = None
    for begin, end in zip(begins, ends, strict=True):
        fresh = begin != outline.body_start
        for span in _cut(text, begin, end):
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
