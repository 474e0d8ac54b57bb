"""Intervals and tests over reports, against values worked out by hand or by another way."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from evals.stats import DETECTABLE, Counts, compare, counts, interval, micro


def same_size(shares):
    return counts([(round(100 * share), 100) for share in shares])


def test_the_micro_average_is_the_ratio_of_the_sums():
    assert micro(counts([(1, 2), (9, 10)])) == pytest.approx(10 / 12)
    assert micro(counts([(0, 0)])) is None


def test_with_reports_of_one_size_the_jackknife_is_the_t_interval_of_the_mean():
    shares = [0.8, 0.9, 0.7, 0.85, 0.95]
    found = interval(same_size(shares))
    low, high = scipy_stats.t.interval(0.95, 4, loc=np.mean(shares), scale=scipy_stats.sem(shares))
    assert found.how == "jackknife"
    assert found.reports == 5
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(min(high, 1))


def test_from_forty_reports_on_reports_are_drawn_again():
    found = interval(same_size([0.7, 0.9] * 20))
    assert found.how == "bootstrap"
    assert found.low < 0.8 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.1 / np.sqrt(40), rel=0.1)


def test_one_report_has_no_interval():
    assert interval(counts([(5, 10)])) is None
    assert interval(counts([(5, 10), (0, 0)])) is None


def test_a_share_is_never_shown_outside_zero_and_one():
    found = interval(counts([(100, 100), (100, 100), (60, 100)]))
    assert found.high == 1
    assert found.low >= 0


def test_five_reports_cannot_reach_five_per_cent_whatever_happens():
    worse, better = same_size([0.1] * 5), same_size([0.9] * 5)
    found = compare(worse, better)
    assert found.difference == pytest.approx(0.8)
    assert found.how == "exact randomisation"
    assert found.p == pytest.approx(2 / 2**5)
    assert found.p > 0.05


def test_eight_reports_that_all_improve_are_significant():
    worse, better = same_size([0.5] * 8), same_size([0.6, 0.61, 0.62, 0.6, 0.6, 0.63, 0.6, 0.6])
    assert compare(worse, better).p == pytest.approx(2 / 2**8)


def test_the_exact_test_is_that_of_scipy():
    rng = np.random.default_rng(7)
    a, b = rng.integers(50, 90, 9), rng.integers(55, 95, 9)
    found = compare(counts([(int(one), 100) for one in a]), counts([(int(one), 100) for one in b]))
    reference = scipy_stats.permutation_test(
        (b / 100, a / 100),
        lambda left, right: np.mean(left) - np.mean(right),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="two-sided",
    )
    assert found.p == pytest.approx(reference.pvalue)


def test_beyond_fourteen_reports_swaps_are_drawn_and_repeatable():
    rng = np.random.default_rng(3)
    a, b = (counts([(int(one), 100) for one in rng.integers(50, 90, 20)]) for _ in range(2))
    first, second = compare(a, b), compare(a, b)
    assert first == second
    assert "draws" in first.how
    assert 0 < first.p <= 1


def test_no_difference_has_p_one_and_an_interval_around_zero():
    one = same_size([0.8, 0.7, 0.9])
    found = compare(one, one)
    assert (found.difference, found.p) == (0, 1)
    assert found.low == found.high == 0


def test_the_smallest_detectable_difference_is_2_8_standard_errors():
    a, b = same_size([0.8, 0.7, 0.9, 0.6]), same_size([0.85, 0.7, 0.95, 0.7])
    found = compare(a, b)
    differences = (b.numerator - a.numerator) / 100
    assert found.detectable == pytest.approx(DETECTABLE * scipy_stats.sem(differences))


def test_a_report_where_nothing_was_counted_does_not_break_the_comparison():
    a = Counts(np.array([5.0, 0.0, 4.0]), np.array([10.0, 0.0, 10.0]))
    b = Counts(np.array([6.0, 0.0, 4.0]), np.array([10.0, 0.0, 10.0]))
    found = compare(a, b)
    assert found.difference == pytest.approx(0.05)
    assert found.low is not None


def test_nothing_counted_at_all_is_no_comparison():
    empty = counts([(0, 0), (0, 0)])
    assert compare(empty, empty) is None
