"""
What a report says of itself: title, whose it is, at which level, by whom, for which year, published when.

It reads the page around the body, the first sentence and the signature. It knows nothing of figures, and takes nothing
from a file's name.
"""

import re
from collections import Counter
from datetime import date
from typing import Final

from schemas.extraction import Level
from schemas.outline import Masthead, Outline, Span
from service.text.page import lay_out
from service.text.places import (
    SPEAKS,
    Place,
    city_or_county,
    department_in,
    is_government,
    is_organ,
    own_place,
    units,
    we_of,
)

_DATE: Final = r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)"
_PUBLISHED: Final = re.compile(
    r"(?:(?P<best>发布|公开|发表|上网|公布|上传)\s*(?:日\s*期|时\s*间)|(?P<next>更新\s*(?:日\s*期|时\s*间)|(?<![文成生发印制限效])(?:日\s*期|时\s*间))|(?P<last>(?:成文|发文|印发|生成)\s*(?:日\s*期|时\s*间)))\s*[】\]]?\s*[:：|]?[\s|]*"
    + _DATE
)
_SAID: Final = re.compile(_DATE + r"\s*日?\s*(?:发布|公布|公开)")
_ALONE: Final = re.compile(
    r"[\s•·*|\[【（(]*"
    + _DATE
    + r"日?(?:[ \xa0T]+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?[\s|\]】）)]*(?:(?:信息|文章)?来\s*源\s*[:：].{0,60})?"
)
_SOURCE: Final = re.compile(r"(?:信息|文章|稿件|内容)?来\s*源\s*[】\]]?\s*[:：|][\s|]*([\u4e00-\u9fff()（）]{2,40})")
_MAKER: Final = re.compile(
    r"(?:发布|发文|制发|责任|公开|编制|印发|信息发布)\s*(?:机构|机关|单位|部门)\s*[:：|][\s|]*([\u4e00-\u9fff()（）]{2,40})"
)
_NO_BODY: Final = re.compile(r"网$|网站|本站|平台|互联网|原创|转载|门户|公众号|日报")
_SIGNED: Final = re.compile(
    r"(?:(?:19|20)\d\d|二[〇○零OＯ0][一二三四五六七八九〇○零]{1,2})\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日"
)
_YEAR: Final = re.compile(r"(?<![\d—\-－–~至])((?:19|20)\d\d)(?![\d—\-－–~])\s*年?(?!\s*[—\-－–~至])")
_CHINESE_YEAR: Final = re.compile(r"二[〇○零OＯ0]([一二三四五六七八九〇○零])([一二三四五六七八九〇○零])\s*年")
_OF_YEAR: Final = re.compile(r"(?<![\d—\-－–~至])((?:19|20)\d\d)\s*年(?:度|来|以来)?(?!\s*\d{1,2}\s*月\s*\d|[—\-－–~])")
_SUBJECT: Final = re.compile(
    r"(?:法治政府|法治建设|依法行政|依法治|全面推进|推进|落实|行政复议|行政应诉|行政执法|贯彻|上半年|全年|法治|工作|度)"
)
_WE: Final = re.compile(
    r"我([省市县区州旗镇乡盟])|全([省市县区州旗镇乡盟])(?!面|覆)|(局|厅)党(?:委|组)|我([局厅委办])|街道(?:党工委|办事处)|([镇乡县区])(?:党委|委、)"
)
_LEVEL_OF: Final[dict[str, Level]] = {
    **dict.fromkeys("州盟", "city"),
    **dict.fromkeys("县区旗", "county"),
    **dict.fromkeys("镇乡", "township"),
    "省": "province",
}
_PARTY: Final = re.compile(
    r"^(?:中共|中国共产党)|(?:委员会|委)?全面依法治[\u4e00-\u9fff]委员会(?:办公室)?$|委员会委员会$"
)


def read_masthead(text: str, outline: Outline, name: str | None = None) -> Masthead:
    """The fields that the text states; None where it does not. `name`, the file's, is accepted and not believed."""
    page = lay_out(text)
    before = text[: min(outline.body_start, 20_000)]
    title = _title(text, page.title)
    year = _year(text, outline, title)
    published, published_at = _published(text, outline, page.title, before)
    signature = _signature(text, outline, page.title)
    titled = _organ_of(title) if title else None
    source = _source(before) or _source(text[outline.body_end : outline.body_end + 1000])
    first = text[outline.body_start : outline.body_start + 600]
    body = text[outline.body_start : min(outline.body_end, outline.body_start + 200_000)]
    places, organ = _whose(titled, signature, first, source, before, we_of(body))
    head = next((block.start for block in outline.blocks if block.path), outline.body_end)
    opening = text[outline.body_start : min(head, outline.body_start + 400)]
    spoken = None if titled or is_government(signature or "") else department_in(opening)
    if spoken:
        places, organ = spoken if spoken[0] else (places, spoken[1])
    places = places or own_place(body)
    place = places[-1] if places else None
    level = "department" if spoken else _level(text, outline, places, organ, titled)
    issuer = _issuer(signature, titled, source, place, level, organ)
    return Masthead(title, place.name if place else None, level, issuer, year, published, published_at)


