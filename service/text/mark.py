"""
Text to mentions: every number-like place, settled with its reason or left open for the model.

A place is settled only where its form says so (a date, a document number, an enumerator, a hotline, a slogan);
what needs judgement is open. It knows nothing of indicators; what a number says is `quantity`'s.
"""

import re
from dataclasses import dataclass
from typing import Final

from schemas.extraction import Why
from schemas.mention import Mention
from schemas.outline import Outline, Title
from service.text.forms import ASCII_WORD, STOPS, Place, settle_digits, settle_numerals
from service.text.lexicon import (
    BARE_YEAR,
    BLANK,
    CIRCLE,
    DIGIT,
    EVERY,
    NUMERAL,
    RANK,
    VERBS,
)
from service.text.quantity import Surface, is_readable, surface_at

SCANNER_VERSION: Final = "3"


_HAN: Final = frozenset(NUMERAL + "双雙半")
_START: Final = re.compile(rf"[{DIGIT}{NUMERAL}双雙半①-⑳]")
_RUN: Final = re.compile(rf"[{NUMERAL}]+|[{DIGIT}]+|.", re.DOTALL)
_QUOTES: Final = {"“": "”", "‘": "’", "「": "」", "『": "』", '"': '"', "＂": "＂"}
_OPENING: Final = re.compile(r"[“”‘’「」『』\"＂]")
_YEARS_ON: Final = re.compile(r"(?:行动|计划|规划|方案|来|以来|期|纲要|攻坚|滚动|提升|倍增|实施|目标)")
_YEARS_BACK: Final = re.compile(r"(?:近|过去|未来|今后|往后|[前后这往整多每上下头第])(?:的)?$")
_DAYS_SPENT: Final = re.compile(r"[至到为由短缩减过用时了需前示限满起隔后]$")
# How long something takes, said of a list of days: 由60日、30日压减至15日、7日, 承诺时限7日. A list that a month opens is of dates.
_LASTS: Final = re.compile(r"时限|期限|时长|用时|耗时|压减|压缩|缩短|缩减")
_DAY_OF_MONTH: Final = re.compile(rf"(?:月|于|截[至止])[{DIGIT}日、和及]*$")
_CUT: Final = re.compile(r"[，,。；;：:！？\r\n]")
_OF_THE_DAY: Final = re.compile(r"(?:[早晚]上?|[上下中]午|凌晨|夜间|傍晚)$")
_TURNS: Final = re.compile(r"翻了?$")
_SLOGAN: Final = re.compile(rf"坚持|必须|不得|严禁|(?=[{DIGIT}]+[%％]|百分之?百)")
_NOT_COUNTED: Final = re.compile(r"(?:阶段|环节|层面|维度|层级|角度|步骤|时段|梯次|梯队|世纪|一批|五年|一起来)")
_STEP: Final = re.compile(r"[一二三四]期(?:工程|项目|建设|改造)")
_PLACE: Final = re.compile(r"(?:家[渠村镇乡庄庙]|台[县山镇]|里[镇乡村店铺河]|元区|门[峡县])")
_PAGE_LINE: Final = re.compile(rf"[{BLANK}]*[-—–]+[{BLANK}]*[{DIGIT}]{{1,4}}[{BLANK}]*[-—–]+[{BLANK}]*(?:[\r\n]|$)")
_LABELLED: Final = re.compile(r"(?:附件|附表|附录|表格?|图|专栏|附|案例)[：:]?$")

_WEAK_HAN: Final = frozenset("通道门步点口字里头层课面首版分句段章集尾单案元台只席秒米")
_SHORT_TIMES: Final = frozenset(
    ["次", "期", "场", "场次", "轮", "篇", "小时", "学时", "课时", "天", "节", "堂", "回", "趟", "遍"]
)
_ONCE_WORDS: Final = "次 场 期 轮 件 起 例 名 家 份 部 人 宗 篇 人次 场次 件次 轮次 个 项"
_ONCE: Final = frozenset(_ONCE_WORDS.split())
_ONLY: Final = re.compile(r"(?:[仅只]有|剩余|其余|仅)$")
_SPANS: Final = frozenset(["天", "小时", "个工作日", "个月", "个小时", "周", "分钟"])
_NO_COUNT_BEFORE: Final = frozenset("每跑查首上下只再又有同这那任哪另统唯单逐万不")
_VERB_BEFORE: Final = re.compile(rf"(?:{'|'.join(VERBS)})$")


