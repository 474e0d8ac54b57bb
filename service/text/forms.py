"""
What the form of a number alone settles: dates, document numbers, enumerators, ordinals, hotlines, slogans.

It knows nothing of measure words in context; a number that it does not settle is for `mark` to judge.
"""

import re
from typing import Final, NamedTuple

from schemas.extraction import Why
from service.text.lexicon import (
    BLANK,
    CHAIN,
    DATE,
    DEEP_ENUMERATOR,
    DIGIT,
    DOCUMENT_NUMBER,
    ENUMERATOR,
    HAN,
    HAN_DATE,
    HAN_ENUMERATOR,
    HOTLINE,
    NAMED_DAY,
    NAMES,
    NUMERAL,
    PAGE_BEFORE,
    PAGE_NUMBER,
    RANK,
    RANK_MOVES,
    RHETORIC,
    ROUND_THE_CLOCK,
    SHORT_LINE,
)
from service.text.quantity import surface_at


class Place(NamedTuple):
    """Where a mention stands, and why it is settled; None: open."""

    start: int
    end: int
    why: Why | None


# Nobody would take these characters for a number that counts.
SKIP: Final = Place(-1, -1, None)
ASCII_WORD: Final = re.compile(r"[A-Za-z0-9./:_?=&%#@~+-]{0,200}")
BOUNDARY: Final = frozenset("。；;：:！!？?|\n\r）)”》" + BLANK)
STOPS: Final = frozenset("，,。；;、：:）)|！!？? \n\r\t”》（(")
_ASCII_BEFORE: Final = re.compile(r"[A-Za-z0-9./:_?=&%#@~+-]{1,80}$")
_HIDDEN_DIGITS: Final = re.compile(rf"[{DIGIT}]*(?:[*＊×xX✕]+|某)(?![0-9])")
_ORDINAL: Final = re.compile(
    rf"[{BLANK}]{{0,2}}(?:(?:[{DIGIT}]{{1,6}}|[{NUMERAL}]{{1,6}})(?:至第?(?:[{DIGIT}]{{1,4}}|[{NUMERAL}]{{1,4}}))?)[{BLANK}]{{0,2}}"
    r"(?P<tail>责任人|議題|议题|季度|批次|[次届屆批期轮条章款项号號名位道个场站课类种部篇代组集讲版卷册页年天周家例案节])?"
)
_FIRST: Final = re.compile(r"一(?:责任人|時間|时间|线|要务|道防线|窗口|资源|抓手|方阵|梯队|步|粒)")
_WORKING: Final = re.compile(r"第一(?:议题|議題|课)")
_CONGRESS: Final = re.compile(
    r"(?:二十|十[一二三四五六七八九]?)(?:届(?:[一二三四五六七八九]中(?=、|全会)(?:全会)?)?|大(?![类项道量型规]))|[一二三四五六七八九]中全会"
)
_TRIAL: Final = re.compile(r"[一二]审(?!查|核|批|议|计|慎)")
_VERSION: Final = re.compile(
    rf"[{DIGIT}]{{1,2}}[.．][{DIGIT}]{{1,2}}(?:[.．][{DIGIT}]+)?(?=版|时代|系统|事项|平台|模式|升级|[”’\"]|工程|改革)|[{DIGIT}][.．][0０](?![{DIGIT}])"
)
_NUMBER_SIGN: Final = re.compile(rf"[{DIGIT}]{{1,6}}[{BLANK}]?[号號](?:令|文件|公告|文)?")
_VAGUE: Final = re.compile(rf"[{NUMERAL}{DIGIT}]+[几幾数](?=[{HAN}])")
_BY_FIRST: Final = {
    first: tuple(sorted((one for one in NAMES if one[0] == first), key=len, reverse=True))
    for first in {one[0] for one in NAMES}
}
_DAY_OF: Final = re.compile(r"[”’\"」]|全民|国家|国际|宪法|世界|消防|禁毒|防灾|反恐|消费者")
_BRACKETED: Final = re.compile(rf"[{DIGIT}]{{1,2}}[)）]")
_STANDARD: Final = re.compile(r"[A-Z]{2,6}(?:/[A-Z]{1,2})?[ \u00a0]$")
_STANDARD_NUMBER: Final = re.compile(r"[0-9]{3,6}(?:\.[0-9]{1,2})?(?:[-—–][0-9]{4})?(?![0-9])")
_AFTER_PLUS: Final = re.compile(rf"[{DIGIT}]{{1,2}}")


def settle_digits(text: str, at: int, floor: int, block_starts: frozenset[int]) -> Place | None:
    """What the form of the digits at `at` settles, from `floor` on; None: ask what stands around them."""
    before = text[at - 1] if at else "\n"
    if "①" <= text[at] <= "⑳":
        return Place(at, at + 1, "enumerator")
    if PAGE_BEFORE.search(text[max(0, at - 12) : at]) and (page := PAGE_NUMBER.match(text, at)):
        return Place(at, page.end(), "page")
    return _in_ascii_word(text, at, before, floor) or _by_form(text, at, before, block_starts)


