"""Every error class is found and named, and every metric is what EVALS.md says, counted by hand."""

import pytest
import results
from results import TEXT, case, gold, perfect, with_another, with_observation, without_observation

from evals.classes import CLASSES
from evals.gold import GoldDocument, GoldSetAside
from evals.judged import judge_case
from evals.summary import summarise
from schemas.extraction import Document, SetAside, Unread
from tests.bounded import ends

AT = TEXT.index("一、主要")


def judged(extraction, one=None):
    return judge_case(case(one), extraction)


def classes(extraction):
    return {name for one in judged(extraction).outcomes if one.item == "observation" for name in one.classes}


def share(name, extraction, one=None):
    tally = judged(extraction, one).score.tallies[name]
    return tally.numerator, tally.denominator


def good():
    return perfect(gold())


SEEDED = {
    "missed": lambda: without_observation(good(), "512名"),
    "spurious": lambda: with_another(good(), "512名", AT, AT + 4),
    "duplicate": lambda: with_another(good(), "512名", *span("512名"), indicator="training.sessions", topic="training"),
    "scale_万": lambda: with_observation(good(), "3万份", value="3"),
    "scale_亿": lambda: with_observation(good(), "512名", value="51200000000"),
    "scale_other": lambda: with_observation(good(), "512名", value="51.2"),
    "sign": lambda: with_observation(good(), "3.2%", value="-3.2"),
    "percent_or_point": lambda: with_observation(good(), "3.2%", unit="个百分点"),
    "unit": lambda: with_observation(good(), "512名", unit="人"),
    "rounding": lambda: with_observation(good(), "36.5%", value="37"),
    "neighbour": lambda: with_observation(good(), "68件", value="115"),
    "digit": lambda: with_observation(good(), "68件", value="86"),
    "wrong_indicator_same_topic": lambda: with_observation(
        good(), "68件", indicator="administrative_review.concluded", topic="administrative_review"
    ),
    "wrong_indicator_other_topic": lambda: with_observation(
        good(), "68件", indicator="training.sessions", topic="training"
    ),
    "wrong_qualifier": lambda: with_observation(good(), "120余场次", qualifier="exact"),
    "wrong_part_of": lambda: with_observation(good(), "68件", part_of=None),
    "wrong_aspect": lambda: with_observation(good(), "3.2%", aspect=None),
    "wrong_area": lambda: with_observation(good(), "512名", area="各镇"),
    "wrong_period": lambda: with_observation(good(), "512名", period="2022年"),
}


def span(quote):
    return TEXT.index(quote), TEXT.index(quote) + len(quote)


def test_a_perfect_reading_has_no_error_and_full_marks():
    whole = judged(good())
    assert all(one.strict for one in whole.outcomes)
    tallies = whole.score.tallies
    assert tallies["observation_f1"].share == tallies["strict_f1"].share == 1
    assert tallies["correction_cost"].numerator == 0
    assert tallies["unsupported_rate"].numerator == 0


@pytest.mark.parametrize("name", sorted(SEEDED))
def test_a_seeded_error_is_found_and_named(name):
    assert classes(SEEDED[name]()) == {name}


def test_every_error_class_is_seeded():
    assert set(SEEDED) == set(CLASSES)


def test_the_first_numeric_class_that_fits_is_named():
    both = with_observation(good(), "11.9万人次", value="11.9", unit="万人次")
    assert classes(both) == {"scale_万"}


def test_a_seeded_error_costs_the_headline_exactly_one_observation():
    assert share("observation_f1", good()) == (20, 20)
    assert share("observation_f1", SEEDED["unit"]()) == (18, 20)
    assert share("observation_f1", SEEDED["missed"]()) == (18, 19)
    assert share("observation_f1", SEEDED["spurious"]()) == (20, 21)
    assert share("observation_f1", SEEDED["wrong_part_of"]()) == (20, 20)
    assert share("strict_f1", SEEDED["wrong_part_of"]()) == (18, 20)
    assert share("detection_f1", SEEDED["wrong_indicator_other_topic"]()) == (20, 20)


def test_field_f1_counts_only_where_a_field_is_filled():
    assert share("field_part_of", good()) == (4, 4)
    assert share("field_part_of", SEEDED["wrong_part_of"]()) == (2, 3)
    assert share("field_aspect", SEEDED["wrong_aspect"]()) == (2, 3)
    assert share("field_area", SEEDED["wrong_area"]()) == (0, 1)


