"""
Characters to value, unit and qualifier: the one grammar of number surfaces, which `mark` uses too.

A surface is a number with its magnitude, its hedge and its unit (`近200件`, `15万余份`, `百分之九十八`, `3至5天`).
It knows nothing of whether a number is a statistic. Exact decimals by moving the point; never raises; linear time.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from schemas.extraction import Flag, Qualifier
from schemas.mention import Quantity
from schemas.outline import Span
from service.text.columns import header_unit
from service.text.lexicon import (
    BARE_YEAR,
    BLANK,
    BREAK,
    DATE,
    DIGIT,
    DOCUMENT_NUMBER,
    FEW,
    HAN,
    HAN_DATE,
    HIDDEN,
    MORE,
    NUMERAL,
    TO,
    UNIT,
)
from service.text.numerals import decimal_of, moved, share_of

_D = f"[{DIGIT}]"
_MAG = r"(?:[十百千]?[余餘多]?[万萬亿億](?!能|州|达)|[百仟佰](?!分|姓|货|余)|百(?=余)|千(?![克瓦米伏卡赫斤]))"
_HEDGED = rf"[{MORE}](?!元化|样|边|维|层次|渠道|方位|部门|杭|姚)"
_GROUPED = rf"{_D}{{1,3}}(?:[,，]{_D}{{3}}){{1,5}}(?!{_D})"
_SOON_UNIT = rf"(?=[.．]{_D}|[{BLANK}]?(?:[{MORE}]|{_MAG}|{UNIT}))"
_SPACED = rf"{_D}{{1,3}}(?:[ \u00a0\u2009\u202f]{_D}{{3}}){{1,4}}(?!{_D}){_SOON_UNIT}"
# A number that a line break or a stray space cut in two, in the middle of a sentence and with its unit behind it.
_BROKEN = (
    rf"(?<=[{HAN}])(?!(?:19|20){_D}{{2}}[{BLANK}\r\n])(?<![表图件第录页][{DIGIT}]){_D}{{1,6}}"
    rf"(?:[ \u00a0]|[{BLANK}]{{0,2}}\r?\n[{BLANK}]{{0,8}}){_D}{{1,6}}(?!{_D}){_SOON_UNIT}"
)
_RUN = rf"{_D}+(?:[{HIDDEN}]{{1,4}}{_D}+)*"
# Text recognition leaves a blank after each digit (办理1 5 0 件, 办 理 1 5 0 件); 东镇 1 5 0 is a row of a table.
_APART = rf"(?:(?<=[{HAN}])|(?<=[{HAN}][{BLANK}][{HAN}][{BLANK}])){_D}(?:[ \u00a0]{_D}){{2,6}}(?!{_D}){_SOON_UNIT}"
_WHOLE = rf"(?:{_GROUPED}|{_SPACED}|{_BROKEN}|{_APART}|{_RUN})"
_POINT = rf"(?:[{HIDDEN}]{{0,4}}[.．][{HIDDEN}]{{0,4}}{_D}+(?:[{HIDDEN}]{{1,4}}{_D}+)*)?"
_SCALE = rf"(?:{FEW}(?:{_HEDGED})?{_MAG}(?:[零〇]?{_D}{{1,4}}(?:[十百千]?[万萬]|[千百](?!分))?)?)?(?:{FEW}{_HEDGED})?"
_ARABIC = rf"{_WHOLE}{_POINT}{_SCALE}"
_HAN_NUMBER = rf"[{NUMERAL}]{{1,24}}(?:点[{NUMERAL}]{{1,9}})?(?:{_HEDGED}[万萬亿億]?)?"
_HALF = r"(?:一半|半数|半(?=年|天|小时|个))"
_PART = (
    rf"[{NUMERAL}{DIGIT}]{{1,9}}分之(?:[{NUMERAL}]{{1,9}}(?:点[{NUMERAL}]{{1,9}})?|{_D}{{1,6}}(?:[.．]{_D}{{1,4}})?)"
)
_OVER = rf"{_D}{{1,4}}[/／]{_D}{{1,4}}(?![{DIGIT}/／.])"
_UNITLESS_TAIL = rf"(?:(?P<gap>{BREAK})(?P<unit>{UNIT}))?"
_AFTER = (
    rf"(?P<after>{FEW}(?:(?:及|或者?)?以[上下](?!简称|几|方面|问题)|[以之]内|左右(?!手|逢)|上下(?!联|级|游|班|贯|衔|协|一|齐|同|互|功))"
    r"|(?<=[年天月时元倍])[多余](?!元|年|种|名|人|个|次|家|项)|(?<=[万亿千百])[+＋](?![0-9A-Za-z０-９])|(?<=[年天日月时钟])内(?!部|容|外|设|控|涵|蒙))?"
)
_SURFACE: Final = re.compile(
    rf"(?:(?P<part>{_PART}|{_OVER})|(?P<number>{_ARABIC}|{_HALF}|{_HAN_NUMBER}){_UNITLESS_TAIL}){_AFTER}"
)
_UNGROUPED: Final = re.compile(rf"(?P<number>{_RUN}{_POINT}{_SCALE}){_UNITLESS_TAIL}{_AFTER}(?P<part>(?!))?")
_SECOND: Final = re.compile(
    rf"{FEW}(?:{TO}){{1,2}}{FEW}(?P<number>{_ARABIC}|{_HAN_NUMBER})"
    rf"(?P<gap>{BREAK})(?P<unit>{UNIT}){_AFTER}(?P<part>(?!))?"
)
START: Final = re.compile(rf"[{DIGIT}{NUMERAL}半]")
_PAIRS: Final = frozenset(f"{low}{high}" for low, high in pairwise("二三四五六七八九"))

_HEDGE_WORDS: Final[dict[Qualifier, str]] = {
    "about": "近 将近 接近 约 大约 大概 差不多",
    "more_than": "超 超过 逾 不少于 不低于 不下 至少 最少 多于 大于 高于 不小于 上",
    "less_than": "不足 不到 不超过 不多于 不高于 不大于 少于 小于 低于 至多 最多 不满",
}
_HEDGES: Final[dict[str, Qualifier]] = {
    hedge: qualifier for qualifier, hedges in _HEDGE_WORDS.items() for hedge in hedges.split()
}
_BEFORE: Final = re.compile(
    rf"(?:(?<![最就附临邻靠贴走远亲新晋])(?:将|接)?近|(?<![预节签履违公条邀制契誓民相集特大])(?:大约|约)|大概|差不多"
    rf"|不?超过|(?<!赶)超|逾|不?[少低多大小高]于|不[足到满下]|[至最][少多]|(?<![线网以街路海向天晚早会身地纸墙场台网])上)[{BLANK}]?$"
)
_BEFORE_END: Final = frozenset("近约概多过超逾于足到满下少上-－−" + BLANK)
_ALL_DECREASE: Final = re.compile(
    rf"(?:分别|均)(?:同比)?(?:下降|减少|降低|压减|缩短)了?[{DIGIT}.．%％个件起宗人天百分点、，,和及与]{{2,40}}[、，,和及与]$"
)
_DECREASE: Final = re.compile(
    r"(?:下降|减少|降低|压减|压缩|缩短|缩减|回落|下滑|精简|减|降)(?:幅度?|比例|率)?了?(?:达到?|近|约|超过?|逾)?$"
)


@dataclass(frozen=True, slots=True)
class Surface:
    """A number surface in a text: `at` is where the number itself starts, `start` where its hedge does."""

    start: int
    at: int
    end: int
    number: str
    second: str | None
    part: str | None
    unit: str | None
    before: str
    after: str


def surface_at(text: str, at: int, *, floor: int = 0, limit: int | None = None) -> Surface | None:
    """The longest number surface whose number starts at `at`, hedges from `floor` on; None where there is none."""
    found = _SURFACE.match(text, at) if limit is None else _SURFACE.match(text, at, limit)
    if found is None:
        return None
    number = found["number"] or ""
    if ("," in number or "，" in number) and "分别" in text[max(0, at - 24) : at]:
        found = (_UNGROUPED.match(text, at) if limit is None else _UNGROUPED.match(text, at, limit)) or found
    unit, end, after, part = found["unit"], found.end(), found["after"] or "", found["part"]
    if unit is not None and "\n" in found["gap"] and not _in_a_sentence(text, at):
        unit, end, after = None, found.end("number"), ""
    second = None
    if part is None and not after and end < len(text):
        tail = _SECOND.match(text, end) if limit is None else _SECOND.match(text, end, limit)
        if tail is not None and _is_range(text, at, found["number"], unit, tail):
            second, unit, end, after = tail["number"], tail["unit"], tail.end(), tail["after"] or ""
    if part is None and second is None and unit is not None and number in _PAIRS:
        number, second = number[0], number[1]  # 五六个 is 5 to 6
    start, before = _hedge_before(text, at, floor)
    if before == "-" and unit not in ("%", "％", "个百分点", "倍"):
        start, before = at, ""
    if number and unit is None and not _arabic(number) and number not in ("一半", "半数"):
        end, after = found.end("number"), ""
    return Surface(start, at, end, number, second, part, unit, before, after.strip(BLANK))


def read(text: str, start: int, end: int) -> Quantity | None:
    """The surface at `start`..`end` as a quantity, reading nothing beyond `end`; None if it is not a number surface."""
    if not 0 <= start < end <= len(text):
        return None
    first = START.search(text, start, end)
    surface = surface_at(text, first.start(), floor=start, limit=end) if first else None
    return None if surface is None else quantity_of(text, surface)


def is_readable(surface: Surface) -> bool:
    """Whether the number of a surface has one reading; `二三百` has none."""
    if surface.part is not None:
        return share_of(surface.part)[0] is not None
    return decimal_of(surface.number)[0] is not None


def quantity_of(text: str, surface: Surface) -> Quantity | None:
    """What a surface says; None where its number has no one reading (`二三百`)."""
    flags: list[Flag] = []
    unit = _plain_unit(surface.unit)
    low, high, inner = None, None, ""
    if surface.part is not None:
        low, unit = share_of(surface.part)
        if unit is None:
            flags.append("fraction")
    else:
        low, inner = decimal_of(surface.number)
    if low is None:
        return None
    if unit is None and surface.part is None and _arabic(surface.number) and (header := header_unit(text, surface.at)):
        power, unit = header
        low = moved(low, power)
        flags.append("unit_from_header")
    if surface.before == "-":
        low = -low
    if surface.second is not None:
        high, more = decimal_of(surface.second)
        if high is None:
            return None
        inner = inner or more
        flags.append("range")
    if _DECREASE.search(text[max(0, surface.start - 8) : surface.start]) or _ALL_DECREASE.search(
        text[max(0, surface.start - 48) : surface.start]
    ):
        flags.append("decrease")
    return Quantity(low, high, unit, _qualifier(surface, inner), tuple(flags))


def surfaces(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The number surfaces inside `start`..`end`, dates, document numbers and ordinals left out, in order."""
    found: list[Span] = []
    at = max(0, start)
    end = min(end, len(text))
    while (first := START.search(text, at, end)) is not None:
        at = first.start()
        skip = _no_number(text, at, end)
        if skip is not None:
            at = skip
            continue
        floor = found[-1].end if found else start
        surface = surface_at(text, at, floor=max(floor, start), limit=end)
        if surface is None:
            at += 1
            continue
        if (_arabic(surface.number) or surface.unit or surface.part) and is_readable(surface):
            found.append(Span(surface.start, surface.end))
        at = surface.end
    return tuple(found)