def _title(text: str, span: Span | None) -> str | None:
    if span is None:
        return None
    rows = [row.strip(" \t\xa0\u3000|•*#") for row in re.split(r"[\r\n\u2028\u2029]+", text[span.start : span.end])]
    joined = "".join(row for row in rows if row)
    return (
        re.sub(r"(?<=[\u4e00-\u9fff\d])[ \t\xa0\u3000]+(?=[\u4e00-\u9fff\d])", "", joined) if len(rows) > 1 else joined
    )


def _organ_of(title: str) -> str | None:
    """Whose report a title says it is: the words before the year, 关于 or the subject."""
    words = re.sub(r"^[【\[（(][^】\]）)]{1,12}[】\])）]|\s", "", title)
    words = re.sub(
        r"^(?:关于)?(?:(?:19|20)\d\d年?(?:度|上半年)?|二[〇○零][\u4e00-\u9fff]{2}年度?)?(?:关于)?(?:推进)?", "", words
    )
    m = re.match(r"(.{2,40}?)(?:关于|(?:19|20)\d\d|二[〇○零]|" + _SUBJECT.pattern + r"(?!委员会|办公室))", words)
    found = m.group(1).strip("“”\"'的-—_:：") if m else ""
    if (
        m
        and not is_organ(found)
        and (longer := re.match(r"(.{2,40}?(?:人民政府|委员会(?:办公室)?|办公室|[局厅]|办事处))", words))
    ):
        found = longer.group(1) if len(longer.group(1)) <= 30 and found and longer.group(1).startswith(found) else found
    return found if len(found) >= 2 and (is_organ(found) or units(found)[0]) else None


def _year(text: str, outline: Outline, title: str | None) -> int | None:
    """The year reported on: by title, first heading, first sentence; at last the year before the plans'."""
    first = next((block.start for block in outline.blocks if block.path), outline.body_end)
    opening = text[outline.body_start : min(first, outline.body_start + 700)]
    if title and opening.startswith(title[:10]):
        opening = opening[len(title) :]
    headings = [block.heading for block in outline.blocks if block.heading and len(block.path) == 1]
    for words in (title, headings[0] if headings else None):
        if words and (found := _years(words)):
            return found[0]
    if found := [int(y) for y in _OF_YEAR.findall(opening)] or [
        _chinese(m) for m in _CHINESE_YEAR.finditer(opening[:700])
    ]:
        return found[0]
    for block in outline.blocks:
        if block.heading and len(block.path) <= 2 and (found := _years(block.heading)):
            return found[0] - 1 if block.role == "plans" else found[0]
    found = [int(y) for y in _OF_YEAR.findall(text[first : min(first + 300, outline.body_end)])]
    return found[0] if found and outline.blocks[0].role != "plans" else None


def _years(words: str) -> list[int]:
    return [
        int(y) for y in _YEAR.findall(re.sub(r"《[^》]*》|[〔\[【(（]\s*\d{4}\s*[〕\]】)）]\s*\d+\s*号", "", words))
    ] or [_chinese(m) for m in _CHINESE_YEAR.finditer(words)]


def _chinese(m: re.Match[str]) -> int:
    tens, ones = ("〇一二三四五六七八九".find(c) if c not in "○零" else 0 for c in m.groups())
    return 2000 + 10 * max(0, tens) + max(0, ones)


def _published(text: str, outline: Outline, title: Span | None, before: str) -> tuple[date | None, Span | None]:
    """
    The date of publication that the page states; never the signature's.

    发布日期 goes before 时间, that before 成文日期, that before a date alone on a line under the title.
    """
    begin = outline.body_end
    for offset, part in (
        (0, before),
        (outline.body_start, text[outline.body_start : outline.body_start + 300]),
        (begin, text[begin : begin + 3000]),
    ):
        found: dict[str, tuple[date, Span]] = {}
        for m in _PUBLISHED.finditer(part):
            if (day := _day(*m.groups()[-3:])) and m.lastindex:
                kind = "best" if m["best"] else "next" if m["next"] else "last"
                found.setdefault(kind, (day, Span(offset + m.start(m.lastindex - 2), offset + m.end(m.lastindex))))
        for m in _SAID.finditer(part):
            if (not offset or m.start() < 200) and (day := _day(*m.groups()[-3:])):
                found.setdefault("next", (day, Span(offset + m.start(1), offset + m.end(3))))
        for kind in ("best", "next", "last"):
            if kind in found:
                return found[kind]
    if title:
        at, opening = title.end, text[title.end : title.end + 80].partition("。")[0]
        for line in re.split(r"(?<=\n)", text[at : outline.body_start] or opening):
            alone = _ALONE.fullmatch(line.strip("\r\n")) if line.strip() else None
            if alone and (day := _day(*alone.groups())):
                return day, Span(at + alone.start(1), at + alone.end(3))
            at += len(line)
    return None, None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _lines(words: str) -> list[str]:
    return [line for row in re.split(r"[\r\n\u2028\u2029]+", words) if (line := row.strip(" \t\xa0\u3000|•*#（）()"))]


