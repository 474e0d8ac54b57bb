"""
The page around a report: which line is the title, where the report's own words begin, and where they end.

It knows what breadcrumbs, share buttons and link lists look like, and nothing of headings' meaning, numbers or places.
"""

import re
from dataclasses import dataclass
from typing import Final

from schemas.outline import Span

EDGE: Final = " \t\r\n\x0b\x0c\xa0\u3000\u200b\ufeff|•*#"  # what may stand before a line's first word or after its last
_LINE: Final = re.compile(r"[^\r\n\u2028\u2029]+")
_HEADING: Final = re.compile(
    r"(?:第?[一二三四五六七八九十]{1,3}(?:、|部分|[.．]\D)|[（(][一二三四五六七八九十]{1,3}[)）]|1[.．、]\D)"
)
_SUBJECT: Final = re.compile(
    r"法治政府|依法行政|法治建设|法治[^\s，,。]{0,8}建设|依法治[省市县区州旗镇乡]|法治工作|行政(?:复议|应诉|执法|审判).*(?:白皮书|报告|总结)"
)
_GENRE: Final = re.compile(
    r"(?:报告|总结|白皮书|汇报|年报|情况|公告|要点)(?:的?(?:报告|函|通知))?"
    r"(?:[（(【\[〔][^（()）】\]〕]{1,20}[)）】\]〕])?(?:全文)?$"
)
_NOT_A_TITLE: Final = re.compile(
    r"[。；;！!？?>＞»→，]|>>|首页|位置[:：]|[:：]$|^[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|解读"
)
_META: Final = re.compile(
    r"(?:发布|发文|成文|公开|更新|生成|生效|发表|印发|制发)?(?:日期|时间|机构|机关|单位|部门)\s*[:：|]|来源\s*[:：]|索\s*引\s*号|(?:文|字)\s*号\s*[:：|]"
    r"|字\s*体\s*[:：]?|字\s*号\s*[:：]|(?:浏览|阅读|点击|访问)(?:次数|量|数)?\s*[:：]|作者\s*[:：]|编辑\s*[:：]|分享(?:到|至)?|打\s*印|收藏|主题(?:分类|词)"
    r"|有\s*效\s*性|位置\s*[:：]|首页|今天是|无障碍|内容概述|名\s*称\s*[:：|]|标\s*题\s*[:：|]|[【\[]\s*[大中小]|大\s+中\s+小|公开(?:方式|范围|目录)|访问量"
)
_DATE: Final = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?"
)
_SIGNED: Final = re.compile(
    r"(?:(?:19|20)\d\d|二[〇○零OＯ0][一二三四五六七八九〇○零]{2})\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日$"
)
_ADDRESSEE: Final = re.compile(
    r"[^，,。；;：:]{0,30}(?:政府|委员会|办公室|常委会|委|厅|局|部|办|法治?办)(?:、[^，,。；;：:]{1,20})*[:：]$"
)
_FOOT: Final = re.compile(
    r"[【\[(（<《]?\s*(?:打\s*印|关\s*闭|上一[篇条页]|下一[篇条页]|上篇|下篇|相关(?:附件|信息|链接|稿件|文章|新闻|文件|解读|阅读|内容|政策|报道)"
    r"|附\s*件?\s*\d{0,2}\s*(?:下载)?\s*(?:[:：]|$)|关联(?:稿件|文章|信息)|扫一扫|扫描|责任?编辑?\s*[:：]|编\s*辑\s*[:：]|审\s*[核稿]\s*[:：]|校\s*对\s*[:：]"
    r"|版权|主办|承办|网站(?:标识|地图|声明|支持)|联系(?:我们|电话|方式)|联\s*系\s*人|友情链接|分享(?:到|至|[:：]|$)|无标题文档|您(?:访问|当前|现在)|返回(?:顶部|首页|列表|上)?"
    r"|顶部|底部|技术支持|[Cc]opyright|©|[\u4e00-\u9fff×]?ICP|[\u4e00-\u9fff×]公网安备|政府网站标识码|(?:信息|文章|稿件)?来\s*源\s*[:：]|稿源|收藏|我要纠错|纠错|点赞"
    r"|(?:阅读|浏览|点击|访问)(?:次数|量|数)|(?:发布|更新)(?:时间|日期)\s*[:：]|公开(?:方式|属性|类别)\s*[:：]|微信|微博|QQ|手机版|无障碍|首页|设为首页|政务(?:微信|微博|新媒体)"
    r"|主题词\s*[:：]|抄送\s*[:：]|字体\s*[:：]|用户评论|我要评论|为您推荐|热门|地址\s*[:：]|电话\s*[:：]|邮\s*编\s*[:：]|传真\s*[:：]|建议使用|关于我们|隐私)"
)
# A sentence of figures after 附：: an annex, not furniture.
_TELLS: Final = re.compile(r"\d\s?[万余多]?[件次人名个项场份家起条][，,].*。$")
_FOOT_TAIL: Final = re.compile(
    r"[\s|【\[]+(?:打\s*印|关\s*闭|上一[篇条]|下一[篇条]|相关(?:附件|信息|链接|稿件|文章|新闻)|附件\s*[:：]|关联稿件|扫一扫|责任?编辑?\s*[:：]|编\s*辑\s*[:：]"
    r"|版权|主办|承办|分享(?:到|至|[:：])|返回|网站地图|联系我们)"
)
_LOOK: Final = 400  # lines, or for one long line characters, within which the head of a page must end
_TITLE_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class Page:
    """`title` is None where no line is one; it may lie before the body or at its start."""

    title: Span | None
    body_start: int
    body_end: int


