"""
What kind of error a wrong observation is.

At most one numeric class, the first that fits; beside it the classes of the other fields. It sees one matched pair and
the sentence, and knows nothing of counts.
"""

import re
from decimal import Decimal, localcontext
from typing import Final

from evals.facts import Fact
from evals.gold import same_words

NUMERIC: Final = ("scale", "sign", "percent_or_point", "unit", "rounding", "neighbour", "digit")
# Classes of the fields that only keep an observation from being strictly right.
STRICT_ONLY: Final = ("wrong_part_of", "wrong_aspect", "wrong_area", "wrong_period")
CLASSES: Final = (
    "missed",
    "spurious",
    "duplicate",
    "scale_万",
    "scale_亿",
    "scale_other",
    *NUMERIC[1:],
    "wrong_indicator_same_topic",
    "wrong_indicator_other_topic",
    "wrong_qualifier",
    *STRICT_ONLY,
)

_PERCENT: Final = frozenset({"%", "％", "‰", "百分点", "个百分点", "成"})
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_STOP: Final = re.compile(r"[。；;！!？?\r\n]")


def classes_of(gold: Fact, predicted: Fact, part_of_right: bool, sentence: tuple[Decimal, ...]) -> tuple[str, ...]:
    """Every class that fits a matched pair; `sentence` holds the other numbers of the sentence."""
    found = []
    numeric = numeric_class(gold, predicted, sentence)
    if numeric:
        found.append(numeric)
    if gold.indicator != predicted.indicator:
        found.append(f"wrong_indicator_{'same' if gold.topic == predicted.topic else 'other'}_topic")
    if gold.qualifier != predicted.qualifier:
        found.append("wrong_qualifier")
    if not part_of_right:
        found.append("wrong_part_of")
    if gold.aspect != predicted.aspect:
        found.append("wrong_aspect")
    if not same_words(gold.area, predicted.area):
        found.append("wrong_area")
    if not same_words(gold.period, predicted.period):
        found.append("wrong_period")
    return tuple(found)


def numeric_class(gold: Fact, predicted: Fact, sentence: tuple[Decimal, ...]) -> str | None:
    """The first numeric class that fits; None where value (both ends of a range) and unit agree."""
    ends = ((gold.value, predicted.value), (gold.value_to, predicted.value_to))
    wrong = [pair for pair in ends if pair[0] != pair[1]]
    if not wrong and gold.unit == predicted.unit:
        return None
    truth, said = wrong[0] if wrong else (None, None)
    if truth is not None and said is not None:
        power = power_of_ten(truth, said)
        if power:
            return {4: "scale_万", 8: "scale_亿"}.get(abs(power), "scale_other")
        if truth == -said:
            return "sign"
    if gold.unit != predicted.unit:
        return "percent_or_point" if {gold.unit, predicted.unit} <= _PERCENT else "unit"
    if truth is not None and said is not None:
        if is_rounding(truth, said):
            return "rounding"
        if said in sentence:
            return "neighbour"
    return "digit"


def power_of_ten(truth: Decimal, said: Decimal) -> int:
    """The k of said = truth · 10^k; 0 where there is none, or none is needed."""
    if not truth or not said or truth.is_signed() != said.is_signed():
        return 0
    left, right = truth.normalize().as_tuple(), said.normalize().as_tuple()
    if left.digits != right.digits or not isinstance(left.exponent, int) or not isinstance(right.exponent, int):
        return 0
    return right.exponent - left.exponent


def is_rounding(truth: Decimal, said: Decimal) -> bool:
    """Whether one is the other with fewer digits."""
    return _rounds_to(truth, said) or _rounds_to(said, truth)


def _rounds_to(fine: Decimal, coarse: Decimal) -> bool:
    exponent = coarse.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or not fine or not coarse:
        return False
    with localcontext() as context:
        context.prec = 60
        step = Decimal(1).scaleb(exponent)
        return fine != coarse and abs(fine - coarse) <= step / 2


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds a span, by its stops and line ends."""
    begin = 0
    for stop in _STOP.finditer(text, max(0, start - 2000), start):
        begin = stop.end()
    if not begin:
        begin = max(0, start - 2000)
    after = _STOP.search(text, end)
    return begin, after.end() if after else len(text)


def numbers_in(text: str, start: int, end: int, besides: tuple[int, int]) -> tuple[Decimal, ...]:
    """The plain digits of a sentence but for those of the span `besides`."""
    found = []
    for digits in _DIGITS.finditer(text, start, end):
        if digits.end() <= besides[0] or digits.start() >= besides[1]:
            number = digits[0].replace(",", "")
            if number.count(".") <= 1:
                found.append(Decimal(number))
    return tuple(found)