def _no_number(text: str, at: int, end: int) -> int | None:
    """Where a date, document number or ordinal that holds `at` ends."""
    before = text[at - 1] if at else ""
    if before and before in "〔[［【(（﹝〖" and (number := DOCUMENT_NUMBER.match(text, at - 1, end)):
        return number.end()
    if (date := (DATE if _arabic(text[at]) else HAN_DATE).match(text, at, end)) is not None:
        return date.end()
    surface = surface_at(text, at, limit=end) if before == "第" else None
    if surface is not None:
        return surface.end
    if (
        _arabic(text[at])
        and (year := BARE_YEAR.match(text, at, end))
        and surface_at(text, at, limit=end) == _bare(text, at, year.end(), end)
    ):
        return year.end()
    return None


def _bare(text: str, at: int, stop: int, end: int) -> Surface | None:
    """The surface at `at` if it is nothing but the digits up to `stop`."""
    surface = surface_at(text, at, limit=end)
    return surface if surface is not None and surface.end == stop and surface.unit is None else None


def _arabic(number: str) -> bool:
    return bool(number) and (number[0].isascii() or "０" <= number[0] <= "９")


def _in_a_sentence(text: str, at: int) -> bool:
    """Whether a number at a line's end runs on: a Han character stands before it in the line."""
    return at > 0 and "\u4e00" <= text[at - 1] <= "\u9fff"


