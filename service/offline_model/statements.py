"""
Which sentences state a shortcoming and which a plan, by headings, opening words and the words of the sentence.

It reads a part from top to bottom and remembers where it is. It knows nothing of numbers.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from schemas.outline import Span

Mode = Literal["problem", "plan"]

_PROBLEM_HEADING: Final = re.compile(r"问题|不足|短板|困难|薄弱|差距|弱项")
_PLAN_HEADING: Final = re.compile(
    r"下一?步|下一?年|下一?阶段|明年|来年|今后|打算|努力方向|展望|(?:工作|主要)(?:安排|计划|思路|目标|重点|要点|设想)|重点工作安排|改进(?:措施|方向)|"
    r"^\W*(?:20\d\d年)(?:度)?(?:重点|主要)?工作"
)
_OPENS_PLAN: Final = re.compile(
    r"^\W{0,3}(?:下一?步|下一?年度?|下一?阶段|今后|明年|来年|新的一年|接下来|下来)|^\W{0,3}20\d\d年[^。;；]{0,30}(?:将|(?<![主重必需首纲])要(?!求|点|素))"
)
_OPENS_PROBLEM: Final = re.compile(
    r"(?:(?<![正现改决])存在|面临|还有|仍有|尚有)[^。;\uff1b]{0,24}(?:问题|不足|短板|弱项|差距|困难|薄弱)|(?<![补齐强])(?:问题|不足|短板|差距)[^。;\uff1b]{0,12}(?:主要|表现|有(?![力效序关])|是|:|\uff1a)"
)
_LACKS: Final = re.compile(
    r"不够|不足|不强|不高|不多|不深|不严|不准|不全|不细|不一|不实|不熟|不到位|不平衡|不均衡|不规范|不完善|不健全|不适应|不及时|不充分|不明显|不匹配|"
    r"薄弱|滞后|短板|弱项|欠缺|差距|有待|亟待|亟需|亟须|尚未|还未|还没有|没有|未能|缺乏|缺少|缺位|难以|困难|较弱|偏弱|偏少|偏低|较少|较低|较慢|"
    r"瓶颈|流于形式|走过场|矛盾|压力|问题|不|欠|弱|差"
)
_LEADS_IN: Final = re.compile(
    r"(?:存在|还有|仍有|面临|存有|看到)(?:着)?(?:(?:一些|以下|不少|诸多|很多|一定|突出|几个|的)+(?:突出)?(?:问题|不足|短板|弱项|差距|困难)|(?:问题|不足))"
    r"(?:(?:和|与|、)(?:问题|不足|短板|弱项|差距|困难))?(?:[,\uff0c]?主要(?:是|有|表现(?:为|在)?|体现在)?)?[。:\uff1a;\uff1b!\uff01]?$"
)
# A line that is a heading without a mark: 存在不足的原因.
_ONLY_NAMES: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{0,14}的?)?(?:主要|突出)?(?:问题|不足|短板|原因|困难|差距|原因分析)[:\uff1a]?$"
)
# What a lead-in never says: a shortcoming by name.
_NAMED: Final = re.compile(
    r"不够|不强|不高|不到位|不平衡|不均衡|不规范|薄弱|滞后|有待|亟[待需]|尚未|还未|缺乏|难以|差距"
)


_CLOSES: Final = re.compile(
    r"^(?:特此|以上报告|专此|此报|附件|附表|联系人|\(?此件)|^\W*\d{4}年\d{1,2}月\d{1,2}日\W*$|"
    r"^[^,\uff0c。;\uff1b:\uff1a]{2,30}(?:政府|办公[室厅]|委员会|[局厅委办]|办事处|中心|院)(?:\s*\d{4}年\d{1,2}月\d{1,2}日)?$"
)


def classify(text: str, headings: Sequence[str], sentences: Sequence[Span]) -> tuple[list[int], list[int]]:
    """Numbers (from 1) of the sentences that state a problem, and of those that state a plan."""
    problems: list[int] = []
    plans: list[int] = []
    mode = _of_headings(headings)
    under_heading = mode == "problem"
    before = 0
    for number, sentence in enumerate(sentences, start=1):
        words = text[sentence.start : sentence.end].partition("……")[0].strip()  # …… stands for what was left out
        told = _of_gap(text[before : sentence.start], mode)
        under_heading = told == "problem" and (under_heading or told != mode)
        mode = told
        before = sentence.end
        if _CLOSES.search(words):
            mode = None
            continue
        mode = _of_opening(words, mode)
        if mode == "plan":
            plans.append(number)
        elif mode == "problem" and (under_heading or _LACKS.search(words)) and not _only_leads_in(words):
            problems.append(number)
    return problems, plans


def _of_headings(headings: Sequence[str]) -> Mode | None:
    for heading in reversed(headings):
        mode = _of_heading(heading)
        if mode:
            return mode
    return None


def _of_heading(heading: str) -> Mode | None:
    problem, plan = _PROBLEM_HEADING.search(heading), _PLAN_HEADING.search(heading)
    if problem:
        return "problem"
    return "plan" if plan else None


def _of_gap(gap: str, mode: Mode | None) -> Mode | None:
    """What stands between two candidate sentences: a heading there may change where we are."""
    for line in re.split(r"\n|……", gap):
        if re.match(r"\s*[一二三四五六七八九十]+、", line) and len(line) < 60:
            mode = _of_heading(line)
        elif re.match(r"\s*[(\uff08][一二三四五六七八九十]+[)\uff09]", line) and len(line) < 60:
            mode = _of_heading(line) or mode
    return mode


def _of_opening(words: str, mode: Mode | None) -> Mode | None:
    if _OPENS_PLAN.search(words):
        return "plan"
    if mode != "plan" and _OPENS_PROBLEM.search(words):
        return "problem"
    return mode


def _only_leads_in(words: str) -> bool:
    """A sentence that says only that there are problems: 但也还存在一些不足。"""
    if _ONLY_NAMES.match(words):
        return True
    found = _LEADS_IN.search(words)
    return bool(found) and not _NAMED.search(words[: found.start()] if found else "")
