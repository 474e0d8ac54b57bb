"""The offline model's brain: marks to indicators by the words around them, joins by the words between."""

import re

import pytest

from schemas.codebook import load_codebook
from schemas.outline import Span
from service.asking.prompt import Prompt
from service.offline_model import joins, statements
from service.offline_model.features import Place, features, unit_of
from service.offline_model.joins import NONE
from service.offline_model.reader import answer, choose
from service.offline_model.request import read_request
from service.offline_model.rows import Tables
from tests.bounded import ends
from tests.model_path import part

BOOK = load_codebook().indicators


def marked(text: str) -> tuple[str, list[Span]]:
    """Text with [numbers] in brackets, as text and spans."""
    plain, spans, at = "", [], 0
    for found in re.finditer(r"\[([^\]]+)\]", text):
        plain += text[at : found.start()]
        spans.append(Span(len(plain), len(plain) + len(found[1])))
        plain += found[1]
        at = found.end()
    return plain + text[at:], spans


def chosen(text: str, *headings: str) -> list[str]:
    plain, spans = marked(text)
    return choose(plain, spans, headings, BOOK)


@pytest.mark.parametrize(
    ("text", "headings", "codes"),
    [
        ("共收到行政复议申请[47件],受理[41件],审结[38件]", (), ["applications", "accepted", "concluded"]),
        ("聘请政府法律顾问[9名]", (), ["legal_advisers"]),
        ("排查矛盾纠纷[730次],调处[212起],调解成功[209起]", (), ["screened", "mediated", "resolved"]),
        ("主动公开政府信息[883条],办理依申请公开[21件]", (), ["info_disclosed", "info_requests"]),
        ("全程网办事项[1402项]", ("推进数字法治政府建设",), ["online_items"]),
        ("法律援助案件[311件],挽回经济损失[96.5万元]", (), ["legal_aid_cases", "losses_recovered"]),
    ],
)
def test_plain_phrasings_get_their_indicator(text: str, headings: tuple[str, ...], codes: list[str]) -> None:
    assert [code.partition(".")[2] for code in chosen(text, *headings)] == codes


def test_a_slogan_is_refused() -> None:
    assert chosen("严格落实行政执法“[三项]制度”,建立[五级]联动机制") == [NONE, NONE]


def test_only_codes_of_the_request_are_answered() -> None:
    plain, spans = marked("聘请政府法律顾问[9名]")
    few = {code: one for code, one in BOOK.items() if code.startswith("training.")}
    assert set(choose(plain, spans, (), few)) <= {*few, NONE}


def test_a_bare_share_of_a_total_takes_the_indicator_of_the_total() -> None:
    plain, spans = marked("修订应急预案[60部],其中部门[43部]、乡镇[17部];举办演练[6场]")
    codes = choose(plain, spans, (), BOOK)
    assert codes[1] == codes[2] == codes[0] == "emergency.plans_revised"
    assert codes[3] == "emergency.drills"
    rows = joins.join(plain, spans, codes)
    assert [(row.aspect, row.of) for row in rows] == [(None, None), ("part", 0), ("part", 0), (None, None)]
    assert (rows[1].area, rows[2].area) == ("部门", "乡镇")


def test_before_and_after_are_told_apart() -> None:
    plain, spans = marked("办结时限由[90天]压减为[31天],市场主体同比增长[12.5%]")
    codes = ["government_services.time_limit"] * 2 + ["business_environment.registered_entities"]
    assert [row.aspect for row in joins.join(plain, spans, codes)] == ["before", "after", "change"]


def test_a_rate_points_to_the_nearest_base_that_fits() -> None:
    plain, spans = marked("参加考试[91名],合格[77名],合格率[84.6%]")
    codes = ["enforcement.exam_takers"] * 2 + ["enforcement.exam_pass_rate"]
    assert joins.join(plain, spans, codes)[2].of is not None


def test_names_are_short_words_of_the_text_without_digits() -> None:
    plain, spans = marked("截至目前,全县共审核规范性文件[7份],[12个]乡镇设立便民服务中心")
    names = [
        row.name
        for row in joins.join(plain, spans, ["normative_documents.reviewed", "government_services.service_centers"])
    ]
    assert names[0] == "审核规范性文件"
    assert names[1].startswith("乡镇")
    assert not any(re.search(r"[\d\s=]", name) for name in names)