def test_correction_cost_counts_what_a_person_would_retype():
    fields = share("correction_cost", good())[1]
    assert share("correction_cost", SEEDED["unit"]()) == (1, fields)
    assert share("correction_cost", SEEDED["spurious"]()) == (1, fields)
    # 512名 has a span, an indicator, a value, a unit and a qualifier
    assert share("correction_cost", SEEDED["missed"]()) == (5, fields)


def test_part_of_is_right_when_it_points_to_whatever_answers_the_gold_total():
    shifted = with_observation(good(), "115件", start=TEXT.index("115件"), end=TEXT.index("115件") + 2, quote="11")
    assert "wrong_part_of" not in classes(shifted)


def test_a_range_whose_upper_end_is_wrong_is_wrong():
    label = results.observed("120余场次", "120", "场次", "legal_publicity.activities", value_to="130")
    one = gold(observations=(label,))
    assert share("observation_f1", perfect(one), one) == (2, 2)
    assert share("observation_f1", with_observation(perfect(one), "120余场次", value_to="150"), one) == (0, 2)


def test_predictions_in_a_topic_that_is_not_completely_labelled_are_not_held_against_it():
    one = gold(topics=("administrative_review",))
    extra = with_another(perfect(one), "512名", AT, AT + 4)
    found = judged(extra, one)
    assert [outcome.kind for outcome in found.outcomes if outcome.kind != "matched"] == ["unjudged"]
    assert found.score.tallies["observation_f1"].share == 1


def test_a_supported_prediction_without_gold_goes_to_adjudication_and_an_unsupported_one_does_not():
    unsupported = with_another(good(), "512名", AT, AT + 4)
    assert judged(unsupported).adjudicate == ()
    missing = gold(observations=tuple(one for one in gold().observations if one.surface != "512名"))
    found = judged(good(), missing).adjudicate
    assert [one.predicted["quote"] for one in found] == ["512名"]


def test_a_quote_that_is_not_at_its_offsets_and_a_value_that_does_not_read_out_are_unsupported():
    assert share("unsupported_rate", good()) == (0, 10)
    assert share("unsupported_rate", with_observation(good(), "512名", quote="521名")) == (1, 10)
    assert share("unsupported_rate", with_observation(good(), "512名", value="513")) == (1, 10)


def test_it_says_where_a_missed_observation_went():
    start, end = span("512名")
    bare = without_observation(good(), "512名")
    aside = SetAside(section=None, start=start, end=end, quote="512名", why="name", by="scanner", doubt=True)
    lost = bare.model_copy(update={"set_aside": (*bare.set_aside, aside)})
    unread = bare.model_copy(
        update={"unread": (Unread(section=None, start=start, end=end, quote="512名", reason="refused"),)}
    )

    def fate(extraction):
        return next(one.lost for one in judged(extraction).outcomes if one.kind == "missed")

    assert fate(bare) == "unmarked"
    assert fate(lost) == "set_aside by the scanner (name)"
    assert fate(unread) == "unread (refused)"
    assert share("covered_by_mark", bare) == (9, 10)
    assert share("covered_by_mark", unread) == (10, 10)
    assert share("unread_rate", unread) == (1, 11)


def test_marks_put_to_the_model_are_those_observed_refused_by_it_or_unread():
    model = SetAside(section=None, start=0, end=3, quote=TEXT[:3], why="other", by="model", doubt=False)
    more = good().model_copy(update={"set_aside": (*good().set_aside, model)})
    assert share("marks_per_gold", good()) == (10, 10)
    assert share("marks_per_gold", more) == (11, 10)


def test_digits_set_aside_though_gold_observes_them_are_wrong():
    start, end = span("512名")
    aside = SetAside(section=None, start=start, end=end, quote="512名", why="name", by="scanner", doubt=True)
    lost = without_observation(good(), "512名")
    lost = lost.model_copy(update={"set_aside": (*lost.set_aside, aside)})
    right, marks = share("set_aside_accuracy", good())
    assert (right, marks) == (marks, 10 + len(gold().set_aside))
    assert share("set_aside_accuracy", lost) == (marks - 1, marks)


def test_sections_are_judged_by_start_and_path():
    extraction = good()
    moved = extraction.sections[0].model_copy(update={"start": extraction.sections[0].start + 1})
    assert share("sections_f1", extraction.model_copy(update={"sections": (moved, *extraction.sections[1:])})) == (4, 6)
    renamed = extraction.sections[0].model_copy(update={"path": ("二",)})
    other = extraction.model_copy(update={"sections": (renamed, *extraction.sections[1:])})
    assert share("sections_f1", other) == (6, 6)
    assert share("section_path", other) == (2, 3)


