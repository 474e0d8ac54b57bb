"""The meaning of replies, row by row: what is kept, what is asked for again and with which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reading import Row
from schemas.reply import Reply
from service.asking.validate import Checked, check
from service.text import quantity
from tests.model_path import BOOK, part

TEXT = (
    "全市收到复议申请[[130件]],受理[[97件]],办结率[[99.9%]],落实“[[三项]]制度”。"
    "{{仍有不足。}}{{明年将加强。}}谈《办法》。"
)
PART = part(TEXT, headings=("三、行政复议(市级)",), before="各镇(街)齐抓共管。")
GOOD = [
    "1 administrative_review.applications 收到复议申请",
    "2 administrative_review.accepted 受理复议申请 of=1",
    "3 administrative_review.conclusion_rate 办结率 of=2",
]


def judged(
    rows: list[str] | None = None, *, of_part: Any = PART, kept: Any = (), wanted: Any = None, **more: Any
) -> Checked:
    reply = {"observations": GOOD if rows is None else rows, "not_statistics": [4], "documents": [], "problems": []}
    whole = Reply(**{**reply, "plans": [], "missed": [], **more})
    return check(of_part, whole, BOOK, quantity.surfaces, kept=kept, wanted=wanted)


def codes(checked: Checked) -> list[tuple[int | None, str]]:
    return [(one.mark, one.code) for one in checked.wrong]


def test_a_good_reply_is_kept_whole() -> None:
    checked = judged(documents=["d1 studied"], problems=[1], plans=[2])
    assert [(row.mark, row.indicator.partition(".")[2], row.of) for row in checked.rows] == [
        (1, "applications", None),
        (2, "accepted", 1),
        (3, "conclusion_rate", 2),
    ]
    assert checked.not_statistics == (4,)
    assert (checked.documents, checked.problems, checked.plans) == ({1: "studied"}, (1,), (2,))
    assert checked.wrong == ()


def test_a_row_points_at_the_characters_of_its_mark() -> None:
    row = judged().rows[0]
    assert PART.text[row.start : row.end] == "130件"


def test_a_mark_that_is_not_answered_is_asked_for() -> None:
    checked = judged(GOOD[:2])
    assert codes(checked) == [(3, "unanswered")]
    assert checked.wrong[0].sentence.startswith("[3] 没有回答")
    assert len(checked.rows) == 2


def test_one_bad_row_costs_one_row() -> None:
    checked = judged([GOOD[0], "2 administrative_review.dragons 受理复议申请", GOOD[2]])
    assert codes(checked) == [(2, "unknown_indicator")]
    assert [row.mark for row in checked.rows] == [1, 3]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2 administrative_review.accepted", "bad_name"),
        ("2 administrative_review.accepted " + "受理" * 30, "bad_name"),
        ("2 administrative_review.accepted HACKED BY", "foreign_name"),
        ("2 administrative_review.accepted 受理 aspect=total", "unknown_aspect"),
        ("2 administrative_review.accepted 受理 area=火星", "area_not_verbatim"),
        ("2 administrative_review.accepted 受理 area=", "area_not_verbatim"),
        ("2 administrative_review.accepted 受理 period=1999年", "period_not_verbatim"),
        ("2 administrative_review.accepted 受理 of=x", "bad_of"),
        ("2 administrative_review.accepted 受理 of=2", "of_self"),
        ("2 administrative_review.accepted 受理 of=4", "of_unobserved"),
        ("2 administrative_review.accepted 受理 of=77", "of_unobserved"),
        ("2 受理复议申请", "unreadable_row"),
        ("2", "unreadable_row"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_code(row: str, code: str) -> None:
    checked = judged([GOOD[0], row, GOOD[2]])
    assert (2, code) in codes(checked)
    assert 2 not in [row.mark for row in checked.rows]


@pytest.mark.parametrize("aspect", ["part", "before", "after", "change", "cumulative", "target"])
def test_every_aspect_of_the_contract_is_known(aspect: str) -> None:
    assert judged([f"{GOOD[0]} aspect={aspect}", *GOOD[1:]]).rows[0].aspect == aspect


def test_area_may_stand_in_a_heading_or_the_sentence_before() -> None:
    rows = [f"{GOOD[0]} area=市级", f"{GOOD[1]} area=各镇(街)", GOOD[2]]
    assert [row.area for row in judged(rows).rows] == ["市级", "各镇(街)", None]


def test_area_is_kept_as_the_text_writes_it() -> None:
    of_part = part("村\uff08居\uff09开展[[5次]]。")
    row = judged(["1 legal_publicity.activities 开展 area=村(居)"], of_part=of_part, not_statistics=[]).rows[0]
    assert row.area == "村\uff08居\uff09"


def test_extras_come_in_any_order() -> None:
    row = judged([GOOD[0], "2 administrative_review.accepted 受理 area=市级 aspect=part of=1", GOOD[2]]).rows[1]
    assert (row.of, row.aspect, row.area, row.name) == (1, "part", "市级", "受理")


def test_marks_in_brackets_are_read() -> None:
    assert not judged([f"[{row[0]}]{row[1:]}" for row in GOOD]).wrong


def test_two_rows_for_one_mark_need_two_indicators() -> None:
    twice = [*GOOD, "1 administrative_review.by_category 复议申请"]
    assert [row.indicator.partition(".")[2] for row in judged(twice).rows][:2] == ["applications", "by_category"]
    assert codes(judged([*GOOD, "1 administrative_review.applications 申请"])) == [(1, "doubled")]
    third = [*twice, "1 administrative_review.accepted 申请"]
    assert codes(judged(third)) == [(1, "too_many_rows")]


def test_the_same_row_twice_is_one_row() -> None:
    assert len(judged([*GOOD, GOOD[0]]).rows) == 3


def test_a_mark_cannot_be_observed_and_refused() -> None:
    assert codes(judged(not_statistics=[4, 1])) == [(1, "both")]


def test_a_circle_of_bases_is_wrong() -> None:
    rows = [f"{GOOD[0]} of=3", GOOD[1], GOOD[2]]
    assert {code for _, code in codes(judged(rows))} == {"of_cycle"}


def test_a_base_that_is_itself_asked_again_is_no_fault() -> None:
    checked = judged(["1 x.y 收到复议申请", GOOD[1], GOOD[2]])
    assert codes(checked) == [(1, "unknown_indicator")]
    assert checked.rows[0].of == 1


def test_marks_that_the_part_has_not_are_let_drop() -> None:
    checked = judged([*GOOD, "77 leadership.meetings 会议"], not_statistics=[4, 88])
    assert checked.wrong == ()
    assert checked.ignored == ("unknown_mark", "unknown_mark")


@pytest.mark.parametrize("line", ["d9 issued", "d1 burnt", "甲", "d1"])
def test_a_wrong_title_is_not_asked_again_since_the_verb_decides(line: str) -> None:
    checked = judged(documents=[line])
    assert (checked.documents, checked.wrong, checked.ignored) == ({}, (), ("unknown_document",))


def test_sentences_that_the_part_has_not_are_let_drop() -> None:
    checked = judged(problems=[1, 9], plans=[0, 2, 2])
    assert (checked.problems, checked.plans) == ((1,), (2,))


MISSED = part("建成站点[[26.2]]万个,另有小站37个,大站37个,接访1234人次。")
ROW = "public_legal_services.platforms | 建成站点 | "


def missed(*quotes: str, rows: list[str] | None = None, refused: tuple[int, ...] = ()) -> Checked:
    return judged(rows or [], of_part=MISSED, not_statistics=list(refused), missed=[ROW + quote for quote in quotes])


def test_a_quote_replaces_a_mark_that_covers_too_little() -> None:
    checked = missed("建成站点[1]26.2万个")
    (row,) = checked.rows
    assert MISSED.text[row.start : row.end] == "26.2万个"
    assert row.mark is None
    assert checked.not_statistics == (1,)
    assert checked.wrong == ()


def test_a_quote_wins_over_a_row_of_the_same_indicator() -> None:
    checked = missed("建成站点26.2万个", rows=["1 public_legal_services.platforms 建成站点"])
    assert [row.mark for row in checked.rows] == [None]
    assert checked.not_statistics == (1,)


def test_a_quote_against_a_row_of_another_indicator_is_asked_again() -> None:
    assert codes(missed("建成站点26.2万个", rows=["1 public_legal_services.other 建成站点"])) == [
        (1, "missed_conflict")
    ]


def test_a_statistic_without_a_mark_is_taken_from_its_quote() -> None:
    checked = missed("另有小站37个", refused=(1,))
    (row,) = checked.rows
    assert MISSED.text[row.start : row.end] == "37个"
    assert checked.not_statistics == (1,)


@pytest.mark.parametrize(
    ("quote", "code"),
    [
        ("37个", "missed_ambiguous"),
        ("小站99个", "missed_not_found"),
        ("", "missed_not_found"),
        ("另有小站", "missed_not_one_number"),
        ("小站37个,大站37个", "missed_not_one_number"),
        ("接访12", "missed_cuts_number"),
    ],
)
def test_a_quote_must_hold_one_whole_number_at_one_place(quote: str, code: str) -> None:
    assert (None, code) in codes(missed(quote, refused=(1,)))


def test_a_quote_of_an_unknown_indicator_is_asked_again() -> None:
    checked = judged([], of_part=MISSED, not_statistics=[1], missed=["x.y | 小站 | 另有小站37个", "一行乱写"])
    assert codes(checked) == [(None, "unknown_indicator"), (None, "missed_unreadable_row")]


def test_a_quote_may_be_copied_with_full_width_brackets_as_shown() -> None:
    of_part = part("站点<[[5个]]>,小站[甲]37个。")
    checked = judged(
        ["1 public_legal_services.platforms 站点"],
        of_part=of_part,
        not_statistics=[],
        missed=["public_legal_services.platforms | 小站 | 小站\uff3b甲\uff3d37个"],
    )
    assert [of_part.text[row.start : row.end] for row in checked.rows] == ["5个", "37个"]


def test_a_quote_of_a_marks_own_number_answers_the_mark() -> None:
    of_part = part("小站[[37个]]。")
    checked = judged(
        [], of_part=of_part, not_statistics=[], missed=["public_legal_services.platforms | 小站 | 小站37个"]
    )
    assert [row.mark for row in checked.rows] == [1]
    assert checked.wrong == ()


def test_a_correction_counts_only_for_the_marks_in_question() -> None:
    first = judged(GOOD[:2])
    second = judged([GOOD[2], "1 leadership.meetings 会议"], kept=first.rows, wanted=[3], not_statistics=[2])
    assert [(row.mark, row.of) for row in second.rows] == [(3, 2)]
    assert second.not_statistics == ()
    assert second.wrong == ()


def test_a_kept_row_cannot_be_drawn_into_a_circle_by_a_correction() -> None:
    kept = judged([GOOD[1]]).rows
    assert isinstance(kept[0], Row)
    again = judged([f"{GOOD[0]} of=2"], kept=kept, wanted=[1], not_statistics=[])
    assert codes(again) == [(1, "of_cycle")]


@given(
    st.lists(st.text(alphabet="12345 []|.=of administrative_review.accepted件,", max_size=60), max_size=6),
    st.lists(st.integers(-3, 9), max_size=6),
    st.lists(st.text(alphabet="|37个小大站 x.", max_size=30), max_size=4),
)
def test_whatever_comes_every_mark_ends_in_exactly_one_place(
    rows: list[str], refused: list[int], quotes: list[str]
) -> None:
    checked = judged(rows, not_statistics=refused, missed=quotes, documents=rows, problems=refused, plans=refused)
    observed = {row.mark for row in checked.rows if row.mark is not None}
    wrong = {one.mark for one in checked.wrong if one.mark is not None}
    places = [observed, set(checked.not_statistics), wrong]
    assert set().union(*places) == {1, 2, 3, 4}
    assert sum(len(place) for place in places) == 4
