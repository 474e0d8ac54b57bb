"""Every mention ends as observed, set aside or unread, none twice, none dropped."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from schemas.codebook import load_codebook
from schemas.extraction import Why
from schemas.mention import Mention, Part, Quantity
from schemas.outline import Block, Outline, Span, Title
from schemas.reading import Reading, Row
from service.results import assemble
from service.results.assemble import Assembled, PartReading

BOOK = load_codebook()
TEXT = "一、成效。共收到申请115件,受理68件,报备率、及时率100%。落实“三项制度”。"
OUTLINE = Outline((Block("s1", ("一",), "成效", 0, 5, len(TEXT), "achievements"),), 0, len(TEXT))


def span(quote: str) -> Span:
    start = TEXT.index(quote)
    return Span(start, start + len(quote))


MARKS = (span("115件"), span("68件"), span("100%"), span("三项"))
PART = Part(TEXT, 0, len(TEXT), (), "", MARKS, (), ())
ENUMERATOR = Mention(0, 2, "enumerator")
MENTIONS = (ENUMERATOR, *(Mention(one.start, one.end, None) for one in MARKS))
VALUES = {
    MARKS[0]: Quantity(Decimal(115), None, "件", "exact"),
    MARKS[1]: Quantity(Decimal(68), None, "件", "exact"),
    MARKS[2]: Quantity(Decimal(100), None, "%", "exact"),
}


def row(mark: int, indicator: str = "administrative_review.applications", **more: object) -> Row:
    place = MARKS[mark - 1]
    return Row.model_validate(
        {"mark": mark, "start": place.start, "end": place.end, "indicator": indicator, "name": "数量", **more}
    )


def assembled(reading: Reading, values: dict[Span, Quantity] = VALUES) -> Assembled:
    return assemble.assemble(TEXT, OUTLINE, MENTIONS, [PartReading(PART, reading)], values, BOOK)


def test_a_part_of_mark_becomes_the_id_of_its_observation() -> None:
    made = assembled(Reading(rows=(row(1), row(2, "administrative_review.accepted", of=1)), not_statistics=(3, 4)))
    first, second = made.observations
    assert (first.id, first.quote, first.value, first.section) == ("o10-14", "115件", "115", "s1")
    assert second.part_of == first.id


def test_one_number_under_two_indicators_is_two_observations_with_two_ids() -> None:
    rows = (row(3, "normative_documents.filing_rate"), row(3, "oversight.proposal_completion_rate"))
    made = assembled(Reading(rows=rows, not_statistics=(1, 2, 4)))
    assert [one.id[-2:] for one in made.observations] == [made.observations[0].id[-2:], ".2"]
    assert made.spans == 5


def test_digits_with_a_unit_of_the_codebook_that_the_model_refused_are_set_aside_with_doubt() -> None:
    made = assembled(Reading(not_statistics=(1, 2, 3, 4)))
    doubts = {one.quote: one.doubt for one in made.set_aside if one.by == "model"}
    assert doubts == {"115件": True, "68件": True, "100%": True, "三项": False}


def test_a_mark_that_the_reading_does_not_mention_is_unread_never_dropped() -> None:
    made = assembled(Reading(rows=(row(1),), not_statistics=(4,), unread={2: "model_refused"}))
    assert [(one.quote, one.reason) for one in made.unread] == [("68件", "model_refused"), ("100%", "unanswered")]
    assert assemble.sections(OUTLINE, made.unread, ())[0].status == "unread"


def test_an_observed_surface_that_says_no_value_is_unread_not_guessed() -> None:
    made = assembled(Reading(rows=(row(1), row(2)), not_statistics=(3, 4)), {MARKS[0]: VALUES[MARKS[0]]})
    assert [one.quote for one in made.observations] == ["115件"]
    assert [(one.quote, one.reason) for one in made.unread] == [("68件", "no_value")]


def test_an_accepted_missed_quote_replaces_the_mark_that_it_overlaps() -> None:
    missed = Row(
        mark=None, start=MARKS[0].start - 2, end=MARKS[0].end, indicator="administrative_review.other", name="申请"
    )
    whole = Span(missed.start, missed.end)
    made = assembled(Reading(rows=(missed,), not_statistics=(1, 2, 3, 4)), {whole: VALUES[MARKS[0]]})
    assert [(one.quote, one.origin) for one in made.observations] == [("申请115件", "missed")]
    assert "115件" not in [one.quote for one in made.set_aside]


def test_a_missed_quote_over_several_marks_replaces_them_all_and_no_other() -> None:
    start, end = MARKS[0].start, MARKS[1].end
    missed = Row(mark=None, start=start, end=end, indicator="administrative_review.other", name="申请")
    short = Row(mark=None, start=start, end=start + 1, indicator="administrative_review.other", name="申请")
    values = {Span(start, end): VALUES[MARKS[0]], Span(start, start + 1): VALUES[MARKS[0]]}
    made = assembled(Reading(rows=(missed, short), not_statistics=(1, 2, 3, 4)), values)
    assert [one.quote for one in made.set_aside] == ["一、", "100%", "三项"]


def test_the_models_word_for_a_title_wins_over_the_governing_verb() -> None:
    titles = (Title(3, 9, "办法", None, "other"), Title(20, 26, "条例", None, "implemented"))
    part = Part(TEXT, 0, len(TEXT), (), "", (), titles, ())
    listed = assemble.documents(OUTLINE, titles, [PartReading(part, Reading(documents={1: "issued"}))])
    assert [one.action for one in listed] == ["issued", "implemented"]


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Any reading that validation could let through, and some that it would not."""
    verdict = {mark: draw(st.sampled_from(["row", "rows", "no", "unread", "silent"])) for mark in range(1, 5)}
    rows = [row(mark) for mark, one in verdict.items() if one in ("row", "rows")]
    rows += [row(mark, "oversight.other") for mark, one in verdict.items() if one == "rows"]
    return Reading(
        rows=tuple(rows),
        not_statistics=tuple(mark for mark, one in verdict.items() if one == "no"),
        unread={mark: "model_refused" for mark, one in verdict.items() if one == "unread"},
    )


@given(readings(), st.sets(st.sampled_from(list(VALUES))))
def test_mentions_are_always_accounted_for_once(reading: Reading, readable: set[Span]) -> None:
    made = assembled(reading, {one: VALUES[one] for one in readable})
    observed = {(one.start, one.end) for one in made.observations}
    aside = [(one.start, one.end) for one in made.set_aside]
    unread = [(one.start, one.end) for one in made.unread]
    assert len(observed) + len(aside) + len(unread) == made.spans == len(MENTIONS)
    assert not observed & {*aside, *unread}
    every: list[Why] = [one.why for one in made.set_aside]
    assert "enumerator" in every
    assert all(TEXT[one.start : one.end] == one.quote for one in (*made.observations, *made.set_aside, *made.unread))


def test_a_section_whose_sentences_were_not_answered_is_unread_though_it_has_no_number() -> None:
    part = Part(text=TEXT, start=0, end=len(TEXT), headings=(), before="", marks=(), titles=(), sentences=(MARKS[0],))
    listed = assemble.sections(OUTLINE, (), [PartReading(part, Reading(), "model_unavailable")])
    assert {(one.status, one.reason) for one in listed if one.start <= MARKS[0].start < one.end} == {
        ("unread", "model_unavailable")
    }