def _signature(text: str, outline: Outline, title: Span | None) -> str | None:
    """The body that signs, at the end or in brackets under the title."""
    tail = text[max(outline.body_start, outline.body_end - 400) : outline.body_end]
    last = re.split(r"[。！？；]", tail)[-1]
    for line in reversed(_lines(last) or _lines(tail)[-2:]):
        words = re.sub(r"\s", "", _SIGNED.sub("", line))
        if 3 <= len(words) <= 40 and is_organ(words) and not re.search(r"[，,：:]", words):
            return re.split(r"(?<=[局厅府])(?=中共)", words)[0]
    if title:
        for line in _lines(text[title.end : title.end + 160])[:2]:
            words = re.sub(r"\s|(?:发布|公布)$", "", _SIGNED.sub("", line))
            if 3 <= len(words) <= 30 and is_organ(words) and not re.search(r"[，,：:。]", words):
                return words
    return None


def _source(part: str) -> str | None:
    for pattern in (_SOURCE, _MAKER):
        for m in pattern.finditer(part):
            words = re.split(r"(?:发布|更新|浏览|字体|作者|时间|日期|点击|阅读)", m.group(1))[0].strip("（）()")
            if len(words) >= 2 and not _NO_BODY.search(words):
                return words
    return None


def _whose(
    titled: str | None, signature: str | None, first: str, source: str | None, before: str, ours: str
) -> tuple[tuple[Place, ...], str]:
    """The places of the reporter, widest first, and its organ ('' for the place itself)."""
    organ = ""
    for words in (titled, signature, source):
        if not words:
            continue
        places, rest = units(words)
        organ = organ or rest
        if places:
            return places, organ if titled and units(titled)[0] == () else rest
    for m in SPEAKS.finditer(first):
        places, rest = units(re.sub(r"^年度?", "", m.group(1) or m.group(2)))
        if places and not re.match(r"(?:我|全|各|本)", places[0].name):
            return places, organ or rest
    counted = Counter(
        p.name
        for m in re.finditer(
            r"(?:^|[：:>\s（(，,。《])([\u4e00-\u9fff]{2,16}(?:人民政府|(?<!法治)政府))", before + first
        )
        if (u := units(m.group(1))[0])
        for p in u[-1:]
    )
    for name, _ in counted.most_common():
        if (not ours or name.endswith(ours)) and (places := units(name)[0]):
            return places, organ
    return (), organ


def _level(text: str, outline: Outline, places: tuple[Place, ...], organ: str, titled: str | None) -> Level | None:
    if titled and is_organ(titled) and not is_government(titled) and not _PARTY.search(titled):
        return "department"
    body = text[outline.body_start : min(outline.body_end, outline.body_start + 200_000)]
    we = Counter(next(c for c in m.groups() if c) if any(m.groups()) else "街" for m in _WE.finditer(body))
    if places:
        last = places[-1]
        if titled is None and we["局"] + we["厅"] > max(2, sum(n for c, n in we.items() if c not in "局厅委办")):
            return "department"
        if last.level:
            return last.level
        return city_or_county(last.name, body)
    if organ and is_organ(organ) and not is_government(organ):
        return "department"
    if we:
        most = max(we, key=lambda c: we[c])
        if most in "局厅委办":
            return "department"
        return "township" if most == "街" else _LEVEL_OF.get(most)
    return None


def _issuer(
    signature: str | None, titled: str | None, source: str | None, place: Place | None, level: Level | None, organ: str
) -> str | None:
    """Who signs; else the organ in the title; else the source that is an organ; else the place's government."""
    if source:
        source = re.sub(r"(?<=政府)办公[室厅]$", "", source)  # the office publishes, the government reports
    for words in (
        signature,
        titled if titled and is_organ(titled) else None,
        source if source and is_organ(source) else None,
    ):
        if words and not _NO_BODY.search(words):
            return _complete(words, place)
    if place is None:
        return None
    if place.name.endswith("街道"):
        return place.name + "办事处"
    if level == "department":
        return place.name + organ if organ else None
    return place.name + ("管理委员会" if re.search(r"(?:开发区|高新.*区)$", place.name) else "人民政府")


def _complete(words: str, place: Place | None) -> str:
    """司法局, 县司法局, 县人民政府 with the place's name before it."""
    if place is None or units(words)[0] or words.startswith(place.name[:-1]):
        return words
    rest = words[1:] if words[0] == place.name[-1] else words
    return place.name + rest if len(words) <= 12 else words
