"""Numeric classes by exact arithmetic."""

from decimal import Decimal

import pytest

from evals.classes import is_rounding, numbers_in, power_of_ten, sentence_around


@pytest.mark.parametrize(
    ("truth", "said", "power"),
    [("119000", "11.9", -4), ("3", "300000000", 8), ("0.5", "5", 1), ("12", "13", 0), ("0", "0", 0), ("5", "-50", 0)],
)
def test_a_power_of_ten_is_exact(truth, said, power):
    assert power_of_ten(Decimal(truth), Decimal(said)) == power


def test_rounding_is_fewer_digits_of_the_same_number():
    assert is_rounding(Decimal("99.96"), Decimal("100"))
    assert is_rounding(Decimal("120000"), Decimal("119800"))
    assert not is_rounding(Decimal("99.4"), Decimal("100.5"))


def test_a_sentence_ends_at_its_stops_and_its_other_numbers_are_seen():
    text = "甲1件。乙2件，丙3,000件；丁4件"
    start = text.index("2件")
    begin, end = sentence_around(text, start, start + 2)
    assert text[begin:end] == "乙2件，丙3,000件；"
    assert numbers_in(text, begin, end, (start, start + 2)) == (Decimal(3000),)