def test_a_table_cell_is_read_by_its_row_and_column() -> None:
    table = "| 单位 | 办理法律援助(件) | 参加培训(人次) |\n| 东关镇 | 56 | 310 |\n"
    at = table.index("310")
    place = Tables(table).place(Span(at, at + 3), ())
    assert place.text == "东关镇,参加培训310人次"
    assert place.text[place.start : place.end] == "310人次"


def test_a_row_far_down_a_table_is_told_by_its_first_line() -> None:
    table = "| 单位 | 参加培训(人次) |\n" + "| 东关镇 | 310 |\n" * 2000 + "参加培训310人次。\n"
    tables, last = Tables(table), table.rindex("| 310") + 2
    assert tables.place(Span(last, last + 3), ()).text == "东关镇,参加培训310人次"
    below = table.rindex("310")
    assert tables.place(Span(below, below + 5), ()).text is table


@pytest.mark.parametrize(
    ("surface", "unit"),
    [
        ("11.9万条", "条"),
        ("20余场次", "场次"),
        ("99.9%", "%"),
        ("百分之九十八", "%"),
        ("53个工作日以内", "个工作日"),
        ("两名", "名"),
        ("1,208", ""),
    ],
)
def test_the_unit_of_a_surface(surface: str, unit: str) -> None:
    assert unit_of(surface) == unit


def test_sentences_after_a_turn_to_plans_are_plans() -> None:
    text = "一是执法力量薄弱。二是机制不健全。下一步,我县将深化改革。一是加强培训。"
    spans, at = [], 0
    for sentence in re.findall(r"[^。]+。", text):
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence)
    assert statements.classify(text, ["存在的问题及下一步打算"], spans) == ([1, 2], [3, 4])


def test_sentences_about_what_was_done_are_neither() -> None:
    text = "全县开展培训。"
    assert statements.classify(text, ["主要举措和成效"], [Span(0, len(text))]) == ([], [])


def test_features_read_only_what_stands_near() -> None:
    near = "审核规范性文件7份"
    far = "甲" * 400 + "。" + near
    one = features(Place(near, 7, 9, ()), "")
    other = features(Place(far, len(far) - 2, len(far), ()), "")
    assert set(one) == set(other)


def test_a_part_of_very_many_marks_is_read() -> None:
    plain, spans = marked("共收到行政复议申请[47件],受理[41件],审结[38件]。" * 500)
    with ends():
        assert len(choose(plain, spans, (), BOOK)) == 1500


def test_a_bracket_that_has_closed_holds_no_more_shares() -> None:
    text, marks = marked("立案[39件](其中甲类[11件],乙类[28件]),采取强制措施[8件]。")
    codes = ["enforcement.penalty_cases"] * 4
    assert [row.of for row in joins.join(text, marks, codes)] == [None, 0, 0, None]


@pytest.mark.parametrize("sentence", ["法治建设不足的原因", "补短板专项行动作为有力抓手,召开会议。", "存在的主要问题:"])
def test_naming_shortcomings_states_none(sentence: str) -> None:
    assert statements.classify(sentence, [], [Span(0, len(sentence))])[0] == []


def test_a_signature_after_left_out_words_is_no_plan() -> None:
    text = "抓好普法。苔溪街道办事处……2021年12月30日"
    assert statements.classify(text, ["下一步打算"], [Span(0, 5), Span(5, len(text))])[1] == [1]


def test_a_heading_after_left_out_words_is_seen() -> None:
    text = "成效明显。……二、存在的问题\n有的干部法治意识不强。"
    at = text.index("有的")
    assert statements.classify(text, ["一、成效"], [Span(at, len(text))])[0] == [1]


def test_a_number_without_words_takes_those_of_the_codebook() -> None:
    messages = Prompt(load_codebook()).messages(part("[[47件]]。"))
    (row,) = answer(read_request(messages))["observations"]
    number, code, name = row.split(" ")[:3]
    assert number == "1"
    assert name in BOOK[code].label_zh + BOOK[code].definition_zh
