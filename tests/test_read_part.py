"""The conversation about a part: nothing paid for is lost, and nothing wrong is kept."""

import re
from collections import Counter
from typing import Any

import pytest

from schemas.mention import Part
from schemas.reading import Reading, Spent
from schemas.reply import Reply
from service.asking.completions import ReplyCutOff
from service.asking.retry import Patience
from service.asking.spend import Budget
from service.errors import BudgetSpent, ConfigurationError, ModelRefused, ModelUnavailable, ReplyInvalid, ReplyTruncated
from service.offline_model.faults import ROW_FAULTS, TRANSPORT_FAULTS, Fault, Schedule
from service.offline_model.request import Request
from service.offline_model.wire import OfflineModel
from tests.model_path import Scripted, inside, part, reader

PART = part("收到复议申请[[130件]],受理[[97件]],办结[[88件]]。{{仍有不足。}}落实“[[三项]]制度”。谈《办法》。")
ROWS = {
    1: "1 administrative_review.applications 收到复议申请",
    2: "2 administrative_review.accepted 受理 of=1",
    3: "3 administrative_review.concluded 办结 of=2",
}


def reply(*rows: int | str, refused: tuple[int, ...] = (), **more: Any) -> Reply:
    lines = [ROWS[row] if isinstance(row, int) else row for row in rows]
    whole: dict[str, Any] = {"observations": lines, "not_statistics": list(refused), "documents": [], "problems": []}
    return Reply(**{**whole, "plans": [], "missed": [], **more})


def places(reading: Reading) -> dict[int, str]:
    """Where each mark ended."""
    found = {row.mark: "read" for row in reading.rows if row.mark is not None}
    return {**found, **dict.fromkeys(reading.not_statistics, "refused"), **reading.unread}


async def test_a_good_reply_takes_one_call() -> None:
    model = Scripted([reply(1, 2, 3, refused=(4,), problems=[1], documents=["d1 studied"])])
    outcome = await reader(model).read(PART)
    assert places(outcome.reading) == {1: "read", 2: "read", 3: "read", 4: "refused"}
    assert (outcome.reading.problems, outcome.reading.documents) == ((1,), {1: "studied"})
    assert (len(model.asked), outcome.trace, outcome.retryable) == (1, (), False)


async def test_a_number_the_model_left_out_is_asked_for_again() -> None:
    model = Scripted([reply(1, 3, refused=(4,), problems=[1]), reply(2)])
    outcome = await reader(model).read(PART)
    assert places(outcome.reading) == {1: "read", 2: "read", 3: "read", 4: "refused"}
    assert outcome.reading.problems == (1,)
    assert outcome.trace == ("unanswered", "corrected")
    assert outcome.spent == Spent(calls=2, prompt_tokens=16, completion_tokens=4)


async def test_a_correction_asks_only_for_the_rows_in_question() -> None:
    model = Scripted([reply(1, "2 x.y 受理", 3, refused=(4,)), reply(2)])
    await reader(model).read(PART)
    listed = model.asked[1].removeprefix(model.asked[0])
    assert re.findall(r"^\[(\d+)\]", listed, re.MULTILINE) == ["2"]
    assert "x.y" in listed


async def test_good_rows_survive_whatever_the_correction_says() -> None:
    model = Scripted([reply(1, 3, refused=(4,)), reply("1 leadership.meetings 收到", "3 leadership.meetings 办结", 2)])
    outcome = await reader(model).read(PART)
    assert [row.indicator.partition(".")[2] for row in outcome.reading.rows] == [
        "applications",
        "accepted",
        "concluded",
    ]
    assert outcome.trace.count("unasked_mark") == 2


async def test_what_two_corrections_do_not_mend_is_unread_with_its_reason() -> None:
    model = Scripted([reply(1, 3, refused=(4,)), reply(), reply("2 x.y 受理")])
    outcome = await reader(model).read(PART)
    assert places(outcome.reading) == {1: "read", 2: "unknown_indicator", 3: "read", 4: "refused"}
    assert len(model.asked) == 3


