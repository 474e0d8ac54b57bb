"""
The 《titles》 a report names: where each stands, its number, and what was done with it by the verb that governs it.

It knows brackets, nested and lost, and the verbs of the genre; nothing of figures or of what a document says.
"""

import re
from collections.abc import Iterator
from typing import Final

from schemas.extraction import Action
from schemas.outline import Block, Outline, Title

_WORDS: Final = r"[^()（）《》\r\n。，,]"
_YEAR: Final = r"[〔\[【(（﹝［]\s*(?:19|20)?\d\d\s*年?\s*[〕\]】)）﹞］]"
_NUMBER: Final = re.compile(  # (某政发〔2023〕5 号), (第12号令), (令第3号)
    r"[ \xa0\u3000]*[(（\[【]\s*("
    rf"{_WORDS}{{0,24}}?{_YEAR}\s*(?:第\s*)?[0-9０-９]{{1,5}}\s*号"
    rf"|{_WORDS}{{0,16}}第\s*\d{{1,5}}\s*号令?"
    rf"|{_WORDS}{{0,16}}令\s*\d{{1,5}}\s*号"
    r")\s*[)）\]】]"
)
_LIST: Final = re.compile(r"[\s、，,和及与]{0,3}(?:以及|及其|并|和|及|与)?[\s]*$")
_MEDIA: Final = re.compile(
    r"(?:日报|晚报|晨报|早报|时报|周报|周刊|杂志|画报|报刊|新闻联播|焦点访谈|今日说法|参考消息|法治时报|电视报)$|^(?:求是|半月谈|法治进行时|人民网|新华每日电讯)$"
)
_CASE_PAPER: Final = re.compile(
    r"(?:具结书|通知书|建议书|意见书|决定书|告知书|监督函|提醒函|提示函|建议函|督办单|告知单|承诺书|裁决书|判决书|白皮书)$"
)
_OTHERS: Final = re.compile(
    r"(?:国务院|中共中央|党中央|中央|全国人大|最高(?:人民)?(?:法院|检察院)|司法部|国家[^，,]{0,8}局?|省委|省政府|省人民政府|省人大(?:常委会)?|省[^，,。]{0,6}厅|自治区(?:人民)?政府|上级)[^，,。；《]{0,10}(?:联合)?(?:制定|印发|出台|发布|公布|颁布|修订)(?:了|的)?$"
)

