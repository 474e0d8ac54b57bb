"""
What a heading or an opening sentence announces: achievements, problems, plans, the leaders' responsibility.

It knows the genre's words for the five required parts and nothing of where they stand.
"""

import re
from typing import Final

from schemas.extraction import Role

_MENDED: Final = re.compile(
    r"(?<![和及与、])整改|整改(?!的?(?:措施|方向|举措|建议|意见|计划|方案|思路))|化解|纠纷|专项整治|专项治理|清理|研究解决|反馈问题|问题导向|治理.{0,6}问题|破解|解决.{0,12}(?:问题|难题)|补(?:齐|短|强)|应诉|信访"
)
_PROBLEMS: Final = re.compile(
    r"(?:存在|面临|尚有|仍有|还有|遇到).{0,10}(?:问题|不足|短板|差距|困难|弱项|薄弱)|(?:问题|困难|短板|差距|薄弱环节|弱项)(?:和|及|与|、|以及)(?:其?产生的?)?(?:主要)?"
    r"(?:不足|原因|困难|问题|短板|差距|薄弱)|不足(?:之处|和|及|与|、|$)|问题(?:查摆|剖析)|(?:主要|突出)(?:问题|不足|困难)(?:$|[和及与、])|薄弱环节|短板(?:弱项|问题|不足|$)|原因分析|^(?:工作)?(?:中的)?(?:问题|不足|差距|困难|短板)$"
    r"|有待|亟待|亟需|还需|仍需|尚需|不(?:够|强|足|高|到位|均衡|平衡|充分|完善|健全|深入|规范|扎实|牢固|平均|全面|适应|严格)(?:$|[、,，的])"
)
_PLANS: Final = re.compile(
    r"下一?步|下一?(?:年|阶段|年度)|(?:^|[及和与、])(?:今后|明年|来年|新的?一年)|(?:工作|主要|重点|总体|初步)(?:安排|计划|打算|思路|谋划|展望|设想|规划)(?:$|[和及与、])|(?:^|[及和与、])(?:打算|安排|展望|计划|思路|对策建议)$"
    r"|努力方向|(?:改进|整改|对策|应对)(?:的?(?:措施|方向|举措|建议|意见))|未来(?:工作|规划)|(?:打算|展望)$"
)
_DONE: Final = re.compile(r"成效|成绩|进展|完成|落实|亮点|特色|做法|举措|开展情况|推进情况|工作情况|履行|回顾|总结")
# What was done, as the first of several parts that one heading names: 2023年工作总结和2024年工作计划.
_DONE_FIRST: Final = re.compile(r"(?:成效|成绩|进展|亮点|特色|做法|举措|情况|回顾|总结)(?:以及|[和及与、暨])")
_LEADERS: Final = re.compile(
    r"第一责任人|(?:主要(?:负责(?:人|同志)|领导(?:干部|同志)?)|党政正职)[^，,。]{0,20}(?:职责|履职|责任)|履职情况|述法"
)
_OTHER: Final = re.compile(r"其他|其它|附则|^(?:基本|总体)(?:概况|要求)$|指导思想|名词解释")
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?=年)")


def roles_of(heading: str, year: int | None) -> tuple[Role, ...]:
    """The parts a heading names, in its order; empty where it names none. `year` is the one reported on."""
    found: list[tuple[int, Role]] = []
    mended = _MENDED.search(heading)
    if (m := _PROBLEMS.search(heading)) and not mended:
        found.append((m.start(), "problems"))
    coming = _YEAR.search(heading)
    if m := _PLANS.search(heading) or (coming if coming and year and int(coming.group()) > year else None):
        found.append((m.start(), "plans"))
    if (m := _LEADERS.search(heading)) and not found:
        found.append((m.start(), "responsibility"))
    if not found and (m := _OTHER.search(heading)):
        found.append((m.start(), "other"))
    found.sort()
    if found and found[0][1] in ("problems", "plans") and _DONE_FIRST.search(heading, 0, found[0][0]):
        found.insert(0, (0, "achievements"))
    if (
        found
        and found[0][1] == "plans"
        and year
        and _DONE.search(heading)
        and str(year) in heading
        and not re.search("下|今后|明年|打算", heading)
    ):
        return ("achievements",)
    if not found and _DONE.search(heading):
        return ("achievements",)
    return tuple(role for _, role in found)


