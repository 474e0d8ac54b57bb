"""
Numbers that count nothing: slogans, lists announced, what a rule demands.

By the words right beside a number; it knows no indicator and no weights.
"""

import re
from typing import Final

from schemas.outline import Span

_FEW: Final = "[二两三四五六七八九十]{1,2}"
# 五个坚持, 三个100%
_SLOGAN: Final = re.compile(
    rf"{_FEW}个(?:坚持|确保|必须|结合|转变|统一|到位|强化|突出|注重|严格|不|[1１][0０]{{2}}[%％])"
)
# 抓好三项工作：一是…
_ANNOUNCED: Final = re.compile(
    rf"{_FEW}(?:[项件个])(?:重点|主要|方面|关键)?的?(?:工作|任务|方面|事情?|环节|举措|措施)?(?:工作)?(?:(?<=方面)[^一-龥]|[:\uff1a])"
)
_SETS_OUT: Final = re.compile(r"(?:抓[好实住]|做[好到实]|办好|围绕|聚焦|从|突出|落实好?|着重|重点)(?:以下)?$")
_AT_LEAST: Final = re.compile(r"不少于|至少|不低于|不超过")
_EACH: Final = re.compile(
    r"(?<!平均)(?<!实现)每(?:个|名|村|镇|乡|社区|街道|所|家|队|季度?|半?年|月|周|人)[^,\uff0c。;\uff1b:\uff1a]*$"
)
_ALWAYS: Final = re.compile(r"(?:一律|必须|应当)(?:在|于)?$")
REACH: Final = 40


def counts_nothing(text: str, mark: Span) -> bool:
    """Whether the words beside a number show that it is no statistic."""
    if _SLOGAN.match(text, mark.start):
        return True
    before = text[max(0, mark.start - REACH) : mark.start]
    if _ANNOUNCED.match(text, mark.start) and _SETS_OUT.search(before):
        return True
    demanded = _AT_LEAST.match(text, mark.start) or _AT_LEAST.search(before[-8:])
    return bool((demanded and _EACH.search(before)) or (_ALWAYS.search(before) and text[mark.end - 1] in "内下"))
