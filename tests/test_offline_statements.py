"""The offline model's sentences: where an account of problems or an outlook begins and ends."""

import re

import pytest

from schemas.outline import Span
from service.offline_model import statements
from service.offline_model.outline import Headings, named_by


def asked(text: str) -> tuple[str, list[Span]]:
    """Text with every [sentence] that is asked about in brackets."""
    plain, spans, at = "", [], 0
    for found in re.finditer(r"\[([^\]]+)\]", text):
        plain += text[at : found.start()]
        spans.append(Span(len(plain), len(plain) + len(found[1])))
        plain += found[1]
        at = found.end()
    return plain + text[at:], spans


def read(text: str, *headings: str) -> tuple[list[int], list[int]]:
    plain, spans = asked(text)
    return statements.classify(plain, headings, spans)


def test_what_a_sentence_opens_ends_with_its_paragraph() -> None:
    assert read("[下一步将扩建窗口。][继续优化流程。]\n[困难群众得到及时帮扶。]", "主要成效") == ([], [1, 2])


def test_what_a_sentence_opens_ends_where_a_figure_is_reported() -> None:
    assert read("[下一步将扩建窗口。][受理咨询310件。][困难群众满意。]", "主要成效") == ([], [1])


def test_what_a_sentence_announces_holds_for_the_items_that_follow() -> None:
    assert read("[下一步,我局将抓好以下工作:]\n[一是抓培训,培训80人次。]\n[二是强监督。]\n[特此报告。]")[1] == [1, 2, 3]


def test_a_plan_that_has_been_carried_out_is_none() -> None:
    assert read("[下一步计划新建的驿站已投入使用。][群众称便。]", "主要成效") == ([], [])


def test_words_that_nobody_asks_about_end_what_a_sentence_opened() -> None:
    assert read("[下一步将扩建窗口。]办理证照41件。[全力解决困难。]", "主要成效") == ([], [1])


def test_a_shortcoming_after_a_plan_in_another_paragraph_is_a_problem() -> None:
    assert read("[下一步将扩建窗口。]\n[工作中还存在一些短板:一是力量薄弱;][二是经验欠缺。]") == ([2, 3], [1])


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("2025年重点任务", ("plans",)),
        ("2025年依法行政工作思路", ("plans",)),
        ("存在的不足和2025年打算", ("problems", "plans")),
        ("强化问题导向,补齐短板", ()),
        ("落实2025年重点任务情况", ("achievements",)),
        ("2024年主要工作", ()),
    ],
)
def test_headings_name_parts_in_the_words_of_the_outline(heading: str, parts: tuple[str, ...]) -> None:
    assert named_by(heading) == parts


def test_a_task_that_mentions_problems_makes_no_problems() -> None:
    assert read("[着力破解执法不规范的难题。]", "强化问题导向,补齐短板") == ([], [])


@pytest.mark.parametrize("mark", ["第四部分 ", "四、"])
def test_a_plan_chapter_holds_for_its_sections(mark: str) -> None:
    text = (
        f"一、提升能力\n[轮训干部。]\n{mark}其他事项\n[衷心感谢。]" if mark[0] == "第" else "(一)提升能力\n[轮训干部。]"
    )
    assert read(text, "下一步工作安排")[1] == [1]


def test_the_second_section_of_a_part_stays_under_the_chapter_that_was_sent() -> None:
    headings = Headings("二、加强普法\n开展宣讲。", ("下一步工作安排", "提升能力"))
    assert headings.at(9) == ("下一步工作安排", "加强普法")


def test_a_first_section_stands_under_what_was_sent() -> None:
    assert Headings("一、提升能力\n轮训。", ("下一步工作安排",)).at(8) == ("下一步工作安排", "提升能力")


def test_numbered_sentences_that_are_asked_about_are_no_headings() -> None:
    text = "1.轮训执法骨干,培训40人次。"
    assert Headings(text, ("2025年打算",), [Span(0, len(text))]).at(len(text)) == ("2025年打算",)


def test_a_chapter_of_problems_and_plans_turns_at_the_first_answer() -> None:
    text = "[执法力量薄弱。][针对力量薄弱问题,配齐专职人员。][拟修订裁量基准。][继续抓好普法。]"
    assert read(text, "存在的问题和2025年打算") == ([1], [2, 3, 4])


def test_an_answer_in_a_chapter_of_problems_alone_turns_nothing() -> None:
    assert read("[执法力量薄弱。][针对新业态监管问题,办法不多。]", "存在的问题") == ([1, 2], [])


def test_a_shortcoming_in_the_opening_of_a_plan_chapter_is_a_problem() -> None:
    text = "[成绩明显,但与群众期待相比,仍存在发展不平衡等不足。][2025年,我县将补齐短板。]"
    assert read(text, "下一步工作安排") == ([1], [2])


def test_lines_without_stops_state_problems_too() -> None:
    assert read("[窗口人手不足]\n[宣传手段单一]\n[干部能力有短板]", "存在的问题")[0] == [1, 2, 3]


def test_lines_that_only_name_the_part_open_it() -> None:
    assert read("[存在问题]\n[执法力量薄弱。]\n[下步工作打算]\n[轮训骨干。]") == ([2], [4])


def test_a_report_may_begin_its_sentences_with_an_ellipsis() -> None:
    assert read("[……]\n[……执法力量不足。]\n[普法形式单一……]", "存在的问题") == ([2, 3], [])


def test_a_year_before_what_was_done_opens_no_outlook() -> None:
    assert read("[2024年,全县将普法纳入考核。][困难群众得到帮扶。]", "主要成效") == ([], [])
