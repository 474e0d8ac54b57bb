"""Two gates: label by label against the baseline offline, the hurting end of each interval live."""

from datetime import date

import pytest
from hand_runs import home_in, made
from results import gold, perfect, with_observation, without_observation

from evals.gate import baseline_of, judge_live, judge_offline, read_baseline
from service import CallerError


@pytest.fixture
def good():
    return perfect(gold())


@pytest.fixture
def home(tmp_path):
    return home_in(tmp_path)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda one: without_observation(one, "512名"), "was right, is wrong (missed)"),
        (lambda one: with_observation(one, "68件", part_of=None), "was right in every field, is not (wrong_part_of)"),
        (lambda one: one.model_copy(update={"plans": ()}), "was right, is wrong (missed)"),
        (lambda one: one.model_copy(update={"sections": one.sections[1:]}), "was right, is wrong (missed)"),
        (
            lambda one: one.model_copy(
                update={"problems": (*one.problems, one.plans[0].model_copy(update={"start": 20, "end": 30}))}
            ),
            "new false prediction (spurious)",
        ),
    ],
)
def test_whatever_breaks_is_said(home, good, change, what):
    verdict = judge_offline(made(change(good))[0], read_baseline(home.baseline))
    assert [one.what for one in verdict.findings] == [what]


def test_what_was_mended_can_be_kept_and_then_must_not_break(home, good):
    worse = made(with_observation(good, "512名", value="521"))[0]
    old = baseline_of(worse, "worse", date(2026, 11, 1))
    verdict = judge_offline(made(good)[0], old)
    assert verdict.holds
    assert len(verdict.mended) == 1


def test_gold_that_changed_must_be_accepted_on_purpose(home, good):
    newer = made(good, labels=gold(version=2))[0]
    verdict = judge_offline(newer, read_baseline(home.baseline))
    assert [(one.key, one.what) for one in verdict.findings] == [("yunchuan-2023", "gold changed")]


def test_a_report_without_its_text_is_noted_and_does_not_fail(home, good):
    baseline = read_baseline(home.baseline)
    more = baseline.head.model_copy(update={"gold": baseline.head.gold | {"real-2023": (1, "0" * 64)}})
    verdict = judge_offline(made(good)[0], type(baseline)(more, baseline.rows))
    assert verdict.holds
    assert "real-2023" in verdict.notes[0]


def test_the_baseline_holds_keys_and_no_words_of_a_report(home):
    text = home.baseline.read_text("utf-8")
    assert not any("\u4e00" <= one <= "\u9fff" for one in text)


def test_a_live_run_is_held_to_the_end_of_the_interval_that_hurts(tmp_path, good):
    gates = tmp_path / "gates.toml"
    gates.write_text("[live.samples]\nobservation_f1 = 0.9\nunread_rate = 0.0\nstability = 1.0\n", "utf-8")
    run, _ = made(good, good)
    assert judge_live(run.summaries(), gates).holds
    shaky, _ = made(good, with_observation(good, "512名", value="521"))
    assert [one.key for one in judge_live(shaky.summaries(), gates).findings] == ["samples/stability"]
    gates.write_text("[live.samples]\ninvented = 1\n", "utf-8")
    with pytest.raises(CallerError, match="invented"):
        judge_live(run.summaries(), gates)
