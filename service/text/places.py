"""
Chinese places and organs by their names: the units in 岳浦市麓南区苔溪街道办事处, and at which level each stands.

It knows the country's administrative names, which are public knowledge, and nothing of any report.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from schemas.extraction import Level


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PROVINCES: Final = _names(
    """
    北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川
    贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆
    """
)
_MUNICIPALITIES: Final = frozenset(("北京市", "天津市", "上海市", "重庆市"))
# 地级市: a 市 that is not one of these, nor a municipality, is read by what its report says of districts and counties.
_CITIES: Final = _names(
    """
    石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州
    临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 沈阳 大连 鞍山 抚顺 本溪 丹东
    锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 吉林 四平 辽源 通化 白山 松原 白城 哈尔滨 齐齐哈尔 鸡西 鹤岗
    双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江
    泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆
    黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江
    新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城
    滨州 菏泽 莱芜 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店
    武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳
    郴州 永州 怀化 娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞
    中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 三沙
    儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水
    遵义 安顺 毕节 铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 拉萨 日喀则 昌都 林芝 山南 那曲 西安 铜川 宝鸡
    咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 西宁 海东
    银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 吐鲁番 哈密
    """
)
_PREFECTURES: Final = _names(
    """
    海北 海南 海西 海东 黄南 玉树 果洛 临夏 甘南 恩施 湘西 凉山 甘孜 阿坝 大理 德宏 怒江 迪庆 文山 红河 楚雄
    西双版纳 延边 昌吉 伊犁 巴音郭楞 博尔塔拉 克孜勒苏 黔东南 黔南 黔西南 巴 博 克 伊犁哈萨克
    """
)
_UNIT: Final = re.compile(
    r"(?P<name>(?:(?![在局厅委府的])[\u4e00-\u9fff]){1,11}?)(?P<suffix>特别行政区|自治区|自治州|自治县|自治旗|地区|经济(?:技术)?开发区|高新(?:技术)?(?:产业)?(?:开发)?区|新区|开发区|街道|苏木|民族乡|省(?!级)"
    r"|市(?!市(?![场政民容直])|[区县级])|盟(?![市区县])|县(?![市级城]|委(?!全面依法治))|区(?![域块级直分]|委(?!全面依法治))|旗(?![市区县舰])|镇(?![镇市区县江雄宁坪远赉原平巴康安沅海])|乡(?![乡市区县镇村宁城土族])|林区)"
)
_PREFECTURE: Final = re.compile(
    f"(?P<name>{'|'.join(sorted(_PREFECTURES, key=len, reverse=True))})(?P<suffix>州)(?![市区县省])"
)
_LED_BY: Final = re.compile(r"在\s*([\u4e00-\u9fff]{2,6}[市州盟])(?:委|政府|人民政府|党委)")
# Whom a report is addressed to: 省人民政府：, 市委、市政府：. A 市委 alone may be the reporter's own.
_ADDRESSEE: Final = re.compile(
    r"^[ \t\xa0\u3000]*(?:中共)?(?P<place>[\u4e00-\u9fff]{0,6}?)(?:(?P<above>省|自治区)|(?P<beside>[市州盟]))"
    r"(?:委|党委|人大(?:常委会)?|、)*(?(above)|(?:人民政府|政府|[市州盟](?:人民)?政府|(?:全面)?依法治))[^，,。；;：:\r\n]{0,30}[：:]",
    re.MULTILINE,
)
_BELOW_CITY: Final = re.compile(
    r"各?县[（(、]?(?:市、?)?区|各县市区|县市区|区县|各县(?:市|区)|各区(?:县|市)|县（市|市、县|市县|县级|市(?:、区)?直|市级|市辖区|县\(市"
)
_BELOW_COUNTY: Final = re.compile(r"乡镇|镇[（(]?街|各镇|镇村|村[（(](?:社区|居)|县乡|街镇|乡[（(]镇")
_NO_NAME: Final = re.compile(
    r"^(?:城|都|超|门|本|全|我|各|该|辖|社|小|地|园|山|林|校|景|片|灌|街|农|法治|依法治|县|区|市|省|州|州市|县市|内|自治|现将|原"
    r"|(?:为|在|对|由|经|向|使|让|给|把|将|受|以|到|现将|年内|并)(?:我|各|该|本|全|每|辖)?"
    r"|.{0,8}(?:我|各|该|每|工作|要求|根据|按照|通过|组织|开展|坚持|加强|督促|协调|配合|推动|会同|召开|入围)[\u4e00-\u9fff]?)$"
)
_ORGAN: Final = re.compile(
    r"(?:局|厅|委员会|委|办公室|办|中心|支队|总队|大队|税务局|部|院|署|队|处|所|银行|管委会|联合会|公司|联合社|合作社|供销社|档案馆|图书馆|博物馆|海关"
    r"|总站)$"
)
# 中共某县委某县人民政府: whose report it is, the second organ says.
_WITH_THE_PARTY: Final = re.compile(
    r"^(?:中共|中国共产党)[\u4e00-\u9fff]{2,30}?(?:工作委员会|委员会|工委|委)(?=[\u4e00-\u9fff]{2,}(?:人民政府|办事处)$)"
)
# 某区人民政府某街道办事处: the street is meant, not the district.
_GOVERNMENT_OF: Final = re.compile(r"人民政府(?=[\u4e00-\u9fff]{2,9}(?:街道|地区)办事处)")
_GOVERNMENT: Final = re.compile(
    r"(?:人民政府|政府|行政公署|行署)(?:办公[室厅])?$|街道办事处$|街道办$|(?<!监督)(?<!城市)管理委员会$|管委会$"
)


_VERB: Final = (
    "在|坚持|认真|深入|以|紧紧|严格|全面|始终|高度|切实|党委|党政|党工委|办事处|人民政府|政府"
    "|对照|对标|紧扣|聚焦|围绕|持续|扎实|立足|锚定|积极|按照|贯彻|把"
)
_HAN: Final = r"(?:(?!在)[\u4e00-\u9fff])"
SPEAKS: Final = re.compile(  # who the first sentence is about; in 在某市委领导下 it is somebody else
    rf"({_HAN}{{2,24}}?(?:局|厅))(?={_VERB})"
    rf"|(?:^|[，,。：:\s年度])({_HAN}{{2,12}}?[市县区州旗镇乡省盟]|[\u4e00-\u9fff]{{2,8}}街道)(?={_VERB})"
)
# The reporter that an opening sentence names, where it is a department: 县司法局坚持, 市卫健委按照.
_DEPARTMENT: Final = re.compile(
    rf"(?:^|[，,。：:\s年度])({_HAN}{{2,20}}?(?:局|厅|支队|大队|海关|(?<![市县区省州盟旗镇乡街党工纪团])委))"
    rf"(?=(?:党委|党组)?(?:{_VERB}|根据|结合|强化|牢固|紧密|着力|全力|依法|认真|法治))"
)
# A document of a place's own: 印发《某市法治政府建设工作要点》.
_OWN_PAPER: Final = re.compile(
    r"(制定|印发|出台|编制|修订|下发)?[^，,。；《》]{0,12}《(?:中共|20\d\d年度?)?([\u4e00-\u9fff]{2,12}?[市县区州旗镇乡省盟])(?=[\u4e00-\u9fff\d])"
)
_OUR: Final = re.compile(
    r"我([省市县区州旗镇乡盟])|(?<![\u4e00-\u9fff])([省市县区州旗镇乡盟])(?!场)(?:委|人民政府|政府|[\u4e00-\u9fff]{2,8}局)"
)
_ALL: Final = re.compile(r"全([省市县区州旗镇乡盟])(?![面覆直])")


@dataclass(frozen=True, slots=True)
class Place:
    """One unit of a place name, as written (武江区), with its level; None for a 市 that may be city or county."""

    name: str
    level: Level | None


def units(words: str) -> tuple[tuple[Place, ...], str]:
    """The places at the beginning of an organ's name, from the widest to the narrowest, and what follows them."""
    places: list[Place] = []
    at = 0
    words = _WITH_THE_PARTY.sub("", words[:120])
    words = re.sub("^(?:中共|中国共产党|国家税务总局(?=.))", "", words)
    while m := _PREFECTURE.match(words, at) or _UNIT.match(words, at):
        name, suffix = m["name"], m["suffix"]
        if suffix in ("市", "区", "乡", "街道", "镇", "县", "旗", "省") and _NO_NAME.match(name):
            break
        if re.search(r"关于|年|的|和|与|法治|政府|委员", name):
            break
        places.append(Place(name + suffix, _level(name, suffix, bool(places))))
        at = m.end()
        if inner := _GOVERNMENT_OF.match(words, at):
            at = inner.end()
    if not places and (short := next((p for p in _PROVINCES if words.startswith(p)), None)):
        return (Place(short, "province"),), words[len(short) :]
    return tuple(places), words[at:]


