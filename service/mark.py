"""
Text to mentions: every number-like place, settled with its reason or left open for the model.

A place is settled only where its form says so (a date, a document number, an enumerator, a hotline, a slogan);
what needs judgement is open. It knows nothing of indicators; what a number says is `quantity`'s.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.extraction import Why
from schemas.mention import Mention
from schemas.outline import Outline, Title
from service.lexicon import (
    BARE_YEAR,
    BLANK,
    CHAIN,
    CIRCLE,
    DATE,
    DIGIT,
    DOCUMENT_NUMBER,
    ENUMERATOR,
    EVERY,
    HAN,
    HAN_DATE,
    HAN_ENUMERATOR,
    HOTLINE,
    NAMED_DAY,
    NAMES,
    NUMERAL,
    RANK,
    RHETORIC,
    ROUND_THE_CLOCK,
    SHORT_LINE,
    VERBS,
)
from service.quantity import Surface, quantity_of, surface_at

SCANNER_VERSION: Final = "1"


class _Place(NamedTuple):
    start: int
    end: int
    why: Why | None


_START: Final = re.compile(rf"[{DIGIT}{NUMERAL}双雙半①-⑳]")
_RUN: Final = re.compile(rf"[{NUMERAL}]+|[{DIGIT}]+|.", re.DOTALL)
_ASCII: Final = re.compile(r"[A-Za-z0-9./:_?=&%#@~+-]{0,200}")
_ASCII_BEFORE: Final = re.compile(r"[A-Za-z0-9./:_?=&%#@~+-]{1,80}$")
_HIDDEN_DIGITS: Final = re.compile(rf"[{DIGIT}]*(?:[*＊×xX✕]+|某)(?![0-9])")
_ORDINAL: Final = re.compile(
    rf"[{BLANK}]{{0,2}}(?:(?:[{DIGIT}]{{1,6}}|[{NUMERAL}]{{1,6}})(?:至第?(?:[{DIGIT}]{{1,4}}|[{NUMERAL}]{{1,4}}))?)[{BLANK}]{{0,2}}"
    r"(?P<tail>责任人|議題|议题|季度|批次|[次届批期轮条章款项号號名位道个场站课类种部篇代组集讲版卷册页年天周家例案节])?"
)
_FIRST: Final = re.compile(r"一(?:责任人|時間|时间|线|要务|道防线|窗口|资源|抓手|方阵|梯队|步|粒)")
_WORKING: Final = re.compile(r"第一(?:议题|議題|课)")
_QUOTES: Final = {"“": "”", "‘": "’", "「": "」", "『": "』", '"': '"', "＂": "＂"}
_OPENING: Final = re.compile(r"[“”‘’「」『』\"＂]")
_BOUNDARY: Final = frozenset("。；;：:！!？?|\n\r）)”》" + BLANK)
_STOP: Final = frozenset("，,。；;、：:）)|！!？? \n\r\t”》（(")
_CONGRESS: Final = re.compile(
    r"(?:二十|十[一二三四五六七八九]?)(?:届(?:[一二三四五六七八九]中(?=、|全会)(?:全会)?)?|大(?![类项道量型规]))|[一二三四五六七八九]中全会"
)
_TRIAL: Final = re.compile(r"[一二]审(?!查|核|批|议|计|慎)")
_YEARS_ON: Final = re.compile(r"(?:行动|计划|规划|方案|来|以来|期|纲要|攻坚|滚动|提升|倍增|实施|目标)")
_YEARS_BACK: Final = re.compile(r"(?:近|过去|未来|今后|往后|[前后这往整多每上下头第])(?:的)?$")
_DAYS_SPENT: Final = re.compile(r"[至到为由短缩减过用时了需前]$")
_NOT_COUNTED: Final = re.compile(r"(?:阶段|环节|层面|维度|层级|角度|步骤|时段|梯次|梯队|世纪|一批|五年|一起来)")
_STEP: Final = re.compile(r"[一二三四]期(?:工程|项目|建设|改造)")
_PLACE: Final = re.compile(r"(?:家[渠村镇乡庄庙]|台[县山镇]|里[镇乡村店铺河]|元区|门[峡县])")
_PAGE_LINE: Final = re.compile(rf"[{BLANK}]*[-—–]+[{BLANK}]*[{DIGIT}]{{1,4}}[{BLANK}]*[-—–]+[{BLANK}]*(?:[\r\n]|$)")
_VERSION: Final = re.compile(rf"[{DIGIT}]{{1,2}}[.．][{DIGIT}]{{1,2}}(?:[.．][{DIGIT}]+)?(?=版|时代|系统|事项|平台|模式|升级|[”’\"]|工程|改革)|[{DIGIT}][.．][0０](?![{DIGIT}])")
_LABELLED: Final = re.compile(r"(?:附件|附表|附录|表格?|图|专栏|附)[：:]?$")

_NUMBER_SIGN: Final = re.compile(rf"[{DIGIT}]{{1,6}}[{BLANK}]?[号號](?:令|文件|公告|文)?")
_VAGUE: Final = re.compile(rf"[{NUMERAL}{DIGIT}]+[几幾数](?=[{HAN}])")
_WEAK_HAN: Final = frozenset("道门步点口字里头层课面首版分句段章集尾单案元台只席秒米")
_SHORT_TIMES: Final = frozenset("次 期 场 场次 轮 篇 小时 学时 课时 天 人次 节 堂 回 趟 遍".split())
_ONCE: Final = frozenset("次 场 期 轮 件 起 例 名 家 份 部 人 宗 篇 人次 场次 件次 轮次".split())
_VERB_BEFORE: Final = re.compile(rf"(?:{'|'.join(VERBS)})$")
_BY_FIRST: Final = {
    first: tuple(sorted((one for one in NAMES if one[0] == first), key=len, reverse=True)) for first in {one[0] for one in NAMES}
}


def mark(text: str, outline: Outline, titles: tuple[Title, ...]) -> tuple[Mention, ...]:
    """Every number-like place of the text, disjoint and in order; `why` None is put to the model."""
    scan = _Scan(text, frozenset(block.start for block in outline.blocks), titles)
    found: list[Mention] = []
    at = 0
    while (hit := _START.search(text, at)) is not None:
        at = hit.start()
        place = scan.arabic(at) if scan.is_arabic(at) else scan.han(at)
        start = max(place.start, scan.floor) if place else at
        if place is None or place.end <= start:
            at = _RUN.match(text, at).end()  # type: ignore[union-attr]
            continue
        inside = outline.body_start <= start < outline.body_end
        found.append(Mention(start, place.end, place.why if inside or place.why == "date" else "page"))
        scan.floor = at = place.end
    return tuple(found)


@dataclass(slots=True)
class _Scan:
    """What one pass knows: the text, where blocks start, the titles, and where the last mention ended."""

    text: str
    block_starts: frozenset[int]
    titles: tuple[Title, ...]
    floor: int = 0
    title: int = 0

    def is_arabic(self, at: int) -> bool:
        """Whether a digit stands at `at`; ① counts as one."""
        return self.text[at] not in NUMERAL and self.text[at] not in "双雙半"

    def arabic(self, at: int) -> _Place | None:
        """The mention of the digits at `at`: first what its form settles, then the quantity."""
        text = self.text
        before = text[at - 1] if at else "\n"
        if "①" <= text[at] <= "⑳":
            return _Place(at, at + 1, "enumerator")
        settled = self._token(at, before) or self._by_form(at, before)
        if settled is not None:
            return settled
        surface = surface_at(text, at, floor=self.floor)
        if surface is None:
            return None
        return self._judged(surface)

    def _token(self, at: int, before: str) -> _Place | None:
        """Digits inside an ASCII word: addresses, identifiers, 5G, A4."""
        text = self.text
        if before.isascii() and (before.isalnum() or before in "./_=&?%@#-+:"):
            head = _ASCII_BEFORE.search(text[max(self.floor, at - 80) : at])
            if head is not None and any(ch.isalpha() for ch in head.group()):
                end = _ASCII.match(text, at).end()  # type: ignore[union-attr]
                chain = head.group() in ("N+", "n+", "X+", "x+")
                return _Place(at - len(head.group()), end, "name" if chain or "/" not in head.group() else "other")
        return None

    def _by_form(self, at: int, before: str) -> _Place | None:
        text = self.text
        if before in "〔[［【(（﹝〖":
            if number := DOCUMENT_NUMBER.match(text, at - 1):
                return _Place(at - 1, number.end(), "document_number")
            if (item := re.compile(rf"[{DIGIT}]{{1,2}}[)）]").match(text, at)) and text[at - 2 : at - 1] not in ("第",):
                return _Place(at - 1, item.end(), "enumerator")
        if before == "第" or (before in BLANK and text[at - 2 : at - 1] == "第"):
            return self._ordinal(at)
        if found := ROUND_THE_CLOCK.match(text, at):
            return _Place(at, found.end(), "rhetoric")
        if (found := CHAIN.match(text, at)) or (before in "+＋" and (found := re.compile(rf"[{DIGIT}]{{1,2}}").match(text, at))):
            return _Place(at, found.end(), "name")
        starts = before in _BOUNDARY or at in self.block_starts
        glued = not self.block_starts and text[at + 1 : at + 2] in (".", "．") and text[at + 2 : at + 3] not in BLANK
        if (starts or glued) and (found := ENUMERATOR.match(text, at)) and (starts or "、" not in found.group()):
            return _Place(at, found.end(), "enumerator")
        if (found := NAMED_DAY.match(text, at)) and (found["dot"] not in ".．" or (before in "“‘\"「" or text[found.end() : found.end() + 1] in "”’\"」宪")):
            return _Place(at, found.end(), "date")
        if (found := DATE.match(text, at)) and not (":" in found.group() and text[max(0, at - 3) : at].endswith(("比", "比为", "比例"))):
            return _Place(at, found.end(), "date")
        if found := HOTLINE.match(text, at) or SHORT_LINE.match(text, at):
            surface = surface_at(text, at)
            if surface is None or surface.unit is None:
                return _Place(at, found.end(), "other" if len(found.group()) > 6 else "name")
        if found := _VERSION.match(text, at):
            surface = surface_at(text, at)
            if surface is None or surface.unit in (None, "版"):
                return _Place(at, found.end(), "name")
        if (found := _HIDDEN_DIGITS.match(text, at)) and not (before == "*" and text[found.end() - 1] == "*"):
            return _Place(at, found.end(), "other")
        if found := _NUMBER_SIGN.match(text, at):
            official = found.group()[-1] in "令文件告" or before in "令告"
            return _Place(at, found.end(), "document_number" if official else "name")
        return None

    def _ordinal(self, at: int) -> _Place | None:
        """第…: a rank is a statistic, 第12号 a document number, the rest ordinals."""
        text = self.text
        start = at - 1 if text[at - 1] == "第" else at - 2
        found = _ORDINAL.match(text, start + 1)
        if found is None:
            return None
        end, tail = found.end(), found["tail"]
        if tail in (None, "位", "名") and text[end : end + 1] in _STOP | {""} and RANK.search(text[max(0, start - 12) : start]):
            return _Place(at, end, None)
        if _WORKING.match(text, start):
            return _Place(start, end, "name")
        if first := _FIRST.match(text, at):
            return _Place(start, first.end(), "rhetoric")
        if text[at : at + 2] == "三方":
            return None
        if tail in ("号", "號"):
            return _Place(start, end, "document_number")
        return _Place(start, end, "date" if tail == "季度" else "page" if tail == "页" else "ordinal")

    def _judged(self, one: Surface) -> _Place:
        """A number in digits: open unless what stands around it says that it counts nothing."""
        text, unit = self.text, one.unit
        place = _Place(one.start, one.end, None)
        after = text[one.end : one.end + 1]
        if quantity_of(text, one) is None:
            return place._replace(why="other")
        if unit is None and one.number and (year := BARE_YEAR.match(text, one.at)) and year.end() == one.end:
            return place._replace(why="date")
        if one.number and unit in ("版", "届", "级") and BARE_YEAR.match(text, one.at):
            return place._replace(why="date")
        if quoted := self._quoted(one):
            return quoted
        if circle := CIRCLE.match(text, one.end - len(unit or "")):
            return _Place(one.start, circle.end(), "name")
        if self._in_title(one.start):
            return place if unit and text[one.at - 1] in "共计等" else place._replace(why="name")
        if unit in _SHORT_TIMES and EVERY.search(text[max(0, one.start - 16) : one.start]):
            return place._replace(why="rhetoric")
        why = self._why_of_unit(one)
        if why is not None:
            return place._replace(why=why)
        if unit is None and one.part is None:
            if after in "几幾" and after:
                return _Place(one.start, one.end + 1, "rhetoric")
            if len(one.number) >= 7 and one.number.isdigit():
                return place._replace(why="other")
            if one.number in ("0", "０") and "\u4e00" <= after <= "\u9fff":
                return place._replace(why="rhetoric")
            if after in ("后", "後") and one.number in ("60", "70", "80", "90", "00"):
                return _Place(one.start, one.end + 1, "name")
            if _LABELLED.search(text[max(0, one.at - 4) : one.at]):
                return place._replace(why="enumerator")
            line = text.rfind("\n", max(0, one.at - 8), one.at) + 1
            if (line or one.at < 8) and _PAGE_LINE.match(text, line):
                return place._replace(why="page")
            if after == "+" or (after and after.isascii() and after.isalpha()):
                end = _ASCII.match(text, one.end).end()  # type: ignore[union-attr]
                return _Place(one.start, end, "name")
        return place

    def _why_of_unit(self, one: Surface) -> Why | None:
        text, unit = self.text, one.unit
        if unit == "年" and not one.after:
            if _YEARS_ON.match(text, one.end) or _YEARS_BACK.search(text[max(0, one.start - 3) : one.start]) or one.before in ("近", "将近"):
                return "date"
        elif unit == "日":
            return None if one.after or _DAYS_SPENT.search(text[max(0, one.start - 1) : one.start]) else "date"
        elif unit == "点" and text[one.end : one.end + 1] in "整钟半到至—-":
            return "date"
        elif unit in ("级", "星级", "周年"):
            return "name"
        elif unit == "届":
            return "ordinal"
        elif unit in ("岁", "歲", "周岁"):
            return "other"
        return None

    def _quoted(self, one: Surface) -> _Place | None:
        """A number inside a short quotation is part of a name, unless the quotation is nothing but a quantity."""
        text = self.text
        window = max(self.floor, one.start - 20)
        marks = list(_OPENING.finditer(text, window, one.start))
        if not marks or (closing := _QUOTES.get(marks[-1].group())) is None:
            return None
        opened = marks[-1].end()
        closed = text.find(closing, one.end, one.end + 20)
        inside = text[opened:closed] if closed >= 0 else "。"
        if any(ch in "。；;，,：:\n" for ch in inside) or (closing in '"＂' and len(inside) > 12):
            return None
        if one.unit in ("%", "％") or (one.unit and one.unit != "次" and opened == one.start and closed == one.end):
            return _Place(one.start, one.end, None)
        return _Place(opened, closed, "name") if len(inside) <= 16 else _Place(one.start, one.end, "name")

    def _in_title(self, at: int) -> bool:
        while self.title < len(self.titles) and self.titles[self.title].end <= at:
            self.title += 1
        return self.title < len(self.titles) and self.titles[self.title].start <= at

    def han(self, at: int) -> _Place | None:
        """The mention of the Chinese numerals at `at`; None where nobody would take them for a statistic."""
        text = self.text
        before = text[at - 1] if at else "\n"
        if before == "第":
            return self._ordinal(at)
        for name in _BY_FIRST.get(text[at], ()):
            if text.startswith(name, at) and not (name == "一件事" and text[at - 1 : at] in "第"):
                return _Place(at, at + len(name), "rhetoric" if name in RHETORIC else "name")
        if text[at] in "双雙":
            return None
        if found := HAN_DATE.match(text, at):
            return None if text[max(0, at - 1) : at] in "个個" else _Place(at, found.end(), "date")
        if (found := _CONGRESS.match(text, at)) or (found := _TRIAL.match(text, at)):
            return _Place(at, found.end(), "ordinal")
        bracket = before in "(（"
        if (bracket or before in _BOUNDARY or at in self.block_starts) and (found := HAN_ENUMERATOR.match(text, at)):
            closed = found.group()[-1] in ")）"
            if bracket == closed:
                return _Place(at - bracket, found.end(), "enumerator")
        if found := _VAGUE.match(text, at):
            tail = surface_at(text, at, limit=found.end())
            return None if tail is None else _Place(at, found.end(), "rhetoric")
        one = surface_at(text, at, floor=self.floor)
        return None if one is None else self._judged_han(one, before)

    def _judged_han(self, one: Surface, before: str) -> _Place | None:
        text, unit = self.text, one.unit
        if quantity_of(text, one) is None:
            return None
        place = _Place(one.start, one.end, None)
        after = text[one.end : one.end + 1]
        hedged = bool(one.before or one.after or one.number[-1:] in "余餘多来")
        if one.part is not None or (one.number in ("一半", "半数") and (hedged or after in _STOP)):
            return self._quoted(one) or place
        if unit is None:
            if after == "大" and "\u4e00" <= text[one.end + 1 : one.end + 2] <= "\u9fff" and one.number not in ("万", "千", "百"):
                return _Place(one.start, one.end + 1, "name")
            return place if one.number == "零" and before in "为是" and after in _STOP else None
        if before in "数數几幾" and one.number[0] in "十百千万亿":
            return _Place(one.at - 1, one.end, "rhetoric")
        if text.startswith("二十四小时", one.at):
            return _Place(one.at, one.at + 5, "rhetoric")
        if circle := CIRCLE.match(text, one.end - len(unit)):
            return _Place(one.start, circle.end(), "name")
        if one.number[0] in "百千万亿萬億" and not hedged:
            return None
        if quoted := self._quoted(one):
            return quoted
        if self._in_title(one.start) or _PLACE.match(text, one.end - len(unit)) or _NOT_COUNTED.match(text, one.end):
            return None
        if EVERY.search(text[max(0, one.start - 16) : one.start]):
            return _Place(one.start, one.end, "rhetoric")
        if _STEP.match(text, one.at):
            return _Place(one.start, one.end, "ordinal")
        if unit == "日" and not one.after:
            return None
        why = self._why_of_unit(one)
        if why is not None:
            return _Place(one.start, one.end, why)
        if one.number == "半":
            return None if before in "上下每大多" or text.startswith(("来", "以来"), one.end) else place
        if unit in ("%", "％", "倍", "成") or "百分点" in unit:
            return place
        if one.number in ("一", "壹", "二", "零"):
            return place if self._once(one, after) else None
        return None if unit in _WEAK_HAN and not hedged else place

    def _once(self, one: Surface, after: str) -> bool:
        """召开一次会议 and 案件一件， count something; 一个, 一批 and 一次办成 are articles and slogans."""
        if one.unit not in _ONCE or after == "一" or one.number == "二":
            return one.unit in _ONCE and one.number == "二" and after in _STOP
        if one.number == "零":
            return after in _STOP
        return _VERB_BEFORE.search(self.text[max(0, one.start - 2) : one.start]) is not None and after != "性"
