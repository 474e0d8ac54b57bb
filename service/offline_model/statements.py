"""
Which sentences state a shortcoming and which a plan, by headings, opening words and the words of the sentence.

It reads a part from top to bottom and remembers where it is. It knows nothing of numbers.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from schemas.outline import Span

Mode = Literal["problem", "plan"]

_PROBLEM_HEADING: Final = re.compile(r"问题|不足|短板|困难|薄弱|差距|弱项|原因")
_PLAN_HEADING: Final = re.compile(
    r"下一?步|下一?年|明年|来年|今后|打算|安排|计划|思路|展望|(?:20\d\d年)?(?:度)?(?:工作)?(?:重点|目标|措施|规划)"
)
_OPENS_PLAN: Final = re.compile(r"^\W{0,3}(?:下一?步|下一?年度?|下一?阶段|今后|明年|来年|接下来|下来|20\d\d年,?(?:我|全|县|市|区|镇|局|将))")
_OPENS_PROBLEM: Final = re.compile(
    r"(?:存在|面临|还有|仍有|尚有)[^。;;]{0,24}(?:问题|不足|短板|弱项|差距|困难|薄弱)|(?:问题|不足|短板|差距)[^。;;]{0,12}(?:主要|表现|有|是|:|:)"  # noqa: RUF001
)
_LACKS: Final = re.compile(
    r"不够|不足|不强|不高|不多|不深|不严|不准|不全|不细|不一|不实|不熟|不到位|不平衡|不均衡|不规范|不完善|不健全|不适应|不及时|不充分|不明显|不匹配|"
    r"薄弱|滞后|短板|弱项|欠缺|差距|有待|亟待|亟需|亟须|尚未|还未|还没有|没有|未能|缺乏|缺少|缺位|难以|困难|较弱|偏弱|偏少|偏低|较少|较低|较慢|"
    r"瓶颈|流于形式|走过场|矛盾|压力|问题|不|欠|弱|差"
)
_INTENDS: Final = re.compile(
    r"将|继续|进一步|持续|不断|深入|深化|加强|强化|推进|推动|完善|健全|提升|提高|落实|加大|加快|坚持|优化|开展|确保|力争|着力|抓好|做好|突出|严格"
)
_GENERAL: Final = re.compile(r"取得[^。]{0,12}成[效绩]")


def classify(text: str, headings: Sequence[str], sentences: Sequence[Span]) -> tuple[list[int], list[int]]:
    """Numbers (from 1) of the sentences that state a problem, and of those that state a plan."""
    problems: list[int] = []
    plans: list[int] = []
    mode = _of_headings(headings)
    before = 0
    for number, sentence in enumerate(sentences, start=1):
        words = text[sentence.start : sentence.end].strip()
        mode = _of_gap(text[before : sentence.start], mode)
        before = sentence.end
        mode = _of_opening(words, mode)
        if mode == "plan" and _INTENDS.search(words):
            plans.append(number)
        elif mode == "problem" and _LACKS.search(words) and not _only_leads_in(words):
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
    for line in gap.splitlines():
        if re.match(r"\s*[一二三四五六七八九十]+、", line) and len(line) < 60:
            mode = _of_heading(line)
        elif re.match(r"\s*[((][一二三四五六七八九十]+[))]", line) and len(line) < 60:  # noqa: RUF001
            mode = _of_heading(line) or mode
    return mode


def _of_opening(words: str, mode: Mode | None) -> Mode | None:
    if _OPENS_PLAN.search(words):
        return "plan"
    if mode != "plan" and _OPENS_PROBLEM.search(words):
        return "problem"
    return mode


def _only_leads_in(words: str) -> bool:
    """A sentence that says only that there are problems: 还存在一些问题和不足。"""
    return bool(_GENERAL.search(words) or len(words) < 30) and bool(
        re.search(r"(?:问题|不足|短板|差距|弱项)[。!!]?$", words)  # noqa: RUF001
    )