def settle_numerals(text: str, at: int, block_starts: frozenset[int]) -> Place | None:
    """What the form of the Chinese numerals at `at` settles, `SKIP` included; None: ask what stands around them."""
    before = text[at - 1] if at else "\n"
    if before == "第":
        return _ordinal(text, at)
    for name in _BY_FIRST.get(text[at], ()):
        if text.startswith(name, at):
            return Place(at, at + len(name), "rhetoric" if name in RHETORIC else "name")
    if text[at] in "双雙":
        return SKIP
    if found := HAN_DATE.match(text, at):
        return SKIP if before in "个個" else Place(at, found.end(), "date")
    if (found := _CONGRESS.match(text, at)) or (found := _TRIAL.match(text, at)):
        return Place(at, found.end(), "ordinal")
    bracket = before in "(（"
    if (bracket or before in BOUNDARY or at in block_starts) and (found := HAN_ENUMERATOR.match(text, at)):
        closed = found.group()[-1] in ")）"
        if bracket == closed:
            return Place(at - bracket, found.end(), "enumerator")
    if found := _VAGUE.match(text, at):
        tail = surface_at(text, at, limit=found.end())
        return SKIP if tail is None else Place(at, found.end(), "rhetoric")
    return None


def _in_ascii_word(text: str, at: int, before: str, floor: int) -> Place | None:
    """Digits inside an ASCII word: addresses, identifiers, 5G, A4."""
    if before and before.isascii() and (before.isalnum() or before in "./_=&?%@#-+:"):
        head = _ASCII_BEFORE.search(text[max(floor, at - 80) : at])
        if head is not None and any(ch.isalpha() for ch in head.group()):
            surface = surface_at(text, at) if head.group().isalpha() else None
            if surface is not None and surface.unit not in (None, "级", "版", "年"):
                return None  # APP8640户 counts
            end = ASCII_WORD.match(text, at).end()  # type: ignore[union-attr]
            chain = head.group() in ("N+", "n+", "X+", "x+")
            return Place(at - len(head.group()), end, "name" if chain or "/" not in head.group() else "other")
    return None


def _by_form(text: str, at: int, before: str, block_starts: frozenset[int]) -> Place | None:
    if before in "〔[［【(（﹝〖":
        if number := DOCUMENT_NUMBER.match(text, at - 1):
            return Place(at - 1, number.end(), "document_number")
        if (item := _BRACKETED.match(text, at)) and text[at - 2 : at - 1] not in ("第",):
            return Place(at - 1, item.end(), "enumerator")
    if before == "第" or (before in BLANK and text[at - 2 : at - 1] == "第"):
        return _ordinal(text, at)
    if (
        before in " \u00a0"
        and _STANDARD.search(text[max(0, at - 10) : at])
        and (found := _STANDARD_NUMBER.match(text, at))
    ):
        surface = surface_at(text, at)
        if surface is None or surface.unit is None:
            return Place(at, found.end(), "name")
    if found := ROUND_THE_CLOCK.match(text, at):
        return Place(at, found.end(), "rhetoric")
    if (found := CHAIN.match(text, at)) or (before in "+＋" and (found := _AFTER_PLUS.match(text, at))):
        return Place(at, found.end(), "name")
    starts = before in BOUNDARY or at in block_starts
    if (before in "\n。；;" or at in block_starts) and (found := DEEP_ENUMERATOR.match(text, at)):
        surface = surface_at(text, at)
        if surface is None or (surface.unit is None and surface.number[-1:].isdigit()):
            return Place(at, found.end(), "enumerator")
    glued = not block_starts and text[at + 1 : at + 2] in (".", "．") and text[at + 2 : at + 3] not in BLANK
    if (starts or glued) and (found := ENUMERATOR.match(text, at)) and (starts or found.group()[-1] in ".．"):
        return Place(at, found.end(), "enumerator")
    if (found := NAMED_DAY.match(text, at)) and (
        found["dot"] not in ".．" or before in '“‘"「' or _DAY_OF.match(text, found.end())
    ):
        return Place(at, found.end(), "date")
    if (found := DATE.match(text, at)) and not (
        ":" in found.group() and text[max(0, at - 3) : at].endswith(("比", "比为", "比例"))
    ):
        return Place(at, found.end(), "date")
    if found := HOTLINE.match(text, at) or SHORT_LINE.match(text, at):
        surface = surface_at(text, at)
        if surface is None or surface.unit in (None, "市", "县", "镇", "村"):
            return Place(at, found.end(), "other" if len(found.group()) > 6 else "name")
    if found := _VERSION.match(text, at):
        surface = surface_at(text, at)
        if surface is None or surface.unit in (None, "版"):
            return Place(at, found.end(), "name")
    if (found := _HIDDEN_DIGITS.match(text, at)) and not (before == "*" and text[found.end() - 1] == "*"):
        return Place(at, found.end(), "other")
    if found := _NUMBER_SIGN.match(text, at):
        official = found.group()[-1] in "令文件告" or before in "令告"
        return Place(at, found.end(), "document_number" if official else "name")
    return None


def _ordinal(text: str, at: int) -> Place:
    """第…: a rank is a statistic, 第12号 a document number, the rest ordinals."""
    start = at - 1 if text[at - 1] == "第" else at - 2
    found = _ORDINAL.match(text, start + 1)
    if found is None:
        return SKIP
    end, tail = found.end(), found["tail"]
    stops = text[end : end + 1] in STOPS | {""}
    head = text[max(0, start - 12) : start]
    if tail in (None, "位", "名") and (
        (stops and RANK.search(head)) or (head[-6:].count("由") and RANK_MOVES.match(text, end))
    ):
        return Place(at, end, None)
    if tail is None and text[end : end + 1] in "，,、" and start and text[start - 1] in BOUNDARY:
        return Place(start, end, "enumerator")
    if _WORKING.match(text, start):
        return Place(start, end, "name")
    if first := _FIRST.match(text, at):
        return Place(start, first.end(), "rhetoric")
    if text[at : at + 2] == "三方":
        return SKIP
    if tail in ("号", "號"):
        return Place(start, end, "document_number")
    return Place(start, end, "date" if tail == "季度" else "page" if tail == "页" else "ordinal")
