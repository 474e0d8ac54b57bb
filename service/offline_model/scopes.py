"""
For whom and for when a number counts, where that is not the reporter as a whole in the year of the report.

By the subject of its clause, the years around it and the heading over it. It knows nothing of indicators.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.outline import Span
from service.offline_model.punctuation import AND, STOP

_HALT: Final = re.compile(r"[。;\uff1b!\uff01?\uff1f\n]")
_COMMA: Final = re.compile(r"[,\uff0c;\uff1b]")
_BREAK: Final = re.compile(r"[。;\uff1b!\uff01?\uff1f\n,\uff0c:\uff1a、(\uff08)\uff09]")
REACH: Final = 120
_LASTING: Final = 20
_LEFT, _RIGHT = r"[(\uff08]", r"[)\uff09]"
_ORGANS: Final = "顾问|队|人员|部门|政府|机关|中心|委员会|调委会|所|站"
_DOES: Final = "承接|办理|受理|立案|作为|收到|开展|评查|公布|接受|组织|提供|参与|审查|审核|调解|处理|报送|报备|备案|坐班|举办|建成|建立|配备|查处|向"
# 街道 and 社区 as those who act or are counted, not as what is built or governed: 社区承接, 社区法律顾问, 街道5个.
_AS_A_BODY: Final = rf"$|[\u4e00-\u9fff]{{0,4}}(?:{_ORGANS}|服务)|(?:均|共|分别)?(?:{_DOES})"
_KIND: Final = (
    rf"[省市县区]政府及(?:其|[省市县区]政府)办公[室厅]|[省市县区]政府各部门|[省市县区]政府(?=作为)|[省市县区]局$|"
    r"[省市县区州镇乡村](?:本级|级)(?:政府|机关|部门|单位)?|[省市县区州](?:政府|局|厅)(?:本级)|[省市县区州]直(?:部门|单位|机关)?|"
    rf"各?乡镇{_LEFT}街道{_RIGHT}|各?镇{_LEFT}街道?{_RIGHT}|各?乡镇、?街道|街道乡镇|各?镇街|各?乡镇(?!级)|街道(?={_AS_A_BODY})|村{_LEFT}(?:社区|居){_RIGHT}|村、社区|村居|社区(?={_AS_A_BODY})|"
    rf"各?县{_LEFT}(?:市、|市)?区{_RIGHT}(?:政府)?|各?市{_LEFT}州{_RIGHT}(?:政府)?|县区(?:政府)?|区县(?:政府)?|设区市|市州|市县局?|"
    r"各?部门(?!预案|联合|职责|窗口|之?间|规章|服务|文件)|各[市县区](?![级直委])"
)
_GOVERNMENT: Final = re.compile(r"[市县区]政府(?=受理|收到|办理|作为|本级|\d)")
_OTHERS: Final = re.compile(rf"(?:{_KIND})(?:\s*[和及与、](?:{_KIND}))*")
_PLACE: Final = re.compile(
    r"[\u4e00-\u9fff]{2,3}?(?:新区|街道|[县区镇乡村])(?![级直域划区委政处规组])(?:[和及、][\u4e00-\u9fff]{2,3}?(?:新区|街道|[县区镇乡村])(?![级直域划区委政处规组]))*"
)
_NO_PLACE: Final = re.compile(
    r"[全各我本该个试编制审查研究依托围绕选派下放轮训协助修订培建好用进向科室举办组织推动深入面到至从把将被让给一二三四五六七八九十每有为对由与了的在级]|"
    r"[山园景校片库小辖城社地灾农]区|示范|开发|实现|城乡|乡镇|乡村"
)
_BODY: Final = re.compile(
    r"[省市县区][\u4e00-\u9fff]{2,8}?(?:局|委|办|厅)(?!长)(?:、[省市县区][\u4e00-\u9fff]{2,8}?(?:局|委|办|厅)(?!长))*"
)
# The reporter as a whole.
_WHOLE: Final = re.compile(
    r"[全我本][省市县区州镇乡局厅]|[省市县区镇乡][政委](?!府?本级|府作为|府及|府各)|各级|各地|国家|中央|[上下]级|市、?县两级|市县两级|省市县|[\u4e00-\u9fff]{2,8}(?:人民政府|委员会)"
)
_LEAD: Final = re.compile(
    r"(?:[(\uff08][一二三四五六七八九十\d]{1,2}[)\uff09]|[一二三四五六七八九十]{1,2}(?:是|、))?(?:其中|同时|目前|全年|截至目前|年内|涉及|分别|此外|另外|并|且|[\s\u3000])*"
    r"(?:对|由|以|组织|督促|指导|责令|推动|推进|力争|平均|选[取定择]|支持)?"
)
_LISTS_PLACES: Final = re.compile(r"$|责令|推进|选[取定择]|支持|指导|涉及|其中|分别|平均")
# What is done to what belongs to others: 取消市级事项; 审核以县政府及县政府办公室名义印发的.
_OBJECT: Final = re.compile(
    rf"(?:组织|取消|公布|梳理|完成|实现|力争|推动)({_OTHERS.pattern})(?!{_LEFT})|(?:选派)({_OTHERS.pattern})(?=法律顾问|公职律师)|"
    rf"([省市县区]政府及(?:其|[省市县区]政府)办公[室厅])|(?:审查|审核|备案)({_OTHERS.pattern})(?=报送|报备|备案)"
)
_EACH_OF: Final = re.compile(rf"^({_OTHERS.pattern})[\u4e00-\u9fff]{{0,4}}?(?:均|平均)")
_BARE: Final = re.compile(r"(?:均|共|共计|有|为|约|各|达|仅|平均|分别为|的)*$")
_HONOUR: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{0,4}示范|以上|先进|媒体|下放|移交|交办|督[察查]|反馈|赋权|支持|荣誉|文明|优秀|优质|矫正|取消|保留|新增|两级|三级|行政复议机关)"
)
_PEOPLE: Final = re.compile(r"[名人]$")
_STAFF: Final = re.compile(r"(?:综合)?(?:行政)?(?:执法|工作)人员|干部")
_GRADED: Final = re.compile(r"国家级|示范|荣誉|称号|获评|创建")
_ACTS: Final = re.compile(
    rf"(?:[\u4e00-\u9fff]{{0,8}}(?:{_ORGANS}))?(?:全部|均|共|累计|分别|依法|主动|先后)?(?:{_DOES})"
)
_GOES_ON: Final = re.compile(
    r"(?:其中|较|比|同比|环比|精简|压减|压缩|增长|下降|上升|提高|减少|增加|占|[高低][于出]|纠正|修改|由|降幅|增幅)"
)
_RATE_OF_EACH: Final = re.compile(r"(?:平均)(每个?(?:村|社区|乡镇|镇街|镇|街道|县|区))$")
_OWN: Final = re.compile(r"[全我本]([省市县区州镇乡])(?![级直委])|(街道)(?:党工委|办事处|纪工委|办)")
_WIDTH: Final = {"省": 5, "市": 4, "州": 4, "县": 3, "区": 3, "镇": 2, "乡": 2, "街道": 2, "村": 1}

_YEAR: Final = r"(?:19|20)\d\d年"
_PERIOD: Final = re.compile(
    r"(?:\d{4}年)?\d{1,2}月?(?:至|到|[-—－~～])(?:\d{4}年)?\d{1,2}月(?:底|份|末)?|截[至止](?:到)?(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|末)|"
    r"(?:\d{4}年|今年)?(?:上半年|下半年|[前一]三?季度|第[一二三四]季度)|[“\"]?十[三四五]五[”\"]?(?:时期|期间|以来)"
)
_WHOLE_YEAR: Final = re.compile(r"12月(?:底|末|31日)")
_RIGHT_BEFORE: Final = re.compile(
    rf"(?:由|从|较|比|与|于|同)?({_YEAR}(?:[底末初])?|[去上]年(?:同期)?)(?:度|同期|全年)?(?:的|相比)?[^,\uff0c。;\uff1b:\uff1a\d]{{0,2}}$|([“\"]?十[三四五]五[”\"]?[末初])的?$"
)
_AIM: Final = re.compile(rf"((?:{_YEAR}|明年|来年)[底末]?)(?!以来)")
_STARTS: Final = re.compile(rf"^\W*(?:其中)?({_YEAR})(?!以来|以前|起|底|末|\d)")


def areas(text: str, marks: Sequence[Span]) -> list[str | None]:
    """For every number the part of the reporter, or the other body, that it is limited to, in the text's words."""
    own = _own(text)
    found: list[str | None] = []
    subject: str | None = None
    held = 0  # how many more clauses may begin with words of their own
    end = 0
    for mark in marks:
        at = max(end, mark.start - REACH)
        stops = [one.end() for one in _HALT.finditer(text, at, mark.start)]
        fresh = bool(stops) or not found or at > end
        if fresh:
            subject, held = None, 0
            at = stops[-1] if stops else at
        area, past = subject, at
        each = None if fresh else _EACH_OF.match(text[at : mark.start])
        for start in _clauses(text, at, mark.start, fresh=fresh):
            if start < past:
                continue
            last = not _BREAK.search(text, start, mark.start)
            head = _head(text, start, mark.start, own)
            within = text[start - 1 : start] == "、" and start - 1 != end  # an item of what is no list of numbers
            if head and within and not _BARE.fullmatch(text, head.end, mark.start):
                continue
            if _WHOLE.match(text, start):
                subject = area = None
            elif head:
                past, area = head.end, text[head.start : head.end]
                last = last or not _BREAK.search(text, past, mark.start)
                if _BARE.fullmatch(text, past, mark.start):
                    break
                subject, held = area, _LASTING if _ACTS.match(text, past) else 0 if last else 1
            elif text[start - 1 : start] != "、" and not _GOES_ON.match(text, start):
                held -= 1
                if held < 0:
                    subject = area = None
        near = _near(text, at, mark, each[1] if each else area)
        if near != area and not each:
            subject, held = near, 0
        found.append(near)
        end = mark.end
    return _by_turns(text, marks, found)


