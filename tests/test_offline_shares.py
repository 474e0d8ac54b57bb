"""Shares, changes and states of numbers by signs, words and sums; and numbers that count nothing."""

import re

import pytest

from schemas.outline import Span
from service.offline_model import joins, shares, slogans

CODE = "enforcement.penalty_cases"


def marked(text: str) -> tuple[str, list[Span]]:
    plain, spans, at = "", [], 0
    for found in re.finditer(r"\[([^\]]+)\]", text):
        plain += text[at : found.start()]
        spans.append(Span(len(plain), len(plain) + len(found[1])))
        plain += found[1]
        at = found.end()
    return plain + text[at:], spans


def joined(text: str, *codes: str) -> list[joins.Joined]:
    plain, spans = marked(text)
    return joins.join(plain, spans, codes or [CODE] * len(spans))


def of(text: str, *codes: str) -> list[int | None]:
    return [row.of for row in joined(text, *codes)]


def aspects(text: str, *codes: str) -> list[str | None]:
    return [row.aspect for row in joined(text, *codes)]


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("文件[54件](甲类[30件]、乙类[14件]、其他[10件]),意见[9件]", [None, 0, 0, 0, None]),
        ("案件[50件]:一审[20件]、二审[30件]", [None, 0, 0]),
        ("案件[80件],涉及公安[30件]、资源[50件]", [None, 0, 0]),
        ("案卷[30卷],甲等[21卷]、乙等[9卷]", [None, 0, 0]),
        ("甲类[40件],乙类[26件],合计[66件]", [2, 2, None]),
        ("案件[562件]。其中,甲区[91件]、乙区[73件]", [None, 0, 0]),
        ("案件[38件],罚款[6万元];其中普通[5件]、简易[33件]", [None, None, 0, 0]),
        ("[9个]大队中有[4个]缺装备", [None, 0]),
        ("纠错[40件],调解[22件]。纠错案件中,甲区[12件]、乙区[8件]", [None, None, 0, 0]),
        ("案件[56件],较2021年的[70件]下降[20%]。其中甲区[9件]", [None, None, None, 0]),
        ("案件[28件],较上年减少[9件],其中一审[16件]、二审[12件]", [None, None, 0, 0]),
    ],
)
def test_shares_point_to_their_total(text: str, bases: list[int | None]) -> None:
    assert of(text) == bases


@pytest.mark.parametrize(
    "text",
    [
        "申请[63件],较2022年[38件]增加了[25件]",
        "开会[3次],调研[2次],批示[1次]",
        "文件[54件](甲类[30件]、乙类[14件])",
        "整改[141个]。建成甲[7个]、乙[100个]",
        "案件[46件],其中一审[29件]、二审[17件],应出庭[27件]",
    ],
)
def test_a_sum_by_chance_or_a_list_that_is_full_makes_no_share(text: str) -> None:
    assert of(text)[-1] is None


def test_a_bare_share_in_a_bracket_takes_the_code_of_its_total() -> None:
    plain, spans = marked("案件[15件](镇级[1件]、村级[14件])")
    totals = shares.totals(plain, spans)
    assert joins.inherited(plain, spans, [CODE], 1, totals) == CODE
    assert aspects("案件[15件](镇级[1件]、村级[14件])") == [None, "part", "part"]


def test_a_rate_is_of_the_numbers_it_was_reckoned_from() -> None:
    other = "enforcement.other"
    assert of("接受委派[934件],实质化解[386件],化解比例[41.3%]", CODE, CODE, other) == [None, 0, 0]
    assert of("接受委派[934件],实质化解[386件],化解比例[44.3%]", CODE, CODE, other)[2] is None


def test_a_rate_without_a_noun_is_of_the_number_before_it() -> None:
    assert of("信访件[120件],按期办结率[100%]", CODE, "enforcement.other") == [None, 0]
    assert of("审结[120件],审结率[90%]", CODE, "enforcement.other") == [None, None]
    assert of("主项[120项],覆盖率[99%]", CODE, "enforcement.other") == [None, None]