async def test_a_base_that_stays_unread_is_no_base() -> None:
    model = Scripted([reply(1, 3, refused=(4,)), reply(), reply()])
    outcome = await reader(model).read(PART)
    assert [row.of for row in outcome.reading.rows] == [None, None]


@pytest.mark.parametrize("corrections", [0, 1])
async def test_the_number_of_corrections_can_be_set(corrections: int) -> None:
    model = Scripted([reply(1, 3, refused=(4,))] * 5)
    outcome = await reader(model, max_corrections=corrections).read(PART)
    assert len(model.asked) == 1 + corrections
    assert outcome.reading.unread == {2: "unanswered"}


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        (ModelRefused("content_filter"), "content_filter", False),
        (ModelRefused("refusal"), "refusal", False),
        (ReplyInvalid("x"), "reply_invalid", False),
        (ModelUnavailable("x"), "model_unavailable", True),
    ],
)
async def test_an_error_makes_the_part_unread_and_never_an_exception(
    error: Exception, reason: str, retryable: bool
) -> None:
    outcome = await reader(Scripted([error])).read(PART)
    assert places(outcome.reading) == dict.fromkeys((1, 2, 3, 4), reason)
    assert outcome.retryable is retryable


@pytest.mark.parametrize(
    "error", [ModelRefused("refusal"), ReplyInvalid("x"), ModelUnavailable("x"), ReplyTruncated("x")]
)
async def test_an_error_in_a_correction_costs_only_the_rows_in_question(error: Exception) -> None:
    outcome = await reader(Scripted([reply(1, 3, refused=(4,)), error])).read(PART)
    found = places(outcome.reading)
    assert (found[1], found[3], found[4]) == ("read", "read", "refused")
    assert found[2] not in ("read", "refused")


async def test_a_wrong_configuration_is_raised() -> None:
    with pytest.raises(ConfigurationError):
        await reader(Scripted([ConfigurationError("x")])).read(PART)


async def test_a_budget_that_ends_tells_what_earlier_attempts_cost() -> None:
    outcome = await reader(Scripted([ReplyTruncated("x"), BudgetSpent("x")])).read(part("办理案件[[5件]]。"))
    assert outcome.reading.unread == {1: "budget_spent"}
    assert outcome.spent.calls == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelUnavailable("x"), "model_unavailable"),
        (ModelRefused("content_filter"), "content_filter"),
        (ReplyInvalid("x"), "reply_invalid"),
        (BudgetSpent("x"), "budget_spent"),
    ],
)
async def test_a_part_without_a_number_that_was_not_answered_says_so(error: Exception, reason: str) -> None:
    outcome = await reader(Scripted([error])).read(part("{{执法力量不足。}}{{明年加强培训。}}"))
    assert (outcome.reading.unread, outcome.unsaid) == ({}, reason)


async def test_titles_and_sentences_that_no_correction_reached_are_not_taken_for_answered() -> None:
    model = Scripted([ReplyCutOff(reply(1, 2, 3, refused=(4,))), ModelUnavailable("x")])
    outcome = await reader(model).read(PART)
    assert (outcome.reading.unread, outcome.unsaid) == ({}, "model_unavailable")
    good = Scripted([ReplyCutOff(reply(1, 2, 3, refused=(4,))), Reply(**{key: [] for key in Reply.model_fields})])
    assert (await reader(good).read(PART)).unsaid is None


async def test_a_budget_that_ends_in_a_correction_keeps_what_was_paid_for() -> None:
    outcome = await reader(Scripted([reply(1, 3, refused=(4,)), BudgetSpent("x")])).read(PART)
    assert places(outcome.reading) == {1: "read", 2: "budget_spent", 3: "read", 4: "refused"}


LONG = part(
    "收到复议申请[[130件]]。受理[[97件]]。{{仍有不足。}}谈《甲》。办结[[88件]]。落实“[[三项]]制度”。{{明年加强。}}谈《乙》。"
)