def _near(text: str, start: int, mark: Span, area: str | None) -> str | None:
    """What stands in the number's own clause and says more than its subject."""
    clause = max([start, *(one.end() for one in _COMMA.finditer(text, start, mark.start))])
    if each := _RATE_OF_EACH.search(text, clause, mark.start):
        return each[1]
    objects = list(_OBJECT.finditer(text, clause, mark.start))
    if objects:
        return next(words for words in objects[-1].groups() if words)
    if _PEOPLE.search(text, mark.start, mark.end) and (whose := _OTHERS.match(text, mark.end)):
        return whose[0] if _STAFF.match(text, whose.end()) else area
    if area and area[-1] == "级" and _GRADED.search(text, max(0, mark.start - 30), mark.start):
        return None
    return area


def _by_turns(text: str, marks: Sequence[Span], found: list[str | None]) -> list[str | None]:
    """甲局、乙局立案分别为3件、2件: the k-th number is for the k-th body."""
    for index, area in enumerate(found):
        bodies = area.split("、") if area else []
        if len(bodies) < 2 or "分别" not in text[max(0, marks[index].start - 40) : marks[index].start]:
            continue
        run = range(index, min(len(marks), index + len(bodies)))
        joined = all(AND.fullmatch(text, marks[one].end, marks[one + 1].start) for one in run[:-1])
        if len(run) == len(bodies) and joined:
            for one, body in zip(run, bodies, strict=True):
                found[one] = body
    return found