def _is_range(text: str, at: int, number: str, unit: str | None, tail: re.Match[str]) -> bool:
    """`3至5天` is one range; `由3天到5天` and a fall (`15至10天`) are two numbers."""
    if unit is not None and (
        unit != tail["unit"] or text[max(0, at - 4) : at].rstrip("原来的")[-1:] in ("由", "从", "自")
    ):
        return False
    if "\n" in tail["gap"] or _arabic(number) != _arabic(tail["number"]):
        return False
    low, _ = decimal_of(number)
    high, _ = decimal_of(tail["number"])
    return low is not None and high is not None and low < high


def _hedge_before(text: str, at: int, floor: int) -> tuple[int, str]:
    if at == 0 or text[at - 1] not in _BEFORE_END:
        return at, ""
    if text[at - 1] in "-－−":
        # 增长-3.2%: a minus only where a word stands before it; elsewhere it is a dash.
        return (at - 1, "-") if at - 1 >= floor and _in_a_sentence(text, at - 1) else (at, "")
    window = max(floor, at - 5)
    found = _BEFORE.search(text[window:at])
    if found is None:
        return at, ""
    # The look-behind may need the character before the window.
    found = _BEFORE.search(text[max(0, window - 1) : at]) if window else found
    if found is None:
        return at, ""
    start, hedge = at - len(found.group()), found.group().strip(BLANK)
    if start < floor or (hedge == "上" and text[at] not in "百千万亿十萬億"):
        return at, ""
    return start, hedge


def _qualifier(surface: Surface, inner: str) -> Qualifier:
    if surface.before and surface.before != "-":
        return _HEDGES[surface.before]
    if surface.after:
        if surface.after[-1] in "右" or surface.after == "上下":
            return "about"
        return "less_than" if surface.after[-1] in "下内" else "more_than"
    if inner:
        return "about" if inner in "来來" else "more_than"
    return "exact"


def _plain_unit(unit: str | None) -> str | None:
    return "%" if unit == "％" else unit