async def test_a_reply_that_is_cut_off_makes_two_parts_of_one() -> None:
    first = reply(ROWS[1], "2 administrative_review.accepted 受理 of=1", problems=[1], documents=["d1 studied"])
    second = reply("1 administrative_review.concluded 办结", refused=(2,), plans=[1], documents=["d1 issued"])
    model = Scripted([ReplyTruncated("x"), first, second])
    outcome = await reader(model).read(LONG)
    reading = outcome.reading
    assert places(reading) == {1: "read", 2: "read", 3: "read", 4: "refused"}
    assert [LONG.text[row.start : row.end] for row in reading.rows] == ["130件", "97件", "88件"]
    assert [row.of for row in reading.rows] == [None, 1, None]
    assert (reading.problems, reading.plans, reading.documents) == ((1,), (2,), {1: "studied", 2: "issued"})
    assert outcome.trace == ("reply_truncated",)


async def test_a_budget_that_ends_between_the_halves_keeps_the_first() -> None:
    first = reply(ROWS[1], "2 administrative_review.accepted 受理")
    outcome = await reader(Scripted([ReplyTruncated("x"), first, BudgetSpent("x")])).read(LONG)
    assert places(outcome.reading) == {1: "read", 2: "read", 3: "budget_spent", 4: "budget_spent"}


async def test_halving_ends() -> None:
    model = Scripted([ReplyTruncated("x")] * 50)
    outcome = await reader(model).read(part("办理案件[[5件]]。" * 40))
    assert set(places(outcome.reading).values()) == {"reply_truncated"}
    assert len(outcome.reading.unread) == 40
    assert len(model.asked) == 15


async def test_a_statistic_without_a_mark_is_read_from_its_quote() -> None:
    of_part = part("收到复议申请[[130件]],另有大案37件。")
    model = Scripted([reply(1, missed=["administrative_review.other | 大案 | 另有大案37件"])])
    outcome = await reader(model).read(of_part)
    assert [(row.mark, of_part.text[row.start : row.end]) for row in outcome.reading.rows] == [
        (1, "130件"),
        (None, "37件"),
    ]


async def test_an_ambiguous_quote_is_asked_for_again_longer() -> None:
    of_part = part("收到复议申请[[130件]],小案37件,大案37件。")
    row = "administrative_review.other | 大案 | "
    model = Scripted([reply(1, missed=[row + "37件"]), reply(missed=[row + "大案37件"])])
    outcome = await reader(model).read(of_part)
    assert [of_part.text[one.start : one.end] for one in outcome.reading.rows] == ["130件", "37件"]
    assert outcome.trace == ("missed_ambiguous", "corrected")


async def test_a_budget_is_paid_from_and_can_run_out() -> None:
    purse = Budget(tokens_per_report=25).purse()
    read = reader(Scripted([reply(1, 2, 3, refused=(4,))] * 3))
    await read.read(PART, purse=purse)
    assert purse.spent == Spent(calls=1, prompt_tokens=8, completion_tokens=2)
    await read.read(PART, purse=purse)
    third = await read.read(PART, purse=purse)
    assert set(third.reading.unread.values()) == {"budget_spent"}
    assert third.spent == Spent()


def perfect(request: Request) -> dict[str, Any]:
    """Every mark is a case, none refused: what comes back can be counted."""
    wanted = set(request.wanted) or {number for number, _, _ in request.marks}
    rows = [f"{n} administrative_review.accepted 受理案件" for n, _, _ in request.marks if n in wanted]
    return {"observations": rows}


MANY: list[Part] = [part("".join(f"受理案件[[{n + 1}件]]。" for n in range(12)), start=1000 * k) for k in range(30)]