def test_full_width_and_half_width_brackets_are_the_same_path():
    extraction = good()
    one = gold(sections=[{"path": ["（一）"], "heading": None, "start": AT}])
    same = extraction.sections[0].model_copy(update={"path": ("(一)",), "heading": None})
    assert share("section_path", extraction.model_copy(update={"sections": (same,)}), one) == (1, 1)


def test_documents_are_right_by_title_and_number_and_strictly_right_by_action():
    text = "印发《办法》和《细则》（云政〔2023〕5号）。"
    labels = (
        GoldDocument(start=2, end=6, title="办法", number=None, action="issued"),
        GoldDocument(start=7, end=11, title="细则", number="云政〔2023〕5号", action="issued"),
    )
    one = gold(text, observations=(), documents=labels)
    extraction = perfect(one, text)

    def shares(documents):
        tallies = judge_case(case(one, text), extraction.model_copy(update={"documents": documents})).score.tallies
        return tallies["documents_f1"].share, tallies["documents_strict_f1"].share

    first, second = extraction.documents
    assert shares((first, second)) == (1, 1)
    assert shares((first.model_copy(update={"action": "studied"}), second)) == (1, 0.5)
    assert shares((first, second.model_copy(update={"number": None}))) == (0.5, 0.5)
    extra = Document(title="别的", number=None, action="other", start=0, end=1, section=None)
    assert shares((first, second, extra)) == (0.8, 0.8)


def test_report_fields_are_wrong_missed_or_filled_though_the_text_is_silent():
    report = good().report.model_copy(update={"jurisdiction": None, "year": 2024, "issuer": "某局"})
    found = judged(good().model_copy(update={"report": report})).outcomes
    wrong = {one.key.rpartition("/")[2]: one.classes for one in found if one.item == "field" and not one.right}
    assert wrong == {"jurisdiction": ("missed",), "year": ("wrong",), "issuer": ("false_fill",)}


def test_sentences_have_precision_and_recall():
    none = good().model_copy(update={"problems": ()})
    assert share("problems_recall", none) == (0, 1)
    assert share("problems_precision", none) == (0, 0)
    assert share("plans_f1", none) == (2, 2)


def test_set_aside_reasons_are_compared():
    other = gold(set_aside=(GoldSetAside(start=3, end=8, surface="2023年", why="name"),))
    assert share("set_aside_why", good(), other) == (0, 1)
    assert share("set_aside_why", good()) == (1, 1)


def test_the_summary_has_micro_macro_slices_and_confusions():
    first = judged(SEEDED["wrong_indicator_other_topic"]())
    second = judge_case(case(gold(report="another.txt")), good())
    scores = [first.score, second.score]
    found = summarise("samples", scores, [*first.outcomes, *second.outcomes])
    figure = found.figures["observation_f1"]
    assert (figure.numerator, figure.denominator, figure.reports) == (38, 40, 2)
    assert figure.value == pytest.approx(0.95)
    assert figure.macro == pytest.approx(0.95)
    assert figure.interval is not None
    assert figure.interval.low < 0.95 < figure.interval.high
    assert found.confusions == (("administrative_review.accepted", "training.sessions", 1),)
    topics = {one.name: (one.gold, one.predicted, one.right) for one in found.slices["topic"]}
    assert topics["training"] == (0, 1, 0)
    assert topics["administrative_review"] == (8, 7, 7)
    assert {one.name for one in found.slices["qualifier"]} == {"exact", "more_than"}


def test_stability_is_the_share_right_in_all_repeats():
    right, wrong = judge_case(case(), good(), repeat=0), judge_case(case(), SEEDED["unit"](), repeat=1)
    found = summarise("samples", [right.score, wrong.score], [*right.outcomes, *wrong.outcomes])
    assert found.stability == pytest.approx(0.9)
    assert found.figures["observation_f1"].reports == 1


def test_thousands_of_observations_are_scored():
    text = "".join(f"第{index}项办理{index}件。" for index in range(1, 5001))
    labels = []
    at = 0
    for index in range(1, 5001):
        at = text.index(f"理{index}件", at) + 1
        end = at + len(f"{index}件")
        labels.append(
            results.observed("115件", str(index), "件", "training.sessions").model_copy(
                update={"start": at, "end": end, "surface": text[at:end]}
            )
        )
    one = gold(text, observations=tuple(labels))
    extraction = perfect(one, text)
    halved = extraction.model_copy(update={"observations": extraction.observations[::2]})
    with ends():
        judge_case(case(one, text), halved)