def mark(text: str, outline: Outline, titles: tuple[Title, ...]) -> tuple[Mention, ...]:
    """Every number-like place of the text, disjoint and in order; `why` None is put to the model."""
    scan = _Scan(text, frozenset(block.start for block in outline.blocks), titles)
    found: list[Mention] = []
    at = 0
    while (hit := _START.search(text, at)) is not None:
        at = hit.start()
        place = scan.numerals(at) if text[at] in _HAN else scan.digits(at)
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

    def digits(self, at: int) -> Place | None:
        """The mention of the digits at `at`."""
        settled = settle_digits(self.text, at, self.floor, self.block_starts)
        if settled is not None:
            return settled
        surface = surface_at(self.text, at, floor=self.floor)
        return None if surface is None else self._judged(surface)

    def numerals(self, at: int) -> Place | None:
        """The mention of the Chinese numerals at `at`; None where nobody would take them for a statistic."""
        settled = settle_numerals(self.text, at, self.block_starts)
        if settled is not None:
            return settled
        surface = surface_at(self.text, at, floor=self.floor)
        return None if surface is None else self._judged_han(surface, self.text[at - 1] if at else "\n")

    def _judged(self, one: Surface) -> Place:
        """A number in digits: open unless what stands around it says that it counts nothing."""
        text, unit = self.text, one.unit
        place = Place(one.start, one.end, None)
        after = text[one.end : one.end + 1]
        if not is_readable(one):
            return place._replace(why="other")
        if unit is None and one.number and (year := BARE_YEAR.match(text, one.at)) and year.end() == one.end:
            return place._replace(why="date")
        if one.number and unit in ("版", "届", "级") and BARE_YEAR.match(text, one.at):
            return place._replace(why="date")
        if circle := CIRCLE.match(text, one.end - len(unit or "")):
            return Place(one.start, circle.end(), "name")
        if quoted := self._quoted(one):
            return quoted
        if self._in_title(one.start):
            return place if unit and text[one.at - 1] in "共计等" else place._replace(why="name")
        if unit in _SHORT_TIMES and EVERY.search(text[max(0, one.start - 16) : one.start]):
            return place._replace(why="rhetoric")
        why = self._why_of_unit(one)
        if why is not None:
            return place._replace(why=why)
        if unit is None and one.part is None:
            if after in "几幾" and after:
                return Place(one.start, one.end + 1, "rhetoric")
            if len(one.number) >= 7 and one.number.isdigit():
                return place._replace(why="other")
            if one.number in ("0", "０") and "\u4e00" <= after <= "\u9fff":
                return place._replace(why="rhetoric")
            if after in ("后", "後") and one.number in ("60", "70", "80", "90", "00"):
                return Place(one.start, one.end + 1, "name")
            if _LABELLED.search(text[max(0, one.at - 4) : one.at]):
                return place._replace(why="enumerator")
            line = text.rfind("\n", max(0, one.at - 8), one.at) + 1
            if (line or one.at < 8) and _PAGE_LINE.match(text, line):
                return place._replace(why="page")
            if after == "+" or (after and after.isascii() and after.isalpha()):
                end = ASCII_WORD.match(text, one.end).end()  # type: ignore[union-attr]
                return Place(one.start, end, "name")
        return place

    def _why_of_unit(self, one: Surface) -> Why | None:
        text, unit = self.text, one.unit
        if unit == "年" and not one.after:
            if (
                _YEARS_ON.match(text, one.end)
                or _YEARS_BACK.search(text[max(0, one.start - 3) : one.start])
                or one.before in ("近", "将近")
            ):
                return "date"
        elif unit == "日":
            spent = _DAYS_SPENT.search(text[max(0, one.start - 1) : one.start]) or self._lasts(one)
            return None if one.after or spent or text[one.end : one.end + 1] in frozenset("压缩减降提") else "date"
        elif unit == "点" and (
            text[one.end : one.end + 1] in frozenset("整钟半到至—-")
            or _OF_THE_DAY.search(text[max(0, one.start - 2) : one.start])
        ):
            return "date"
        elif unit in ("级", "星级", "周年"):
            return "name"
        elif unit == "届":
            return "ordinal"
        elif unit in ("岁", "歲", "周岁"):
            return "other" if one.after or text[one.end : one.end + 1] in frozenset("的儿少老女男未学(（") else None
        return None

    def _lasts(self, one: Surface) -> bool:
        """Whether the clause of a number of days is about how long something takes, and the days are no dates."""
        head = _CUT.split(self.text[max(0, one.start - 40) : one.start])[-1]
        tail = _CUT.split(self.text[one.end : one.end + 40])[0]
        return _LASTS.search(head + tail) is not None and _DAY_OF_MONTH.search(head) is None

    def _quoted(self, one: Surface) -> Place | None:
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
            return Place(one.start, one.end, None)
        return Place(opened, closed, "name") if len(inside) <= 16 else Place(one.start, one.end, "name")

    def _in_title(self, at: int) -> bool:
        while self.title < len(self.titles) and self.titles[self.title].end <= at:
            self.title += 1
        return self.title < len(self.titles) and self.titles[self.title].start <= at

    def _judged_han(self, one: Surface, before: str) -> Place | None:
        text, unit = self.text, one.unit
        if not is_readable(one):
            return None
        place = Place(one.start, one.end, None)
        after = text[one.end : one.end + 1]
        hedged = bool(one.before or one.after or one.number[-1:] in "余餘多来")
        if one.part is not None or (one.number in ("一半", "半数") and (hedged or after in STOPS)):
            return self._quoted(one) or place
        if unit is None:
            if (
                after == "大"
                and "\u4e00" <= text[one.end + 1 : one.end + 2] <= "\u9fff"
                and one.number not in ("万", "千", "百")
            ):
                return Place(one.start, one.end + 1, "name")
            if after in STOPS and (one.number == "零" and before in "为是"):
                return place
            ranked = before == "前" and after in STOPS and RANK.search(text[max(0, one.at - 8) : one.at - 1])
            return place if ranked else None
        if before in "数數几幾" and one.number[0] in "十百千万亿":
            return Place(one.at - 1, one.end, "rhetoric")
        if text.startswith("二十四小时", one.at):
            return Place(one.at, one.at + 5, "rhetoric")
        if circle := CIRCLE.match(text, one.end - len(unit)):
            return Place(one.start, circle.end(), "name")
        if one.number[0] in "百千万亿萬億" and not hedged:
            return None
        if unit == "番" and not _TURNS.search(text[max(0, one.start - 2) : one.start]):
            return None
        if unit == "个" and (slogan := _SLOGAN.match(text, one.end)):
            return Place(one.start, slogan.end(), "name" if slogan.group() else "rhetoric")
        if quoted := self._quoted(one):
            return quoted
        if self._in_title(one.start) or _PLACE.match(text, one.end - len(unit)) or _NOT_COUNTED.match(text, one.end):
            return None
        if EVERY.search(text[max(0, one.start - 16) : one.start]):
            return Place(one.start, one.end, "rhetoric")
        if _STEP.match(text, one.at):
            return Place(one.start, one.end, "ordinal")
        if unit == "日" and not one.after:
            return None
        why = self._why_of_unit(one)
        if why is not None:
            return Place(one.start, one.end, why)
        if one.number == "半":
            return None if before in "上下每大多" or text.startswith(("来", "以来"), one.end) else place
        if unit in ("%", "％", "倍", "成") or "百分点" in unit:
            return place
        if one.number in ("一", "壹", "二", "零"):
            return place if self._once(one, after) else None
        return None if unit in _WEAK_HAN and not hedged and len(one.number) == 1 else place

    def _once(self, one: Surface, after: str) -> bool:
        """召开一次会议 and 案件一件， count something; 一个, 一批 and 一次办成 are articles and slogans."""
        head = self.text[max(0, one.start - 2) : one.start]
        if (one.number == "一" and _ONLY.search(head)) or (head[-1:] in "由从至到为" and one.unit in _SPANS):
            return True
        if one.unit not in _ONCE or after == "一" or one.number == "二":
            return one.unit == "番" or (one.unit in _ONCE and one.number == "二" and after in STOPS)
        if one.number == "零":
            return after in STOPS
        text = self.text
        if after in STOPS and after not in "”(（ ":
            return text[one.start - 1 : one.start] not in _NO_COUNT_BEFORE and head[:1] != "一"  # 一村一名
        if head == "其中":
            return True
        return (
            one.unit not in ("个", "项")
            and after != "性"
            and _VERB_BEFORE.search(text[max(0, one.start - 2) : one.start]) is not None
        )
