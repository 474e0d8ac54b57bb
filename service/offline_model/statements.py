"""
Which sentences state a shortcoming and which a plan, by headings, opening words and the words of the sentence.

It reads a part from top to bottom and remembers where it is. It knows nothing of numbers.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.outline import Span
from service.offline_model.outline import Headings
from service.text.sentences import Account

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
    r"(?:[\u4e00-\u9fff]{0,14}(?:存在|面临|[的中及和与、]|建设|工作|方面))?(?:主要|突出)?(?:(?:问题|不足|短板|原因|困难|差距|分析)[和及与、]?)+[:\uff1a]?$"
)
# What a lead-in never says: a shortcoming by name.
_NAMED: Final = re.compile(
    r"不够|不强|不高|不到位|不平衡|不均衡|不规范|薄弱|滞后|有待|亟[待需]|尚未|还未|缺乏|难以|差距"
)


_WILL: Final = re.compile(
    r"将(?![^,\uff0c。]{0,24}(?:纳入|作为|列入|列为|摆在|融入|放在))|(?<![主重必需首纲])要(?!求|点|素)|拟|计划|力争|争取|继续"
)
# A shortcoming outside any account of them, by words that say nothing else.
_ADMITS: Final = re.compile(r"瑕疵|教训|有的[^。]{2,60}(?:没有|未|不|缺)[^。]{0,60}有的|是[^,\uff0c。]{0,10}原因")
_MENDS: Final = re.compile(r"整改|针对|解决|破解|补齐|化解|纠正|吸取|防止|杜绝|避免|通报")
_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)年(?!\d)")
_MARKED: Final = re.compile(
    r"\s*(?:第[一二三四五六七八九十]+(?:部分|章)|[一二三四五六七八九十]+(?:、|是)|[(\uff08][一二三四五六七八九十\d]+[)\uff09]|\d+[.\uff0e、])"
)
_CLOSES: Final = re.compile(
    r"^(?:特此|以上报告|[^。]{0,40}现[^。]{1,20}如下|专此|此报|附件|附表|联系人|\(?此件)|^\W*\d{4}年\d{1,2}月\d{1,2}日\W*$|"
    r"^[^,\uff0c。;\uff1b:\uff1a]{2,30}(?:政府|办公[室厅]|委员会|[局厅委办]|办事处|中心|院)(?:\s*\d{4}年\d{1,2}月\d{1,2}日)?$"
)


def classify(text: str, headings: Sequence[str], sentences: Sequence[Span]) -> tuple[list[int], list[int]]:
    """Numbers (from 1) of the sentences that state a problem, and of those that state a plan."""
    problems: list[int] = []
    plans: list[int] = []
    outline = Headings(text, headings, sentences)
    account, year = Account(None), _reported(text)
    over, roles = outline.parts_at(0)
    account.enter(roles)
    before = 0
    for number, sentence in enumerate(sentences, start=1):
        # What was left out between two sentences is sent as ……; a report may begin or end a sentence with one of its own.
        words = text[sentence.start : sentence.end].lstrip("… ").partition("……")[0].strip()
        if not words:
            continue
        gap = text[before : sentence.start]
        now, named = outline.parts_at(sentence.start)
        if named != roles or now[:1] != over[:1]:
            account.enter(named)
        elif _unasked(gap):
            account.leave()
        over, roles, before = now, named, sentence.end
        if _CLOSES.search(words):
            account.enter(())
            continue
        account.year = year if _WILL.search(words) else None
        reading = account.read(words, first=number == 1 or "\n" in gap or "……" in gap)
        if reading is None and _ADMITS.search(words) and not _MENDS.search(words):
            problems.append(number)
        elif reading == "plan":
            plans.append(number)
        elif reading == "problem" and (not account.by_cue or _LACKS.search(words)) and not _only_leads_in(words):
            problems.append(number)
    return problems, plans


def _reported(text: str) -> int | None:
    """The year before the last one that a part names: what is planned is planned for a year that is named last."""
    years = [int(year) for year in _YEAR.findall(text)]
    return max(years) - 1 if years else None


def _unasked(gap: str) -> bool:
    """Words between two sentences that nobody asks about, headings apart: what stands there is neither."""
    return any(len(line) > 60 or (line.strip() and not _MARKED.match(line)) for line in re.split(r"[\n。]|……", gap))


def _only_leads_in(words: str) -> bool:
    """A sentence that says only that there are problems: 但也还存在一些不足。"""
    if _ONLY_NAMES.match(words):
        return True
    found = _LEADS_IN.search(words)
    return bool(found) and not _NAMED.search(words[: found.start()] if found else "")
