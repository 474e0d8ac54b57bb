"""For whom and for when a number counts, by the words before it."""

import re

import pytest

from schemas.outline import Span
from service.offline_model import joins, scopes
from service.offline_model.outline import Headings


def marked(text: str) -> tuple[str, list[Span]]:
    plain, spans, at = "", [], 0
    for found in re.finditer(r"\[([^\]]+)\]", text):
        plain += text[at : found.start()]
        spans.append(Span(len(plain), len(plain) + len(found[1])))
        plain += found[1]
        at = found.end()
    return plain + text[at:], spans


def areas(text: str) -> list[str | None]:
    return scopes.areas(*marked(text))


def periods(text: str, *headings: str, planned: bool = False) -> list[str | None]:
    plain, spans = marked(text)
    codes = ["enforcement.inspections"] * len(spans)
    plans = [Span(0, len(plain))] if planned else []
    return [row.period for row in joins.join(plain, spans, codes, plans, Headings(plain, headings))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("省本级公布清单事项[40项]。", ["省本级"]),
        ("市政府作为被告的案件[20件],审结[16件],撤诉[3件]。", ["市政府"] * 3),
        ("调委会[12个](镇级[1个]、村级[11个]),调解员[50名]", [None, "镇级", "村级", None]),
        ("全市收到申请[92件],其中市政府受理[62件]、青禾区受理[30件]", [None, "市政府", "青禾区"]),
        ("各县(市、区)开展培训[30期]", ["各县(市、区)"]),
        ("出庭率[93%],其中设区市[96%]、县(市、区)[91%]。", [None, "设区市", "县(市、区)"]),
        ("乡镇、街道承接事项[81项],正常办理[80项]。全市培训[3期]。", ["乡镇、街道", "乡镇、街道", None]),
        ("全市办案[90件]。其中,青禾区[60件]、白石县[30件]。", [None, "青禾区", "白石县"]),
        ("村(居)法律顾问接受咨询[30次],开展讲座[9场]", ["村(居)", "村(居)"]),
        ("县级许可事项由[90项]精简为[70项],精简[22.2%],举办培训[2期]", ["县级", "县级", "县级", None]),
        ("[8个]乡镇均配备专干[2名]", [None, "乡镇"]),
        ("法律明白人平均每个社区[3.7名]", ["每个社区"]),
        ("乡镇执法衔接不畅,持证率只有[61%],开展培训[2期]", ["乡镇", None]),
        ("县公安局、县水利局立案分别为[18件]、[11件]", ["县公安局", "县水利局"]),
        ("以县政府及县政府办公室名义印发文件[15件]", ["县政府及县政府办公室"]),
        ("年内轮训[300名]乡镇执法人员", ["乡镇"]),
    ],
)
def test_a_subject_rules_the_numbers_of_its_clauses(text: str, found: list[str | None]) -> None:
    assert areas(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "全县办理案件[90件]",
        "县政府召开常务会议[12次]",
        "向乡镇下放权限[98项]",
        "承接县级下放的权限[76项]",
        "创建国家级示范村[2个]、省级[11个]",
        "市县两级机关收到申请[38件]",
        "全镇现有工作人员[9名],我镇街道办好实事[3件]",
        "组织对[4个]乡镇开展督察",
        "下放乡镇权限[98项]",
        "组织干部、社区专职工作者参加培训[60人次]",
        "乡镇级以上的[28家]单位",
        "区级取消事项[18项]",
        "完成部门预案[12件]",
    ],
)
def test_what_is_the_reporters_own_or_a_grade_limits_nothing(text: str) -> None:
    assert set(areas(text)) == {None}


def test_a_place_as_wide_as_the_reporter_is_the_reporter() -> None:
    assert areas("全县稳定。青禾县[60件]") == [None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2021年受理[50件],2022年受理[62件]", ["2021年", None]),
        ("时限由2018年的[200个工作日]压减至[55个工作日]", ["2018年", None]),
        ("办案[56件],较2021年的[60件]下降[6.7%]", [None, "2021年", None]),
        ("人均由“十三五”末的[1.9名]提高到[2.6名]", ["“十三五”末", None]),
        ("2022年受理[62件],审结[40件]", [None, None]),
        ("截至2022年12月31日有律师[30名]", [None]),
    ],
)
def test_another_year_before_a_number_is_its_period(text: str, found: list[str | None]) -> None:
    assert periods(text) == found


def test_a_target_is_for_the_year_of_its_sentence_else_of_its_heading() -> None:
    assert periods("轮训[300名]。力争到2026年底持证率达[80%]。", "2025年工作安排", planned=True) == [
        "2025年",
        "2026年底",
    ]
    assert periods("轮训[300名]。", "2025年工作安排") == [None]