def label_of(line: str, year: int | None) -> Role | None:
    """Problems or plans, where a short line without a number is a heading to them: 存在的不足：, 下一步打算."""
    words = line.strip().rstrip("：:")
    if not 4 <= len(words) <= _LABEL or re.search(r"[，,。；;：:]|^[一二三四五六七八九十]是", words):
        return None
    return next((role for role in roles_of(words, year)[:1] if role in ("problems", "plans")), None)


_LABEL: Final = 16
_NUMBERED: Final = r"\s*(?:[一二三四五六七八九十]是|[(（]?[一二三四五六七八九十\d]{1,2}[)）、.．])?\s*"
_THEREFORE: Final = (
    r"(?:(?:同时|为此|对此|因此|据此|(?:面对|针对)[^，,。]{0,24}(?:问题|不足|短板|差距|困难|弱项))[，,]\s*)?"
)
_LOOKS_AHEAD: Final = re.compile(
    rf"{_NUMBERED}{_THEREFORE}"
    r"(?:在?下一?步|下一?(?:年|阶段|年度)|下来|接下来|在?今后|明年|来年|新的?一年|面向未来|展望(?:未来|20)|针对(?:以上|上述|存在)[^，,。]{0,16}(?:问题|不足|短板|差距))"
)
_YEAR_FIRST: Final = re.compile(
    rf"{_NUMBERED}{_THEREFORE}(?:在)?((?:19|20)\d\d)年"
    r"(?:度|，|,|是|我|将|要|全|计划|拟|力争|继续|[\u4e00-\u9fff]{2,12}?(?:将|要))"
)
# 下一步计划建设的公园已完成选址 tells of what was done.
_ALREADY_DONE: Final = re.compile(r"[^，,。；;：:将要拟对]*已[^，,。；;：:的]*(?:[，,。；;：:]|$)")
_FALLS_SHORT: Final = re.compile(
    r"(?:存在|面临|尚有|仍有|还有|依然有)(?:着|的|一些|一定|不少|许多|诸多|以下|如下|很多|较多|明显|的?主要|若干|[“\"”、]|[^，,。；;:：]){0,14}?(?:问题|不足|短板|差距|薄弱环节|弱项|困难)"
    r"|(?:与|同|对照|对标)[^。]{2,40}(?:相比|要求|期盼|期待)?[^。]{0,12}(?:差距|短板|不足)|(?:主要|突出)(?:问题|不足|差距)(?:是|有|表现|体现|如下)|(?:^|[，,]|存在的)(?:问题|不足|短板)主要(?:是|有|表现|体现)|不容忽视|清醒(?:地)?(?:看到|认识)"
)
_TURN: Final = re.compile(
    r"虽然|虽|尽管|但|同时|仍|还|尚有|依然|主要(?:是|表现|体现|有|存在)|表现[为在]|不容忽视|清醒|对照|相比|一是"
)
_NOT_OURS: Final = re.compile(r"发现[^，。]{0,20}问题|整改|针对|督促|排查|查找|反馈")


def looks_ahead(sentence: str, year: int | None) -> bool:
    """Whether a sentence opens an outlook: 下一步…, 2024年，我县将… in a report on 2023."""
    if _LOOKS_AHEAD.match(sentence):
        return not _ALREADY_DONE.match(sentence)
    m = _YEAR_FIRST.match(sentence)
    return (
        m is not None
        and year is not None
        and int(m.group(1)) == year + 1
        and re.search(r"将|要|拟|力争|继续|进一步|着力|持续|计划|推进|深入", sentence) is not None
    )


def falls_short(sentence: str) -> bool:
    """Whether a sentence opens an account of shortcomings."""
    m = _FALLS_SHORT.search(sentence)
    if m is None or not _TURN.search(sentence):
        return False
    return not (_NOT_OURS.search(sentence) and not re.search(r"虽|但|主要表现|不足", sentence))


def year_at(text: str, body_start: int) -> int | None:
    """The year reported on, as far as roles need it: the first named around the body's beginning, dates apart."""
    m = re.search(
        r"(?<![\d—\-－–至])((?:19|20)\d\d)年(?!\s?\d{1,2}月)", text[max(0, body_start - 300) : body_start + 300]
    )
    return int(m.group(1)) if m else None