def _level(name: str, suffix: str, below: bool) -> Level | None:
    match suffix:
        case "省" | "自治区" | "特别行政区":
            return "province"
        case "州" | "自治州" | "盟" | "地区":
            return "city"
        case "街道" | "苏木" | "民族乡" | "乡" | "镇":
            return "township"
        case "市":
            if name + suffix in _MUNICIPALITIES:
                return "province"
            return "city" if name in _CITIES else ("county" if below else None)
        case _:
            return "county"


def is_government(organ: str) -> bool:
    """Whether an organ is a place's government as a whole, or its office (人民政府, 街道办事处, 管委会)."""
    return _GOVERNMENT.search(organ) is not None


def is_organ(words: str) -> bool:
    """Whether words end like the name of a public body."""
    return is_government(words) or _ORGAN.search(words) is not None


def city_or_county(name: str, body: str) -> Level:
    """A 市 that the list of cities does not know: whom it reports to, obeys and rules decides."""
    own = name[:-1]
    if (to := _ADDRESSEE.search(body, 0, 600)) and (to["above"] or to["place"] != own):
        return "city" if to["above"] else "county"
    if any(m.group(1) != name and own not in m.group(1) for m in _LED_BY.finditer(body)):
        return "county"
    return (
        "city"
        if len(_BELOW_CITY.findall(body)) >= max(2, len(_BELOW_COUNTY.findall(body)) // 3)
        or re.search(r"在省委|各县|县（?区|县\(区", body)
        else "county"
    )


def department_in(opening: str) -> tuple[tuple[Place, ...], str] | None:
    """The places and the organ of a department that an opening paragraph lets speak; None where a place speaks."""
    organ = _DEPARTMENT.search(opening)
    place = SPEAKS.search(opening)
    if organ is None or (place and place.group(2) and place.start(2) < organ.start(1)):
        return None
    places, rest = units(organ.group(1))
    rest = rest if places else re.sub(r"^(?:[省市县区州旗盟](?=[\u4e00-\u9fff]{2})|我(?=.{3}))", "", organ.group(1))
    return (places, rest) if len(rest) >= 3 else None


def we_of(body: str) -> str:
    """市 where a body says 我市 and 市政府, 县 where it says 我县; else by 全市, 全县; "" where it says neither."""
    own = Counter(m.group(1) or m.group(2) for m in _OUR.finditer(body)) or Counter(_ALL.findall(body))
    return max(own, key=lambda c: own[c]) if own else ""


def own_place(body: str) -> tuple[Place, ...]:
    """A place that nobody names as the reporter, by the papers of its own; () where they disagree."""
    ours = we_of(body)
    issued: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for m in _OWN_PAPER.finditer(body) if ours else ():
        found, rest = units(m.group(2))
        if found and not rest and found[-1].name.endswith(ours):
            (issued if m.group(1) else named)[found[-1].name] += 1
    for names in (issued, named):
        first = names.most_common(2)
        if first and (len(first) == 1 or first[0][1] > 2 * first[1][1]):
            return units(first[0][0])[0]
    return ()
