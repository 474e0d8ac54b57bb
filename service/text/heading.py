"""
A heading's own words: where they stop and the text begins, also where nothing parts the two.

It knows what headings of this genre look like, and nothing of marks, nesting or roles.
"""

import re
from dataclasses import dataclass
from typing import Final

from service.text.page import EDGE

_STOP: Final = re.compile("[。；;！!？?：:]")
_TITLE: Final = re.compile(r"《|〔")
_FIGURE: Final = re.compile(r"\d+(?:\.\d+)?\s*(?:[余多万亿]{0,2})(?:[个件次人名项条份家部起场宗户期轮元%％]|余)")
# A text that follows its heading without a stop begins like this, right after a noun.
_TEXT_BEGINS: Final = re.compile(
    r"(?<=[\u4e00-\u9fff”）)])(?:以习近平|以[^，,。；]{2,24}为(?:指导|引领|抓手|契机|核心|统领|牵引|目标|重点|导向|主线)|坚持以|始终|(?:19|20)\d\d年|今年|一年来|截至|截止|近年来"
    r"|我[省市县区州旗镇乡局厅委办街院]|全[省市县区州旗镇乡街](?!覆盖|过程|面)|根据|按照|一是|先后|针对(?=我|当前|存在)|认真贯彻|切实加强|严格按照)"
)
_NOUN: Final = re.compile(
    r"(?:责任|建设|体系|制度|机制|能力|水平|作用|职责|职能|改革|工作|监督|管理|服务|环境|纠纷|矛盾|执法|决策|公开|思想|领导|保障|意识|素养|落实|规范|质效|格局|基础|队伍|效能|程序|行为|权力|氛围|发展|有序|有力|到位"
    r"|高效|稳定|和谐|治理|政府|法治|宣传|教育|培训|处置|应对|化解|融合|公正|文明|规范|提升|履行|审查|清理|考核|情况|举措|成效|措施|问题|不足|原因|安排|打算|计划)$"
)
_LONGEST: Final = 60  # characters: longer first sentences are text, not headings
_LONG: Final = 35
_SHORT: Final = 26


@dataclass(frozen=True, slots=True)
class Heading:
    """`words` is None where the numbered item is text from its first word; `end` is after the words and their stop."""

    words: str | None
    end: int


def read_heading(text: str, start: int, limit: int, *, alone: bool) -> Heading:
    """
    The heading that begins at `start` and ends before `limit` (the line's end or the next mark).

    `alone` says that no block opens inside this one: a long sentence with nothing after it is then text, not heading.
    """
    window = text[start : min(limit, start + 240)]
    lead = len(window) - len(window.lstrip(EDGE + "、.．"))
    stop = _first_stop(window, lead)
    if stop is None:
        words = window.rstrip(EDGE)
        if len(window) < 240 and len(words) - lead <= _LONGEST:
            gap = _gap(words, lead) if len(words) - lead > 45 else None
            return _heading(text, start, window, lead, gap or len(words))
        stop = len(window)
    sentence = window[lead:stop]
    rest = text[start + stop + 1 : min(limit, start + stop + 40)].strip(EDGE)
    mark = window[stop] if stop < len(window) else ""
    if mark in "；;" or (mark in "：:" and len(sentence) > _SHORT):
        return Heading(None, start)
    cut = _run_on(window, lead, stop) if len(sentence) > _LONG else None
    if (
        cut is None
        and _is_heading(sentence)
        and len(sentence) <= _LONGEST
        and (rest or len(sentence) <= _SHORT or not alone)
    ):
        return _heading(text, start, window, lead, stop)
    if cut is None and len(sentence) > 45:
        cut = _gap(window[:stop], lead)
    if cut is not None:
        return _heading(text, start, window, lead, cut, stopped=False)
    return Heading(None, start)


def _heading(text: str, start: int, window: str, lead: int, stop: int, *, stopped: bool = True) -> Heading:
    words = window[lead:stop].strip(EDGE)
    if not words:
        return Heading(None, start)
    past = start + stop + (1 if stopped and stop < len(window) and _STOP.match(window[stop]) else 0)
    return Heading(words, past)


def _first_stop(window: str, lead: int) -> int | None:
    """The first sentence stop outside 《》."""
    depth = 0
    for i in range(lead, len(window)):
        c = window[i]
        if c in "《〈":
            depth += 1
        elif c in "》〉":
            depth = max(0, depth - 1)
        elif (
            not depth
            and _STOP.match(c)
            and not (c in ":：" and window[i - 1 : i].isdigit() and window[i + 1 : i + 2].isdigit())
        ):
            return i
    return next((i for i in range(lead, len(window)) if window[i] in "。；;"), None)


def _is_heading(sentence: str) -> bool:
    if _TITLE.search(sentence) or _FIGURE.search(sentence):
        return len(sentence) <= _SHORT and not _FIGURE.search(sentence)
    return len(re.findall("[，,]", sentence)) <= 3


def _run_on(window: str, lead: int, stop: int) -> int | None:
    """Where the text begins, in a first sentence too long to be a heading."""
    for m in _TEXT_BEGINS.finditer(window, lead, stop):
        words = window[lead : m.start()]
        if 4 <= len(words) <= _LONGEST and _NOUN.search(words) and _is_heading(words):
            return m.start()
    return None


def _gap(words: str, lead: int) -> int | None:
    """A space that parts heading and text."""
    m = re.compile(r"[ \t\xa0\u3000]+").search(words, lead + 4)
    return m.start() if m and m.start() - lead <= 45 and _is_heading(words[lead : m.start()]) else None
