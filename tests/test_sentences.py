"""Sentences as LABELS.md cuts them, and the default reading of problems and plans."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text import sentences
from service.text.split import split

GOLD = Path(__file__).parents[2] / "shared"


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences.cut(text, 0, len(text))]


def read(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], reading) for span, reading in sentences.readings(text, split(text))]


def test_sentences_end_at_stops_and_line_ends_and_leave_blanks_out():
    assert cut("　　甲做了。乙也做了； \r\n\xa0丙呢？丁！\n戊") == ["甲做了。", "乙也做了；", "丙呢？", "丁！", "戊"]


def test_closing_quotes_belong_to_the_sentence_they_close():
    assert cut("他说“做了。”又说(没做！)完。") == ["他说“做了。”", "又说(没做！)", "完。"]


def test_a_title_is_never_cut():
    assert cut("印发《甲；乙？丙》。完。") == ["印发《甲；乙？丙》。", "完。"]
    assert cut("印发《甲；乙。完。") == ["印发《甲；", "乙。", "完。"]


def test_an_item_after_a_colon_stays_in_its_sentence():
    assert cut("主要表现为:一是人少;二是钱少。") == ["主要表现为:一是人少;", "二是钱少。"]


def test_only_the_range_asked_for_is_cut():
    text = "甲。乙。丙。"
    assert sentences.cut(text, 2, 4) == tuple(s for s in sentences.cut(text, 0, 6) if s.start == 2)


REPORT = (
    "2023年,全县依法行政。\n一、主要举措\n(一)抓执法。整改存在问题18个。下一步,将扩大覆盖面。\n(二)抓学习。学法12次。\n"
    "二、存在的问题\n1.力量不足。乡镇执法人员偏少。\n三、2024年安排\n1.持续发力。配强执法力量。\n特此"
    "报告。\n某县人民政府\n2024年1月5日\n"
)


def test_problems_and_plans_are_read_by_role_and_by_the_words_that_open_them():
    assert read(REPORT) == [
        ("下一步,将扩大覆盖面。", "plan"),
        ("乡镇执法人员偏少。", "problem"),
        ("配强执法力量。", "plan"),
    ]


@pytest.mark.parametrize(
    ("lines", "readings"),
    [
        ("下一步将扩建窗口。继续优化流程。\n困难群众得到帮扶。", ["plan", "plan"]),
        ("下一步将扩建窗口。办理证照41件。群众满意。", ["plan"]),
        ("下一步计划新建的驿站已投入使用。群众满意。", []),
        ("下一步,我局将抓好以下工作:\n一是轮训骨干,培训80人次。\n二是强化监督。", ["plan", "plan", "plan"]),
        ("下一步将扩建窗口。\n工作中还存在一些短板,主要是力量薄弱。", ["plan", "problem"]),
        ("存在问题\n力量薄弱。\n下步工作打算\n轮训骨干。", ["problem", "plan"]),
    ],
)
def test_what_a_sentence_opens_does_not_last(lines, readings):
    assert [reading for _, reading in read(f"2023年,某县依法行政。\n一、主要成效\n{lines}\n")] == readings


def test_an_item_that_is_one_sentence_without_text_below_it_is_read():
    text = "2023年\n一、做法\n1.抓普法。\n二、存在的问题\n1.执法力量不足。\n2.保障不到位。经费偏少。\n三、下一步打算\n1.配强队伍。\n2.建章立制\n"
    assert read(text) == [("1.执法力量不足。", "problem"), ("经费偏少。", "problem"), ("1.配强队伍。", "plan")]


def test_a_chapter_of_problems_and_plans_turns_to_plans_at_the_first_answer():
    text = (
        "2023年,某县依法行政。\n一、主要成效\n学法12次。\n二、存在的问题和2024年打算\n"
        "执法力量薄弱。针对力量薄弱问题,配齐专职人员。继续抓好普法。\n"
    )
    assert [reading for _, reading in read(text)] == ["problem", "plan", "plan"]


def test_a_heading_of_its_own_is_no_candidate_and_achievements_mostly_are_not():
    outline = split(REPORT)
    found = [REPORT[span.start : span.end] for span in sentences.candidates(REPORT, outline)]
    assert "学法12次。" not in found
    assert "1.力量不足。" not in found
    assert set(dict(read(REPORT))) <= set(found)


def test_likely_agrees_with_readings():
    outline = split(REPORT)
    span, reading = sentences.readings(REPORT, outline)[0]
    assert sentences.likely(REPORT, outline, span) == reading
    assert sentences.likely(REPORT, outline, sentences.cut(REPORT, 0, 12)[0]) is None


def test_problems_and_plans_without_headings_are_read_too():
    text = (
        "2023年,某局依法行政。 一、抓学习。一是学法。学法12次。 2023年,工作虽有成效,但仍存在一些不足,主要"
        "是:力量还不强。 下一步,某局将继续努力。"
    )
    assert [reading for _, reading in read(text)] == ["problem", "plan"]


@given(
    st.lists(st.sampled_from(list("甲。；;！？?!\n\r ”）》《“（&一是存在问题下一步:：、")), max_size=80).map("".join)
    | st.text(max_size=200)
)
def test_sentences_of_any_text_are_disjoint_ordered_and_lose_nothing(text):
    spans = sentences.cut(text, 0, len(text))
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert not text[span.start].isspace()
        assert not text[span.end - 1].isspace()
        end = span.end
    outline = split(text)
    starts = [span.start for span in sentences.candidates(text, outline)]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    "text",
    ["甲" * 500_000, "。" * 200_000, "《" * 200_000, "&;" * 50_000, "甲。 " * 100_000],
    ids=["one", "stops", "open", "entities", "short"],
)
def test_long_input_is_cut_in_its_length(text):
    sentences.cut(text, 0, len(text))


@pytest.mark.skipif(not (GOLD / "gold").is_dir(), reason="no ../shared/gold here")
def test_problems_and_plans_of_the_gold_reports_are_candidates_and_mostly_read_right():
    counts = {"problem": [0, 0], "plan": [0, 0]}
    for path in sorted((GOLD / "gold").glob("*.json")):
        labels = json.loads(path.read_text("utf-8"))
        text = (GOLD / "reports" / labels["report"]).read_bytes().decode("utf-8")
        outline = split(text)
        candidates = {(span.start, span.end) for span in sentences.candidates(text, outline)}
        readings = sentences.readings(text, outline)
        for reading, key in (("problem", "problems"), ("plan", "plans")):
            wanted = {(one["start"], one["end"]) for one in labels[key]}
            assert wanted <= candidates
            found = {(span.start, span.end) for span, one in readings if one == reading}
            counts[reading][0] += 2 * len(wanted & found)
            counts[reading][1] += len(wanted) + len(found)
    assert all(both / total >= 0.85 for both, total in counts.values())