def lay_out(text: str) -> Page:
    """Find title and body. Whole text as body where it looks like no page at all; never raises."""
    lines = [span for m in _LINE.finditer(text) if (span := _bare(text, m.start(), m.end()))]
    if not lines:
        return Page(None, 0, len(text))
    title, first = _head(text, lines)
    start = lines[first].start
    if len(text) > start and (inline := _inline_head(text, lines[first])):
        title, start = title or inline[0], inline[1]
    elif title and not any(_is_meta(text, line) for line in lines if title.end <= line.start < start):
        start = title.start if title.start <= start else start
    return Page(title, start, max(start, _end(text, [line for line in lines[first:] if line.end > start])))


def _bare(text: str, start: int, end: int) -> Span | None:
    words = text[start:end]
    left = len(words) - len(words.lstrip(EDGE))
    right = len(words.rstrip(EDGE))
    return Span(start + left, start + right) if left < right else None


def _words(text: str, line: Span, most: int = 200) -> str:
    return text[line.start : min(line.end, line.start + most)]


def _is_title(words: str) -> bool:
    return (
        6 <= len(words) <= _TITLE_LENGTH
        and _SUBJECT.search(words) is not None
        and _GENRE.search(words) is not None
        and _NOT_A_TITLE.search(words) is None
        and _META.search(words) is None
    )


def _is_meta(text: str, line: Span) -> bool:
    words = _words(text, line)
    return len(words) < 160 and (_META.search(words) is not None or _DATE.fullmatch(words.strip("[]【】")) is not None)


def _is_prose(words: str) -> bool:
    if _HEADING.match(words) or _ADDRESSEE.fullmatch(words):
        return True
    if _META.search(words) and "。" not in words:
        return False
    return ("。" in words and len(words) > 4) or (len(words) > 24 and any(c in words for c in "，,；"))


def _head(text: str, lines: list[Span]) -> tuple[Span | None, int]:
    """The title and the index of the first line of the report's own words."""
    top = lines[:_LOOK]
    stop = next((i for i, line in enumerate(top) if _opens(_words(text, line))), len(top))
    titles = [title for i in range(min(stop, len(top))) if (title := _title_at(text, top, i))]
    title = titles[-1] if titles else None
    after = next((i for i, line in enumerate(top) if title and line.start >= title.end), 0)
    first = next((i for i in range(after, len(top)) if _is_prose(_words(text, top[i]))), None)
    if first is None:
        first = min(after, len(lines) - 1)
    return _cleanest(text, titles), first


def _opens(words: str) -> bool:
    """Whether titles can no longer follow: the first heading, or a paragraph."""
    return _HEADING.match(words) is not None or (len(words) > 70 and "。" in words and not _META.search(words[:30]))