@pytest.mark.parametrize("kinds", [TRANSPORT_FAULTS, ("malformed", "empty"), ("cut_off",), ROW_FAULTS], ids=str)
async def test_no_fact_is_lost_when_one_reply_in_ten_goes_wrong(kinds: tuple[Fault, ...]) -> None:
    application = OfflineModel(
        brain=perfect, schedule=Schedule(share=0.1, kinds=kinds, seed=3), retry_after_seconds=0.01
    )
    async with inside(application, patience=Patience(attempts=8, seconds=60.0)) as asked:
        outcomes = [await reader(asked.model).read(one) for one in MANY]
    assert sum(len(outcome.reading.rows) for outcome in outcomes) == 360
    extra = len(asked.calls) - len(MANY)
    faulty = asked.outcomes.count("unavailable") + asked.outcomes.count("invalid")
    codes = Counter(code for outcome in outcomes for code in outcome.trace)
    faulty += (codes["corrected"] + codes["not_corrected"]) if kinds == ROW_FAULTS else 0
    faulty += asked.outcomes.count("truncated")
    assert 0 < extra <= faulty


@pytest.mark.parametrize("fault", [*ROW_FAULTS, "unknown_mark", "invented_quote"])
async def test_every_fault_of_rows_is_mended_by_one_correction(fault: Fault) -> None:
    application = OfflineModel(brain=perfect, schedule=Schedule([fault]), keep_bodies=True)
    async with inside(application) as asked:
        outcome = await reader(asked.model).read(MANY[0])
    assert len(outcome.reading.rows) == 12
    assert outcome.reading.unread == {}
    assert len(asked.calls) <= 2
    if len(asked.calls) == 2:
        assert asked.calls[1].spent.completion_tokens < asked.calls[0].spent.completion_tokens / 2


async def test_the_trace_holds_codes_and_no_text() -> None:
    model = Scripted([reply(1, "2 秘密.代码 受理", "77 a.b 丙", refused=(4, 9)), reply()] + [reply()] * 3)
    outcome = await reader(model).read(PART)
    assert outcome.trace
    assert all(re.fullmatch("[a-z_]+", code) for code in outcome.trace)


async def test_of_a_reply_that_was_cut_off_the_whole_rows_are_kept_and_the_rest_is_asked_for() -> None:
    partial = reply(1, 2)
    rest = reply(3, "1 leadership.meetings 收到", refused=(4,), problems=[1], documents=["d1 studied"])
    model = Scripted([ReplyCutOff(partial), rest])
    outcome = await reader(model).read(PART)
    assert places(outcome.reading) == {1: "read", 2: "read", 3: "read", 4: "refused"}
    assert (outcome.reading.problems, outcome.reading.documents) == ((1,), {1: "studied"})
    listed = model.asked[1].removeprefix(model.asked[0])
    assert re.findall(r"^\[(\w+)\]", listed, re.MULTILINE) == ["3", "4", "d1"]
    assert "[s1]" in listed


async def test_a_correction_that_is_cut_off_keeps_its_whole_rows_too() -> None:
    model = Scripted([reply(1), ReplyCutOff(reply(2)), reply(3, refused=(4,))])
    outcome = await reader(model).read(PART)
    assert places(outcome.reading) == {1: "read", 2: "read", 3: "read", 4: "refused"}


async def test_a_reply_cut_off_before_its_first_row_makes_two_parts_of_one() -> None:
    model = Scripted([ReplyCutOff(None), reply(ROWS[1], "2 administrative_review.accepted 受理")] + [reply()] * 9)
    outcome = await reader(model).read(LONG)
    assert "reply_truncated" in outcome.trace
    assert {1, 2} <= {row.mark for row in outcome.reading.rows}


async def test_a_short_part_that_is_cut_off_is_asked_for_again_as_it_is() -> None:
    short = part("收到复议申请[[130件]]。受理[[97件]]。")
    model = Scripted([ReplyTruncated("x"), reply(ROWS[1], "2 administrative_review.accepted 受理")])
    outcome = await reader(model).read(short)
    assert places(outcome.reading) == {1: "read", 2: "read"}
    assert (len(model.asked), outcome.trace) == (2, ("reply_truncated",))
