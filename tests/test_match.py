"""Which prediction answers which gold observation: the gate, the ties, and that order never matters."""

import random
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import results
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.facts import Fact
from evals.judge import judge
from evals.match import match_facts
from evals.metrics import tallies_of_outcomes
from evals.places import is_half_shared
from tests.bounded import ends


def fact(start, end, value="1", unit="件", indicator="training.sessions", **rest):
    fields = dict.fromkeys(("aspect", "part_of", "area", "period", "name", "value_to")) | {"qualifier": "exact"}
    topic = indicator.partition(".")[0]
    return Fact(
        start=start, end=end, value=Decimal(value), unit=unit, indicator=indicator, topic=topic, **(fields | rest)
    )


def test_half_of_the_span_in_common_is_enough_and_less_is_not():
    one = fact(10, 14)
    assert is_half_shared(one, 10, 12)
    assert not is_half_shared(one, 10, 11)
    assert not is_half_shared(one, 13, 16)
    assert not is_half_shared(one, 14, 18)


def test_a_wrong_indicator_or_value_still_matches_because_the_place_is_the_only_gate():
    matching = match_facts([fact(0, 4)], [fact(0, 4, value="9", unit="次", indicator="emergency.drills")])
    assert matching.pairs == ((0, 0),)


def test_a_second_prediction_of_one_gold_observation_is_a_duplicate_and_one_elsewhere_is_spurious():
    gold = [fact(0, 4)]
    said = [fact(0, 4), fact(0, 4, indicator="training.trainees"), fact(20, 24)]
    matching = match_facts(gold, said)
    assert matching.pairs == ((0, 0),)
    assert matching.duplicates == (1,)
    assert matching.spurious == (2,)


def test_two_indicators_of_one_number_are_told_apart_by_the_indicator():
    gold = [fact(0, 4, indicator="oversight.a"), fact(0, 4, indicator="oversight.b")]
    said = [fact(0, 4, indicator="oversight.b"), fact(0, 4, indicator="oversight.a")]
    assert set(match_facts(gold, said).pairs) == {(0, 1), (1, 0)}


def test_value_breaks_a_tie_before_unit_and_unit_before_indicator():
    gold = [fact(0, 4, value="7", unit="件", indicator="a.b")]
    by_value, by_unit, by_indicator = (
        fact(0, 4, value="7", unit="次", indicator="x.y"),
        fact(0, 4, value="8", unit="件", indicator="x.y"),
        fact(0, 4, value="8", unit="次", indicator="a.b"),
    )
    assert match_facts(gold, [by_indicator, by_unit, by_value]).pairs == ((0, 2),)
    assert match_facts(gold, [by_indicator, by_unit]).pairs == ((0, 1),)


def test_more_pairs_are_better_than_a_closer_pair():
    gold = [fact(0, 4), fact(1, 5, value="2")]
    said = [fact(1, 5, value="9"), fact(2, 6, value="9")]
    assert len(match_facts(gold, said).pairs) == 2


def lexicographic(gold, said, pairs):
    """What the assignment should be best at, in order."""
    agree = [(gold[row], said[column]) for row, column in pairs]
    return (
        len(pairs),
        sum(one.value == other.value for one, other in agree),
        sum(one.unit == other.unit for one, other in agree),
        sum(one.indicator == other.indicator for one, other in agree),
    )


facts = st.lists(
    st.builds(
        fact,
        start=st.integers(0, 6),
        end=st.integers(7, 12),
        value=st.sampled_from(["1", "2"]),
        unit=st.sampled_from(["件", None]),
        indicator=st.sampled_from(["a.b", "a.c"]),
        qualifier=st.sampled_from(["exact", "about"]),
    ),
    max_size=4,
)


@settings(max_examples=120, deadline=None)
@given(facts, facts)
def test_no_other_assignment_is_better(gold, said):
    found = lexicographic(gold, said, match_facts(gold, said).pairs)
    size = max(len(gold), len(said))
    for order in permutations(range(size)):
        pairs = [
            (row, column)
            for row, column in enumerate(order)
            if row < len(gold)
            and column < len(said)
            and is_half_shared(gold[row], said[column].start, said[column].end)
        ]
        assert lexicographic(gold, said, pairs) <= found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 6), st.integers(0, 6))
def test_the_order_of_the_input_never_changes_a_count(seed, dropped, doubled):
    from evals.facts import sheet_of_extraction, sheet_of_gold
    from schemas.codebook import load_codebook

    rng = random.Random(seed)
    gold, book = results.gold(), load_codebook()
    observations = list(results.perfect(gold).observations)
    for _ in range(doubled):
        one = rng.choice(observations)
        changed = {"id": f"{one.id}.{rng.random()}", "value": "5", "indicator": rng.choice(list(book.indicators))}
        observations.append(one.model_copy(update=changed))
    del observations[:dropped]

    def counted(predicted, labels):
        extraction = results.perfect(gold).model_copy(update={"observations": tuple(predicted)})
        truth = sheet_of_gold(gold.model_copy(update={"observations": tuple(labels)}), results.TEXT)
        outcomes = judge(truth, sheet_of_extraction(extraction, book), results.TEXT, report="r")
        return tallies_of_outcomes(outcomes), sorted((one.key, one.classes) for one in outcomes)

    labels = list(gold.observations)
    first = counted(observations, labels)
    rng.shuffle(observations)
    rng.shuffle(labels)
    assert counted(observations, labels) == first


def test_identical_twins_are_matched_once_each():
    gold = [fact(0, 4), fact(0, 4)]
    matching = match_facts(gold, [fact(0, 4), fact(0, 4), fact(0, 4)])
    assert len(matching.pairs) == 2
    assert len(matching.duplicates) == 1


def test_thousands_of_observations_are_matched():
    gold = [fact(10 * index, 10 * index + 4, value=str(index)) for index in range(20_000)]
    said = [replace(one, end=one.end + 1) for one in gold]
    with ends():
        assert len(match_facts(gold, said).pairs) == 20_000