def _title_at(text: str, lines: list[Span], i: int) -> Span | None:
    """The title that ends on line i, with the lines it was wrapped over."""
    words = _words(text, lines[i])
    for many in (1, 2, 3):
        begin = i - many + 1
        if begin < 0:
            return None
        rows = [_words(text, line) for line in lines[begin : i + 1]]
        if many > 1 and (
            not _wraps(rows) or "\n\n" in text[lines[begin].end : lines[begin + 1].start].replace("\r", "")
        ):
            return None
        if _is_title("".join(rows)):
            break
    else:
        return None
    above = _words(text, lines[begin - 1]) if begin else ""
    if re.match(r"(?:关于|(?:19|20)\d\d)", words) and re.fullmatch(
        r"[^\s，,。:：>]{2,30}(?:政府|[局厅]|委员会|办公室|办事处|管委会|县委|市委|区委|省委)", above
    ):
        begin -= 1
    return Span(lines[begin].start, lines[i].end)


def _wraps(rows: list[str]) -> bool:
    return all(len(row) <= 45 and not _META.search(row) and not _NOT_A_TITLE.search(row) for row in rows)


def _cleanest(text: str, titles: list[Span]) -> Span | None:
    """Of several, the last; a browser's title (真标题_某某网) loses to the line it was made from."""
    if not titles:
        return None
    last = titles[-1]
    inside = [t for t in titles if text[t.start : t.end] in text[last.start : last.end]]
    return min(inside, key=lambda t: (t.end - t.start, -t.start))


def _inline_head(text: str, line: Span) -> tuple[Span | None, int] | None:
    """Title and beginning where furniture, title and text share one line."""
    if line.end - line.start < 200:
        return None
    head = text[line.start : line.start + _LOOK * 2]
    stop = min(
        (m.start() for m in (re.search("[。；]", head), re.search(r"[\s：:][一1][、.．]", head)) if m),
        default=len(head),
    )
    begin = 0
    for m in _META.finditer(head, 0, stop):
        rest = re.compile(r"[^\s，,。]{0,40}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?[\s|]*").match(head, m.end())
        begin = max(begin, rest.end() if rest else m.end())
    if begin >= stop:
        begin = 0
    title = None
    for m in re.finditer(r"[^\s|]+(?=[\s|]|$)", head[:stop]):
        if _is_title(m.group()):
            title = Span(line.start + m.start(), line.start + m.end())
    glued = re.match(r"[^\s，,。：:；]{2,50}?(?:报告|总结|白皮书)(?=(?:19|20)\d\d年)", head[begin:stop])
    if title is None and glued and _is_title(glued.group()):
        title = Span(line.start + begin, line.start + begin + glued.end())
    if begin == 0 and title is None:
        return None
    if title and title.start >= line.start + begin:
        return title, title.start
    return title, line.start + begin


def _end(text: str, lines: list[Span]) -> int:
    """The end of the report's own words: signature and date belong to it, links and buttons do not."""
    last = len(lines) - 1
    foot = len(lines)
    for i in range(last, 0, -1):
        words = _words(text, lines[i])
        if len(words) <= 80 and _FOOT.match(words):
            if words[0] == "附" and any(_TELLS.search(_words(text, one)) for one in lines[i + 1 : i + 4]):
                break
            foot = i
        elif (len(words) >= 100 and "。" in words) or (_HEADING.match(words) and foot == len(lines)):
            break
    kept = lines[:foot]
    if not kept:
        return len(text)
    for i in range(max(1, len(kept) - 12), len(kept)):
        if (
            _SIGNED.search(_words(text, kept[i], 60))
            and len(_words(text, kept[i], 61)) <= 60
            and _all_short(text, kept[i + 1 :])
        ):
            kept = kept[: i + 1]
            break
    final = kept[-1]
    tail = max(text.rfind(c, final.start, final.end) for c in "。！？；;")
    begin = max(tail + 1, final.start)
    if tail_of_page := _FOOT_TAIL.search(text, begin, min(final.end, begin + 2000)):
        cut = _bare(text, final.start, tail_of_page.start())
        return cut.end if cut else final.end
    return final.end


def _all_short(text: str, lines: list[Span]) -> bool:
    return all(line.end - line.start < 60 and "。" not in _words(text, line) for line in lines)