def test_rates_of_two_numbers_go_by_turns_and_one_rate_of_two_to_none() -> None:
    codes = ["oversight.proposals"] * 2 + ["oversight.proposal_satisfaction_rate"] * 2
    assert of("建议[13件]、提案[9件],满意率分别为[98.5%]、[99.2%]", *codes)[2:] == [0, 1]
    assert of("建议[13件]、提案[9件],满意率[98%]", *codes[:3])[2] is None
    assert of("建议[13件],满意率[98%]", *codes[1:3])[1] == 0


def test_the_share_of_time_saved_is_of_the_time_before() -> None:
    codes = ["government_services.time_limit"] * 2 + ["government_services.time_reduction_rate"]
    assert of("时限由[20天]压减为[9天],压缩[55%]", *codes) == [None, None, 0]


def test_an_outcome_of_another_topic_is_no_share_of_the_number_before() -> None:
    assert of(
        "会前学法[4次],出庭应诉[1次]", "training.government_study", "administrative_litigation.head_appearances"
    ) == [
        None,
        None,
    ]


def test_what_was_carried_over_is_of_no_earlier_stage() -> None:
    codes = ["administrative_review.accepted", "administrative_review.concluded"]
    assert of("受理[18件],审结[16件]", *codes) == [None, 0]
    assert of("受理[18件],审结(含上年结转)[16件]", *codes) == [None, None]


def test_a_share_in_words_stays_within_its_sentence() -> None:
    codes = [CODE, CODE, "enforcement.other"]
    assert of("案件[40件],其中甲类[10件],占[两成半]", *codes)[2] == 0
    assert of("案件[40件],其中甲类[10件]。程序违法占[46%]", *codes)[2] is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("降幅分别为[8.6%]和[2.3个百分点]", ["change", "change"]),
        ("优秀率[71%],较2021年提高[2.9个百分点]", [None, "change"]),
        ("浓度[31],同比改善[6.1%]", [None, "change"]),
        ("败诉率[18%],高于全市平均水平[4.1个百分点]", [None, "change"]),
        ("检查减少[120次]", ["change"]),
        ("案件[56件],较上年的[60件]下降[7%]", [None, "before", "change"]),
        ("时限由[60天]、[30天]分别压减至[15天]、[7天]", ["before", "before", "after", "after"]),
        ("时限由2018年的[200天]压至[55天]", ["before", "after"]),
        ("败诉率由2020年的[15.2%]下降至2022年的[8.6%]", ["before", "after"]),
        ("累计建成示范市(县、区)[7个]、示范项目[4个]", ["cumulative", "cumulative"]),
        ("自2016年获批以来,共提请法规[3部]", ["cumulative"]),
        ("2025年累计办案[11件]", [None]),
        ("累计建成甲园[7个]、举办培训[4期]", ["cumulative", None]),
        ("提高效率,办件[120次]", [None]),
        ("由市局牵头检查[20次],整改[18次]", [None, None]),
    ],
)
def test_aspects_by_the_words_before_a_number(text: str, found: list[str | None]) -> None:
    assert aspects(text) == found


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("做到[五个]坚持", True),
        ("实现[三个]100%", True),
        ("重点抓好[三件]事:一是学习", True),
        ("围绕[四个]方面,持续发力", True),
        ("每村配备法律明白人[不少于3名]", True),
        ("在每个站所至少明确[1名]法制员", True),
        ("一律在[7个工作日内]公开", True),
        ("查处[三件]案件", False),
        ("研究[三项]工作", False),
        ("发现[两个]问题:一是", False),
        ("培训人员[不少于3名]", False),
        ("实现每村法律顾问[3名]", False),
    ],
)
def test_slogans_and_demands_count_nothing(text: str, nothing: bool) -> None:
    plain, (mark,) = marked(text)
    assert slogans.counts_nothing(plain, mark) is nothing