# Verbs before a title. The nearest decides; a preposition at the head of its clause outranks it: 根据省政府印发的《…》.
_VERBS: Final[tuple[tuple[Action, str], ...]] = (
    ("repealed", "废止|宣布失效|清理废止|停止执行"),
    ("submitted", "提请|提交|报请|报送.{0,12}(?:审议|审查)|呈报|送审|人大(?:常委会)?.{0,10}(?:审议|表决|批准)"),
    ("revised", "修订(?!的)|修改|修正|修编|重新修订"),
    (
        "issued",
        "制定|制订|印发|出台|发布|公布|编制|编写|编印|起草|拟定|拟订|形成|颁布|下发|制发|发出|推出|建立|完善|审议通过|研究通过|通过(?!《)|签发|联合印发|草拟|刊发|编发|代拟|新增|编修|汇编|出版|订立",
    ),
    (
        "implemented",
        "根据|按照|依据|依照|遵照|贯彻|落实|执行|实施|遵守|对照|对标|围绕|紧扣|依托|遵循|参照|推进|推行|按(?!期|时|月|季)|严格履行|履行|紧盯|聚焦|结合|承接|衔接|以(?=《)|坚持|运用|适用|认领|严格|锚定|依法|细化|以来",
    ),
    ("studied", "学习|学深|研学|宣讲|培训|研读|解读|传达|讲授|领学|自学|研讨|轮训|辅导|授课|会前学法|讲解|学法|深学"),
    (
        "other",
        "宣传|普及|发放|开展|配合|参与|征求|签署|签订|送达|赠送|报备|备案|审查|审核|评估|清理|提出|理解|违反|调研|论证|报道|刊登|通报|审议(?!通过)|批示|荣获|获|撰写|普法|讨论|听取",
    ),
)
_VERB: Final = re.compile("|".join(f"(?P<{action}>{words})" for action, words in _VERBS))
_LEADS: Final = re.compile(
    r"(?:根据|按照|依据|依照|遵照|对照|对标|紧扣|围绕|贯彻|落实|执行|遵循|参照)(?=[^，,]*(?:印发|出台|发布|公布|颁布|制定|修订|下发|通过|施行|实施|修改|修正)(?:的|了|新)?[^，,]{0,4}$)"
)
_RELATIVE: Final = re.compile(
    r"(?:新(?:修订|修改|修正|制定|颁布|出台|施行)(?:实施|施行)?|修订后|修改后|修正后|最新修订)的?$"
)
_AFTER: Final[tuple[tuple[Action, re.Pattern[str]], ...]] = (
    (
        "studied",
        re.compile(
            r"[^，,。；《]{0,12}(?:等[^，,。；《]{0,6}作为|作为[^，,。；]{0,12}学习|列[入为][^，,。；]{0,16}学|纳入[^，,。；]{0,20}(?:学|培训)|学习纳入|的?(?:学习|培训|宣讲)|专题(?:学习|讲座|辅导|培训))"
        ),
    ),
    (
        "submitted",
        re.compile(
            r"[^，,。；《]{0,16}(?:提请|报请|提交|经?[^，,。；]{0,8}人大(?:常委会)?[^，,。；]{0,6}(?:审议|表决|批准))"
        ),
    ),
    ("repealed", re.compile(r"[^，,。；《]{0,10}(?:予以|被)?(?:废止|宣布失效)")),
    ("revised", re.compile(r"[^，,。；《]{0,8}(?:进行(?:了)?|的|予以)?(?:全面)?(?<!新)(?:修订|修改|修正)(?!后|的)")),
    (
        "issued",
        re.compile(
            r"[^，,。；《]{0,8}(?:的?(?:制定|起草|编制|出台|印发|发布)(?:工作)?|(?<!新)(?:正式|颁布|印发|公布|发布|出台)(?:印发|出台|实施|施行|发布|实行)?)"
        ),
    ),
    (
        "implemented",
        re.compile(
            r"(?!并)[^，,。；《]{0,14}(?:要求|规定|精神|部署|确定的|明确的|收官|目标任务|施行|实施|为(?:指导|统领|统揽|依据|遵循|抓手|牵引)|落实|贯彻|执行)"
        ),
    ),
)
_BILL: Final = re.compile(r"[(（]?草案[^()（）]{0,6}[)）]?$")
_CONGRESS: Final = re.compile(r"[^，]{0,12}(?:人民代表大会|人大)(?:常务委员会|常委会)?关于")
_ENDS_A_TITLE: Final = re.compile(r"(?:(?:规划|纲要|条例|办法|方案|要点|计划)(?:[(（][^()（）《》]{1,16}[)）])?)$")
# What a plan names is not done yet, unless it says so: 制定《甲办法》 among next year's tasks issues nothing.
_NOT_YET: Final[frozenset[Action]] = frozenset(("issued", "revised", "repealed", "submitted"))
_DONE: Final = re.compile(r"已|了$")
_LONGEST: Final = 160
_REACH: Final = 120  # characters before a title in which its verb is looked for


def find_titles(text: str, outline: Outline) -> tuple[Title, ...]:
    """
    Titles of the body in text order, each once per innermost block; `text[start + 1 : end - 1]` is the title.

    Newspapers and broadcasts are none. Linear in the text; never raises.
    """
    found: list[Title] = []
    seen: set[tuple[str | None, str]] = set()
    blocks = iter(outline.blocks)
    upcoming: Block | None = next(blocks, None)
    current: Block | None = None
    before: Title | None = None
    for start, end in _brackets(text, outline.body_start, outline.body_end):
        while upcoming and upcoming.start <= start:
            current, upcoming = upcoming, next(blocks, None)
        words = text[start + 1 : end - 1]
        if not words.strip() or _MEDIA.search(words):
            continue
        action = _action(text, start, end, words, before, outline.body_start)
        planned = current is not None and current.role == "plans"
        if planned and action in _NOT_YET and not _DONE.search(text, max(0, start - 12), start):
            action = "other"
        before = Title(start, end, words, _number(text, end), action)
        key = (current.id if current else None, words)
        if key not in seen:
            seen.add(key)
            found.append(before)
    return tuple(found)


