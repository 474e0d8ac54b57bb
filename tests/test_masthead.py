"""What a report says of itself, and null where it does not."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.outline import Masthead
from service.text.masthead import read_masthead
from service.text.places import units
from service.text.split import split

GOLD = Path(__file__).parents[2] / "shared"


def read(text: str) -> Masthead:
    return read_masthead(text, split(text))


def page(title: str, first: str = "2023年,我们依法行政,取得成效。", end: str = "", meta: str = "") -> str:
    return f"首页 > 政务公开\n{title}\n{meta}\n{first}\n一、主要举措\n做了。\n{end}"


@pytest.mark.parametrize(
    ("title", "jurisdiction", "level", "issuer"),
    [
        ("岚江省2023年度法治政府建设情况报告", "岚江省", "province", "岚江省人民政府"),
        ("云岭自治区人民政府关于2023年法治政府建设情况的报告", "云岭自治区", "province", "云岭自治区人民政府"),
        ("重庆市2023年法治政府建设情况报告", "重庆市", "province", "重庆市人民政府"),
        ("石家庄市人民政府关于2023年度法治政府建设情况的报告", "石家庄市", "city", "石家庄市人民政府"),
        ("青石藏族自治州2023年法治政府建设报告", "青石藏族自治州", "city", "青石藏族自治州人民政府"),
        ("2023年度栖桐县法治政府建设年度报告", "栖桐县", "county", "栖桐县人民政府"),
        ("岳浦市麓南区人民政府2023年法治政府建设工作总结", "麓南区", "county", "岳浦市麓南区人民政府"),
        ("白草左旗2023年法治政府建设报告", "白草左旗", "county", "白草左旗人民政府"),
        ("海青县石鹭镇2023年法治政府建设年度报告", "石鹭镇", "township", "石鹭镇人民政府"),
        ("苔溪街道2023年度法治政府建设工作情况报告", "苔溪街道", "township", "苔溪街道办事处"),
        ("澄陵市市场监督管理局2023年度法治政府建设工作报告", "澄陵市", "department", "澄陵市市场监督管理局"),
        ("武安区城市管理局关于2023年法治政府建设情况的报告", "武安区", "department", "武安区城市管理局"),
        ("岚江省司法厅2023年法治政府建设情况报告", "岚江省", "department", "岚江省司法厅"),
    ],
)
def test_the_title_tells_place_level_and_issuer(title, jurisdiction, level, issuer):
    found = read(page(title))
    assert (found.title, found.jurisdiction, found.level, found.issuer, found.year) == (
        title,
        jurisdiction,
        level,
        issuer,
        2023,
    )


def test_a_city_below_another_city_is_a_county_and_one_above_counties_a_city():
    assert (
        read(
            page("青渡市2023年法治政府建设报告", "2023年,在岳浦市委、市政府领导下,青渡市依法行政,各乡镇积极参与。")
        ).level
        == "county"
    )
    assert (
        read(
            page(
                "青渡市2023年法治政府建设报告", "2023年,在省委、省政府领导下,全市各县(市、区)依法行政,指导各县区执法。"
            )
        ).level
        == "city"
    )


def test_a_county_whose_justice_bureau_publishes_is_still_a_county():
    found = read(page("栖桐县2023年法治政府建设工作总结", meta="来源:栖桐县司法局    时间:2023年12月21日"))
    assert (found.level, found.issuer, found.published_on) == ("county", "栖桐县司法局", date(2023, 12, 21))


def test_a_title_wrapped_over_lines_is_joined():
    found = read("栖桐县人民政府\n关于2023年度法治政府建设情况的报告\n\n2023年,全县依法行政。\n一、工作\n做了。")
    assert found.title == "栖桐县人民政府关于2023年度法治政府建设情况的报告"


def test_an_addressee_is_no_title_and_the_place_comes_from_the_first_sentence():
    found = read(
        "市人民政府:\n2023年,在岳浦市委、市政府的正确领导下,青渡市坚持依法行政,各乡镇街道积极参与。\n一、"
        "工作\n做了。\n特此报告。"
    )
    assert found == Masthead(None, "青渡市", "county", "青渡市人民政府", 2023, None, None)


def test_nothing_said_is_null_even_when_the_file_name_knows():
    text = "工作推进有力。\n一、工作\n做了。"
    assert read_masthead(text, split(text), "栖桐县2023年报告.txt") == Masthead()


def test_the_signature_names_the_issuer():
    found = read(page("岳浦市麓南区苔溪街道办事处2023年法治政府建设报告", end="苔溪街道办事处\n2024年1月5日"))
    assert found.issuer == "苔溪街道办事处"
    assert found.published_on is None


@pytest.mark.parametrize(
    ("meta", "day"),
    [
        ("发布日期:2024-03-08 09:41:07 来源:本网", date(2024, 3, 8)),
        ("成文日期：2024-01-15 | 发布日期 | 2024-01-30", date(2024, 1, 30)),
        ("文章来源:司法局 更新时间:2024/03/29 11:30:01", date(2024, 3, 29)),
        ("  • 2024-01-15 09:48", date(2024, 1, 15)),
        ("（某市司法局  2024年4月18日发布）", date(2024, 4, 18)),
        ("(县人民政府 2024年1月10日)", None),
        ("发布时间:2024年13月40日", None),
        ("", None),
    ],
)
def test_the_date_of_publication_is_the_one_the_page_states(meta, day):
    text = page("栖桐县2023年法治政府建设报告", meta=meta, end="栖桐县人民政府\n2024年1月5日")
    found = read(text)
    assert found.published_on == day
    assert (found.published_at is None) == (day is None)


def test_the_date_of_a_visit_is_no_publication():
    assert read("今天是:2019年10月31日 星期四\n" + page("栖桐县2023年法治政府建设报告")).published_on is None


def test_the_year_reported_on_is_never_that_of_publication():
    assert read(page("栖桐县法治政府建设报告", "一年来,全县依法行政。", meta="发布时间:2024-01-30")).year is None
    assert read(page("栖桐县法治政府建设报告", "根据《纲要(2021—2025年)》,2022年以来,全县依法行政。")).year == 2022
    assert read("一年来工作有序。\n一、主要工作\n做了。\n二、2024年工作安排\n要做。").year == 2023
    assert read(page("栖桐县二〇二三年法治政府建设报告")).year == 2023


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((
            "津市市人民政府"
        ), ["津市市"]), ("新乡市司法局", ["新乡市"]), ("镇江市丹徒区", ["镇江市", "丹徒区"]), ("广州市", ["广州市"]),
        ((
            "海北藏族自治州门源回族自治县人民政府"
        ), ["海北藏族自治州", "门源回族自治县"]), ("东乡族自治县", ["东乡族自治县"]),
        ("黔东南州凯里市", ["黔东南州", "凯里市"]), ((
            "内蒙古自治区司法厅"
        ), ["内蒙古自治区"]), ("沙市区人民政府", ["沙市区"]),
        ("景德镇市", ["景德镇市"]), ("上海市浦东新区", ["上海市", "浦东新区"]), ("城市管理局", []), ("司法局", []),
    ],
)  # fmt: skip
def test_names_of_places_are_cut_into_their_units(words, names):
    assert [place.name for place in units(words)[0]] == names


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(list("市县区镇乡州省局厅年2023报告法治政府建设关于\n：:《》 来源发布日期")), max_size=80
    ).map("".join)
)
def test_any_text_has_a_masthead(text):
    found = read(text)
    if found.published_at:
        assert 0 <= found.published_at.start < found.published_at.end <= len(text)


@pytest.mark.skipif(not (GOLD / "gold").is_dir(), reason="no ../shared/gold here")
def test_every_report_field_of_the_gold_reports_is_right():
    for path in sorted((GOLD / "gold").glob("*.json")):
        labels = json.loads(path.read_text("utf-8"))
        found = read((GOLD / "reports" / labels["report"]).read_bytes().decode("utf-8"))
        published = found.published_on.isoformat() if found.published_on else None
        assert {**labels["meta"]} == {
            "title": found.title, "jurisdiction": found.jurisdiction, "level": found.level,
            "issuer": found.issuer, "year": found.year, "published_on": published,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "jurisdiction", "level", "issuer"),
    [
        (
            "岳浦市麓南区人民政府苔溪街道办事处2023年法治政府建设报告",
            "苔溪街道",
            "township",
            "岳浦市麓南区人民政府苔溪街道办事处",
        ),
        (
            "中共栖桐县委栖桐县人民政府关于2023年法治政府建设情况的报告",
            "栖桐县",
            "county",
            "中共栖桐县委栖桐县人民政府",
        ),
        (
            "澄陵市人民政府国有资产监督管理委员会2023年法治政府建设报告",
            "澄陵市",
            "department",
            "澄陵市人民政府国有资产监督管理委员会",
        ),
        ("栖桐县档案馆2023年法治政府建设工作报告", "栖桐县", "department", "栖桐县档案馆"),
        ("栖桐县供销合作社联合社2023年法治政府建设报告", "栖桐县", "department", "栖桐县供销合作社联合社"),
        ("岳浦经济技术开发区2023年法治政府建设报告", "岳浦经济技术开发区", "county", "岳浦经济技术开发区管理委员会"),
    ],
)
def test_organs_inside_organs_and_bodies_that_are_no_bureau(title, jurisdiction, level, issuer):
    found = read(page(title))
    assert (found.jurisdiction, found.level, found.issuer) == (jurisdiction, level, issuer)


@pytest.mark.parametrize(
    ("text", "jurisdiction", "level", "issuer"),
    [
        (
            "2023年以来,县司法局在县委领导下依法履职。\n一、举措\n起草《栖桐县普法办法》。",
            "栖桐县",
            "department",
            "栖桐县司法局",
        ),
        ("2023年,栖桐县水务局坚持依法行政。\n一、举措\n做了。", "栖桐县", "department", "栖桐县水务局"),
        ("2023年,栖桐县坚持依法行政。县司法局认真履职。\n一、举措\n做了。", "栖桐县", "county", "栖桐县人民政府"),
    ],
)
def test_without_a_title_the_opening_sentence_says_whose_report_it_is(text, jurisdiction, level, issuer):
    found = read(text)
    assert (found.title, found.jurisdiction, found.level, found.issuer) == (None, jurisdiction, level, issuer)


def test_papers_of_its_own_name_a_place_that_nothing_else_names():
    assert (
        read(
            "2023年,市政府坚持依法行政,我市印发《青渡市法治政府建设要点》,落实《岚江省条例》。\n一、举措\n我市做了。"
        ).jurisdiction
        == "青渡市"
    )


@pytest.mark.parametrize(
    "words", ["为我市成功入围示范城市", "年内市政府召开会议", "现将县人民政府工作", "自治区党委重视"]
)
def test_words_that_end_like_a_place_are_none(words):
    assert read(f"2023年,依法行政,{words},取得成效。\n一、举措\n做了。").jurisdiction is None


@pytest.mark.parametrize("line", ["[2024-03-01]", "2024-03-01 15:23 来源：栖桐县司法局 阅读：120"])
def test_a_date_alone_under_the_title_may_stand_in_brackets_or_before_the_source(line):
    assert read(page("栖桐县2023年法治政府建设报告", meta=line)).published_on == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("under", "day"),
    [
        ("（2024年1月16日）", date(2024, 1, 16)),
        ("栖桐县人民政府\n（2024年1月16日）", date(2024, 1, 16)),
        ("（2024年1月16日栖桐县政府常务会议通过）", None),
    ],
)
def test_a_date_in_brackets_under_a_title_that_opens_the_body_is_of_publication(under, day):
    text = f"栖桐县2023年法治政府建设报告\n{under}\n\n2023年,栖桐县依法行政。\n一、工作\n做了。"
    assert read(text).published_on == day


def test_the_date_under_the_signature_of_a_short_text_is_none_of_publication():
    text = "栖桐县2023年法治政府建设报告\n2023年,栖桐县依法行政。\n一、工作\n做了。\n栖桐县人民政府\n2024年1月5日"
    assert read(text).published_on is None


@pytest.mark.parametrize(
    ("addressee", "level"),
    [
        ("省人民政府：", "city"),
        ("省委、省政府:", "city"),
        ("省委依法治省办：", "city"),
        ("岚江省人民政府：", "city"),
        ("市委、市政府：", "county"),
        ("市委全面依法治市委员会办公室：", "county"),
        ("岳浦市人民政府：", "county"),
        ("中共青渡市委、市人大常委会：", "city"),
    ],
)
def test_whom_an_unknown_city_reports_to_says_what_it_is(addressee, level):
    counties = "" if level == "city" and "青渡" not in addressee else "各县(市、区)配合,指导县区执法。"
    text = f"青渡市2023年法治政府建设情况报告\n\n{addressee}\n现将我市情况报告如下。{counties}\n一、工作\n做了。"
    assert read(text).level == level


def test_the_office_of_a_committee_keeps_its_name():
    title = "中共栖桐县委全面依法治县委员会办公室\n关于栖桐县2023年法治政府建设情况的报告"
    found = read(f"{title}\n\n2023年,全县依法行政。\n一、工作\n做了。")
    assert (found.issuer, found.level) == ("中共栖桐县委全面依法治县委员会办公室", "county")
