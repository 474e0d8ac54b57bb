"""How reports are cut into what one call reads."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.mention import Mention
from schemas.outline import Block, Outline, Span, Title
from service.asking import parts
from service.text.load import decode
from tests.model_path import cut_report, part

REPORTS = sorted((Path(__file__).parent.parent / "evals" / "reports").glob("*-20*.txt"))


def top_level(text: str, *starts: int) -> Outline:
    edges = [*starts, len(text)]
    blocks = [
        Block(f"s{i}", (str(i),), "标题", start, start + 4, end, "other")
        for i, (start, end) in enumerate(itertools.pairwise(edges), start=1)
    ]
    return Outline(tuple(blocks), 0, len(text))


def cut(text: str, outline: Outline | None = None, numbers: str = "件", **options: object) -> tuple[object, ...]:
    mentions = [
        Mention(at - 1, at + 1, None) for at in range(1, len(text)) if text[at] in numbers and text[at - 1].isdigit()
    ]
    return parts.cut(text, outline or Outline((), 0, len(text)), mentions, (), (), **options)  # type: ignore[arg-type]


def test_every_open_number_is_in_exactly_one_part() -> None:
    text = "".join(f"第{i}项工作推进有力,办理案件5件。" for i in range(60))
    made = cut(text)
    assert sum(len(one.marks) for one in made) == 60
    assert all(one.start <= span.start < span.end <= one.end for one in made for span in one.marks)


def test_parts_are_balanced_by_the_reply_to_expect() -> None:
    text = "".join("平平淡淡的一句话没有数字。" * 3 + "办理案件5件,审结4件。" for _ in range(40))
    sizes = [len(one.marks) for one in cut(text, reply_tokens=300)]
    assert len(sizes) >= 4
    assert max(sizes) - min(sizes) <= 4


def test_a_part_never_reaches_over_a_section_that_fills_a_reply() -> None:
    first, second = "一、甲。" + "办理案件5件。" * 14, "二、乙。" + "办理案件6件。" * 14
    made = cut(first + second, top_level(first + second, 0, len(first)))
    assert [one.text for one in made] == [first, second]


@pytest.mark.parametrize("stop", ["\uff0c", "\uff1b", "\u3001", ";"])
def test_a_sentence_that_no_reply_could_answer_is_cut_between_clauses(stop: str) -> None:
    text = "其中" + stop.join(f"第{i}村办理案件5件" for i in range(500)) + "。"
    made = cut(text)
    assert sum(len(one.marks) for one in made) == 500
    assert max(parts.expected_reply(one) for one in made) <= 2 * parts.REPLY_TOKENS
    assert all(one.text.startswith("第") for one in made[1:])
    assert made[1].before.endswith(stop)


def test_a_part_of_one_sentence_is_halved_between_clauses() -> None:
    whole = part("办理案件[[5件]]\uff0c审结[[4件]]\uff0c撤销《甲\uff0c乙》[[3件]]\uff0c驳回[[2件]]")
    first, second = parts.halve(whole) or (None, None)
    assert first is not None
    assert second is not None
    assert (len(first.marks), len(second.marks)) == (2, 2)
    assert first.text + second.text == whole.text


def test_a_light_section_goes_with_its_neighbour() -> None:
    text = "一、甲。办理案件5件。二、乙。办理案件6件。"
    outline = top_level(text, 0, text.index("二、"))
    assert [one.text for one in cut(text, outline)] == [text]
    assert len(cut(text, outline, light_tokens=0)) == 2


def test_what_stands_before_the_first_heading_is_read_too() -> None:
    text = "全年办理案件5件,现报告如下。一、甲。办理案件6件。"
    made = cut(text, top_level(text, text.index("一、")), light_tokens=0)
    assert [len(one.marks) for one in made] == [1, 1]
    assert made[0].text.startswith("全年办理")


def test_a_section_with_nothing_to_ask_costs_no_call() -> None:
    text = "一、甲。空话。二、乙。办理案件6件。三、丙。又是空话。"
    assert len(cut(text, top_level(text, 0, text.index("二、"), text.index("三、")))) == 1


def test_a_report_without_headings_is_cut_all_the_same() -> None:
    assert len(cut("办理案件5件。" * 80)) > 2


def test_a_report_on_one_line_without_a_stop_is_one_part() -> None:
    assert len(cut("办理案件5件,") * 1) == 1


def test_wordy_ends_are_left_off_and_the_sentence_before_is_told() -> None:
    text = "坚持高位推动。强化统筹协调。办理案件5件。持续用力久久为功。"
    (only,) = cut(text)
    assert only.text == "办理案件5件。"
    assert only.before == "强化统筹协调。"


def test_a_heading_stays_with_what_it_heads() -> None:
    text = "一、主要工作\n(一)立案\n办理案件5件。\n"
    outline = Outline(
        (
            Block("s1", ("一",), "主要工作", 0, 6, len(text), "achievements"),
            Block("s2", ("一", "(一)"), "立案", 7, 12, len(text), "achievements"),
        ),
        0,
        len(text),
    )
    (only,) = cut(text, outline)
    assert only.text.startswith("一、主要工作")


def test_the_headings_over_a_part_are_told() -> None:
    text = "一、主要工作\n" + "办理案件5件。" * 90
    outline = Outline((Block("s1", ("一",), "主要工作", 0, 6, len(text), "achievements"),), 0, len(text))
    made = cut(text, outline)
    assert len(made) > 2
    assert all(one.headings == ("主要工作",) for one in made[1:])


def test_only_titles_whose_verb_says_nothing_are_asked_about() -> None:
    text = "印发《甲》。谈到《乙》。"
    titles = (Title(2, 5, "甲", None, "issued"), Title(8, 11, "乙", None, "other"))
    (only,) = parts.cut(text, Outline((), 0, len(text)), (), titles, ())
    assert [title.title for title in only.titles] == ["乙"]


def test_a_part_that_begins_inside_a_table_is_told_its_header() -> None:
    text = "|指标|数量|\n" + "".join(f"|案件{i}|5件|\n" for i in range(90))
    made = cut(text)
    assert len(made) > 2
    assert made[1].notes == ("|指标|数量|",)


def test_a_number_over_a_line_break_is_not_cut() -> None:
    text = "办理案件336\n849件,结案多。\n" * 40
    starts = [at for at in range(len(text)) if text.startswith("336", at)]
    mentions = [Mention(at, at + 8, None) for at in starts]
    made = parts.cut(text, Outline((), 0, len(text)), mentions, (), (), reply_tokens=120)
    assert len(made) > 2
    assert all(one.text.count("336") == one.text.count("849") for one in made)


def test_halving_keeps_every_mark_and_its_place() -> None:
    whole = part("办理案件[[5件]]。{{审结案件[[4件]],还有不足。}}维持[[3件]]。撤销[[1件]]。")
    first, second = parts.halve(whole) or (None, None)
    assert first is not None
    assert second is not None
    assert first.marks + second.marks == whole.marks
    assert first.text + second.text == whole.text
    assert second.before.startswith("审结案件")


@pytest.mark.parametrize("text", ["办理案件[[5件]]审结[[4件]]", "没有标点", "办理案件[[5件]]。一句空话。"])
def test_what_cannot_be_cut_in_two_is_not(text: str) -> None:
    assert parts.halve(part(text)) is None


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_parts_of_whole_reports_hold_their_own_text(path: Path) -> None:
    text = decode(path.read_bytes())
    made = cut_report(text)
    assert all(text[one.start : one.end] == one.text for one in made)
    assert all(left.end <= right.start for left, right in itertools.pairwise(made))
    assert all(len(one.marks) <= 45 for one in made)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_an_edit_in_one_place_changes_at_most_two_parts(path: Path) -> None:
    text = decode(path.read_bytes())
    known = {one.text for one in cut_report(text)}
    stops = [found.end() for found in re.finditer("。", text)]
    for at in stops[:: max(1, len(stops) // 4)]:
        edited = cut_report(f"{text[:at]}另开展专项检查3次。{text[at:]}")
        assert len({one.text for one in edited} - known) <= 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["办理案件5件", "空话", "。", "\n", ";", "一、", "《甲》"]), max_size=120))
def test_any_text_is_cut_without_loss(pieces: list[str]) -> None:
    text = "".join(pieces)
    mentions = [Mention(at, at + 2, None) for at in range(len(text)) if text.startswith("5件", at)]
    made = parts.cut(text, Outline((), 0, len(text)), mentions, (), (), reply_tokens=90)
    assert [span for one in made for span in one.marks] == [Span(one.start, one.end) for one in mentions]


def test_a_long_report_is_cut_in_little_time() -> None:
    text = "推进有力,办理案件5件。没有数字的一句话。" * 6000
    assert sum(len(one.marks) for one in cut(text)) == 6000