def _brackets(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Outermost 《》 pairs. A 《 that does not close names nothing: where its title ends, nobody can know."""
    at = text.find("《", start, end)
    while 0 <= at < end:
        stop = _close(text, at, end)
        if stop is not None:
            yield at, stop
        at = text.find("《", stop or at + 1, end)


def _close(text: str, at: int, end: int) -> int | None:
    depth = 0
    first = None
    limit = min(end, at + _LONGEST)
    i = at if text.find("》", at, limit) >= 0 else limit
    while i < limit:
        c = text[i]
        if c == "《":
            depth += 1
        elif c == "》":
            depth -= 1
            first = first or i + 1
            if depth == 0:
                return i + 1
        elif c in "\r\n。；" and not _goes_on(text, at, i):
            break
        i += 1
    inner = text.find("《", at + 1, limit)
    if first is None or inner < 0 or re.search("[，,。；]", text[at:inner]):
        return None
    if _ENDS_A_TITLE.search(text, at, inner) and not re.search("[、\r\n]", text[at:inner]):
        return None  # 《甲规划（2021—2025年）《乙纲要》: the first lost its bracket, the second has its own
    return first  # 《关于印发《甲办法》的通知 lost its last bracket


def _goes_on(text: str, at: int, i: int) -> bool:
    """Whether a title that meets the end of a line or sentence at `i` closes soon after: it was wrapped."""
    close = text.find("》", i, i + 60)
    if close < 0 or "《" in text[i:close]:
        return False
    return text[i] in "。；" or (i - at < 60 and text[i + 1 : i + 2].strip() != "")


def _number(text: str, end: int) -> str | None:
    m = _NUMBER.match(text, end, end + 80)
    return m.group(1).strip() if m else None


def _action(text: str, start: int, end: int, words: str, before: Title | None, body_start: int) -> Action:
    if before and before.end <= start and start - before.end < 60:
        between = text[before.end : start]
        if number := _NUMBER.match(between):
            between = between[number.end() :]
        if len(between) <= 6 and _LIST.fullmatch(re.sub(r"等(?:文件|制度|规定)?", "", between)) is not None:
            return before.action
    left = text[max(body_start, start - _REACH) : start]
    sentence = re.split(r"[。；;！？\r\n]", left)[-1]
    sentence = re.sub(r"《[^《》]*》", "", sentence).replace("“", "").replace("”", "")
    clauses = re.split(r"[，,：:]|(?<=[。 ])", sentence)
    clause = clauses[-1]
    after = _after(text, end)
    if _CASE_PAPER.search(words) and not re.search(r"发布|出台|印发.{0,4}$|公布", clause):
        return "other"
    clause = _RELATIVE.sub("", clause.rstrip("了的等 "))
    if _LEADS.search(clause) or (
        len(clause) <= 24
        and re.match(r"\s*(?:[一二三四五六七八九十]是)?(?:认真|严格|全面|深入)?(?:根据|按照|依据|依照)", clause)
    ):
        return "implemented"
    if _OTHERS.search(clause):
        return "implemented" if re.search(r"贯彻|落实|根据|按照", sentence) else "other"
    verb = _verb(clause)
    if verb == "issued" and (_BILL.search(words) or _CONGRESS.match(words)):
        return "submitted"
    if (
        re.match(r"\s*(?:其中|包括|例如|如)", clause)
        and verb is None
        and len(clauses) > 1
        and (verb := _verb(clauses[-2]))
    ):
        return verb
    if verb == "studied" or (verb == "implemented" and re.search(r"学习(?:宣传)?贯彻|贯彻学习|学习", clause)):
        return "studied" if re.search(r"学习|宣讲|培训|学法|研读|解读|传达|学", clause) else "implemented"
    if verb in ("implemented", "other", None) or re.search(r"(?:将|把|对)$|(?:将|把|对)[^，,]{0,12}$", clause):
        for action, pattern in _AFTER:
            if pattern.match(after) and (verb is None or action in ("studied", "submitted", "repealed", "revised")):
                return action if verb != "other" or action in ("studied", "submitted") else verb
    if verb:
        return verb
    hangs = (
        re.match(r"\s*(?:其中|包括|例如|如|主要(?:有|是))", clause)
        or not clause.strip()
        or re.search(r"[和与及、]$", clause)
    )
    if hangs:
        return next((verb for earlier in reversed(clauses[-4:-1]) if (verb := _verb(earlier))), "other")
    return "other"


def _after(text: str, end: int) -> str:
    """The words after a title, its number, and the further titles of its list."""
    at = end
    for _ in range(8):
        if m := _NUMBER.match(text, at, at + 80):
            at = m.end()
        m = re.compile(r"[、和及与，,\s]{0,3}《[^《》\r\n]{1,80}》").match(text, at, at + 90)
        if m is None:
            break
        at = m.end()
    return text[at : at + 40]


def _verb(clause: str) -> Action | None:
    """The action of the last verb of a clause; of verbs run together (制定修改, 学习宣传), of the first."""
    found = list(_VERB.finditer(clause))
    if not found:
        return None
    i = len(found) - 1
    while (
        i
        and found[i].start() - found[i - 1].end() <= 2
        and re.fullmatch(r"并?[、和与及]?(?:联合)?(?:正式)?", clause[found[i - 1].end() : found[i].start()])
    ):
        if (
            {found[i].lastgroup, found[i - 1].lastgroup} == {"implemented", "issued"}
            and found[i].lastgroup == "issued"
            and found[i - 1].group() in ("结合", "推进", "坚持", "严格", "以来")
        ) or (found[i].group() in ("贯彻", "落实") and found[i - 1].lastgroup == "issued"):
            break  # 出台贯彻《纲要》的方案: the plan is issued, the 纲要 carried out
        i -= 1
    action = "repealed" if found[-1].lastgroup == "repealed" else found[i].lastgroup
    for one, _ in _VERBS:
        if one == action:
            return one
    return None