def period_of(text: str, mark: Span, aspect: str | None, planned: Span | None, headings: Sequence[str]) -> str | None:
    """The stretch of time that a number is for, where the text names one before it; of a target, the year it is set for."""
    start = max(0, mark.start - REACH)
    for stop in STOP.finditer(text, start, mark.start):
        start = stop.end()
    here = _RIGHT_BEFORE.search(text, max(start, mark.start - 20), mark.start)
    if here and (aspect == "before" or here[2]):
        return here[1] or here[2]
    if aspect == "target":
        aims = [one[1] for one in _AIM.finditer(text, min(start, planned.start) if planned else start, mark.start)]
        return aims[-1] if aims else next((one[1] for one in map(_AIM.search, reversed(headings)) if one), None)
    found = [one[0] for one in _PERIOD.finditer(text, start, mark.start)]
    if found:
        return None if _WHOLE_YEAR.search(found[-1]) else found[-1]
    return _earlier_year(text, mark, start)


def _earlier_year(text: str, mark: Span, start: int) -> str | None:
    """The year of the number's clause where the sentence names a later one with a number of its own."""
    clause = max([start, *(one.end() for one in _COMMA.finditer(text, start, mark.start))])
    year = _STARTS.match(text[clause : mark.start])
    if year is None:
        return None
    stop = STOP.search(text, mark.end, mark.end + REACH)
    rest = text[mark.end : stop.start() if stop else mark.end + REACH]
    later = [one[1] for one in map(_STARTS.match, _COMMA.split(rest)[1:]) if one]
    return year[1] if any(one > year[1] for one in later) else None


def _clauses(text: str, start: int, end: int, *, fresh: bool) -> list[int]:
    """Where clauses and list items begin between two numbers; never inside a bracket that has closed again."""
    begins = [start] if fresh else []
    past = start
    for one in _BREAK.finditer(text, start, end):
        if one.start() < past:
            continue
        if one[0] in "(\uff08":
            closing = min(
                (at for at in (text.find(")", one.end(), end), text.find("\uff09", one.end(), end)) if at >= 0),
                default=-1,
            )
            if closing >= 0:
                past = closing + 1
                continue
        begins.append(one.end())
    return begins


def _head(text: str, start: int, end: int, own: int) -> Span | None:
    """The body or place that a clause begins with."""
    lead = _LEAD.match(text, start, end)
    at = lead.end() if lead else start
    found = _OTHERS.match(text, at, end) or (_GOVERNMENT.match(text, at, end) if "其中" in text[start:at] else None)
    if found:
        width = _WIDTH.get(re.sub("各|[(\uff08].*", "", found[0]), 0)
        return None if _HONOUR.match(text, found.end()) or (width and width == own) else Span(at, found.end())
    place = _PLACE.match(text, at, end)
    if place and not _NO_PLACE.search(place[0]) and _LISTS_PLACES.search(lead[0][-2:] if lead else ""):
        suffix = "街道" if place[0].endswith("街道") else place[0][-1]
        if own > _WIDTH[suffix]:
            return Span(at, place.end())
    body = _BODY.match(text, at, end)
    if body and (_BARE.fullmatch(text, body.end(), end) or "、" in body[0]):
        return Span(at, body.end())
    return None


def _own(text: str) -> int:
    """How wide the reporter itself is, by what it calls itself: 全市, 我县; 0 where it does not say."""
    said = [one[1] or one[2] for one in _OWN.finditer(text)]
    return _WIDTH[max(set(said), key=lambda one: (said.count(one), one))] if said else 0
