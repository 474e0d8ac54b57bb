"""
Which number is a share of which, told by signs, words and sums alone: 534件（甲301件、乙233件）, 其中, N名中有M名.

It knows units and rough values and nothing of indicators.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Final

from schemas.outline import Span
from service.offline_model.features import unit_at, unit_of
from service.offline_model.punctuation import STOP

BACK: Final = 12
FAR: Final = 240
# A sum of so much is no accident, even over a stop or without a sign between total and shares.
_TELLING: Final = 20
# Many pairs of numbers give a rate of nearly all.
_NEARLY_ALL: Final = 98

_LINE: Final = re.compile(r"\n")
_HARD: Final = re.compile(r"[;\uff1b!\uff01?\uff1f\n]")
_LEADS_ON: Final = re.compile(r"[;\uff1b]\s*其中")
_LED: Final = re.compile(r"[,\uff0c;\uff1b。]\s*其中[^,\uff0c。;\uff1b、\d]*$")
_ITEM: Final = re.compile(
    r"[、和及][^,\uff0c。;\uff1b]{0,14}|[、和及][^,\uff0c。;\uff1b]{0,14}[、和及][^,\uff0c。;\uff1b]{0,14}"
)
_SEMICOLON: Final = re.compile(r"[;\uff1b]")
_GOES_ON: Final = re.compile(r"。[^\S\n]*其中[^。\n]*$")
_SIGN: Final = re.compile(
    r"\s*[:\uff1a(\uff08]|[^,\uff0c。;\uff1b\d]{0,10}[,\uff0c]\s*(?:涉及|其中|包括)|[,\uff0c]?(?:其中|包括|含|分别)"
)
_AMONG: Final = re.compile(
    r"[^,\uff0c。;\uff1b\d]{0,12}[,\uff0c(\uff08;\uff1b:\uff1a。]?\s*(?:其中|包括|分别(?:为|是)|含)"
)
_SUMS_UP: Final = re.compile(r"(?:合计|总计|两项|三项|共计)[^,\uff0c。;\uff1b\d]{0,4}$")
_OF_THEM: Final = re.compile(r"[^,\uff0c。;\uff1b:\uff1a\d]{0,14}中(?![心央小学型])[^,\uff0c。;\uff1b\d]{0,18}$")
_CASES_OF: Final = re.compile(
    r"(?:^|[。;\uff1b!\n])\s*(?:在)?(?:以上|上述)?([\u4e00-\u9fff]{2,6}?)(?:的)?(案件|纠纷|事项)中[^。\n]*$"
)
# A total of its own further on in the sentence.
_LED_ON: Final = re.compile(r"其中")
_AMONG_THEM: Final = re.compile(r"^[^。;\uff1b]{0,12}其中$")
_COMPARED: Final = re.compile(r"(?:较|比|由|从)[^,\uff0c。;\uff1b]{0,10}$")
_MOVED: Final = re.compile(r"(?:较|同比|环比|增加|减少|增长|下降)[^,\uff0c。;\uff1b、]{0,10}$")
_FRACTION: Final = re.compile(r"成|分之|半数|一半")


def totals(text: str, marks: Sequence[Span]) -> list[int | None]:
    """For every number the total that it is a share of, as far as characters and arithmetic tell."""
    numbers = [_Number(text, mark) for mark in marks]
    found: list[int | None] = [None] * len(marks)
    for index in range(len(marks)):
        for part in _parts_of(text, numbers, index):
            found[part] = index
    for index, number in enumerate(numbers):
        if index and found[index] is None:
            found[index] = _named(text, numbers, index)
        if number.unit and _SUMS_UP.search(text, max(0, number.start - 12), number.start):
            for part in _summed(text, numbers, index):
                found[part] = index
    return found


def exceeds(text: str, part: Span, whole: Span) -> bool:
    """A part that is larger than its total is no part; read roughly, since only the comparison counts."""
    return rough(text[part.start : part.end]) > rough(text[whole.start : whole.end]) > 0


def rough(surface: str) -> Decimal:
    """The value of a surface in digits, 0 where it has none."""
    digits = re.sub(r"[^\d.]", "", surface.replace(",", ""))[:20]
    try:
        value = Decimal(digits or "0")
    except ArithmeticError:
        return Decimal(0)
    return value * (10**4 if "万" in surface else 1) * (10**8 if "亿" in surface else 1)


def ratio_base(text: str, marks: Sequence[Span], index: int) -> tuple[int, int] | None:
    """Share and base whose quotient is the rate at `index`, to its last digit; nearest first."""
    surface = text[marks[index].start : marks[index].end]
    rate = rough(surface)
    exponent = rate.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= 0 or rate >= 100:
        return None
    slack = Decimal(1).scaleb(exponent)
    near = [
        other
        for other in range(index - 1, max(-1, index - BACK), -1)
        if marks[index].start - marks[other].end <= FAR
        and not (STOP if rate >= _NEARLY_ALL else _LINE).search(text, marks[other].end, marks[index].start)
    ]
    for share in near:
        unit, top = unit_at(text, marks[share]), rough(text[marks[share].start : marks[share].end])
        if unit in ("", "%") or top <= 0:
            continue
        for base in near:
            whole = rough(text[marks[base].start : marks[base].end])
            if (
                base < share
                and unit_at(text, marks[base]) == unit
                and whole >= top
                and abs(100 * top / whole - rate) <= slack
            ):
                return share, base
    return None


class _Number:
    """A number with its unit and rough value, read once."""

    def __init__(self, text: str, mark: Span) -> None:
        surface = text[mark.start : mark.end]
        self.start, self.end = mark.start, mark.end
        self.unit = unit_of(surface)
        self.value = rough(surface)
        self.words = _FRACTION.search(surface) is not None
        self.fraction = self.unit == "%" or self.words


def _parts_of(text: str, numbers: Sequence[_Number], index: int) -> Sequence[int]:
    """The shares that follow a total: those in a bracket right behind it, or a run that adds up to it."""
    whole = numbers[index]
    if whole.unit in ("", "%") or whole.value <= 1 or _COMPARED.search(text, max(0, whole.start - 14), whole.start):
        return ()
    limit = _bracket_end(text, whole.end)
    run, added = [], Decimal(0)
    for other in _run(text, numbers, index, limit):
        run.append(other)
        added += numbers[other].value
        if added >= whole.value:
            break
    if len(run) < 2 or added != whole.value:
        return ()
    apart = STOP.search(text, whole.end, numbers[run[-1]].start) is not None
    signed = _SIGN.match(text, whole.end) is not None
    return run if (len(run) > 2 if apart else signed or whole.value >= _TELLING) else ()


def _run(text: str, numbers: Sequence[_Number], index: int, limit: int | None) -> Iterator[int]:
    """The numbers behind a total with its unit, one list, at most one sentence on; what stands in deeper brackets is left out."""
    end, depth, stops = numbers[index].end, 0, 0
    for other in range(index + 1, min(len(numbers), index + BACK)):
        between = text[end : numbers[other].start]
        depth += len(re.findall(r"[(\uff08]", between)) - len(re.findall(r"[)\uff09]", between))
        stops += len(STOP.findall(between))
        if (
            len(between) > 40
            or _HARD.search(_LEADS_ON.sub("", between))
            or stops > 1
            or (limit is not None and numbers[other].start > limit)
        ):
            return
        if _MOVED.search(text, max(0, numbers[other].start - 14), numbers[other].start):
            return
        end = numbers[other].end
        if numbers[other].unit == numbers[index].unit and depth <= (1 if limit is not None else 0):
            yield other


def _bracket_end(text: str, at: int) -> int | None:
    """Where the bracket closes that opens at `at`; None where none does."""
    if text[at : at + 1] not in ("(", "\uff08"):
        return None
    depth = 0
    for place in range(at, min(len(text), at + FAR)):
        depth += (text[place] in "(\uff08") - (text[place] in ")\uff09")
        if not depth:
            return place
    return None


def _named(text: str, numbers: Sequence[_Number], index: int) -> int | None:
    """The total that the words before a share name: 9个大队中有4个; …纠错203件。纠错案件中，甲区62件."""
    number, before = numbers[index], numbers[index - 1]
    between = text[before.end : number.start]
    if before.unit not in ("", "%") and _OF_THEM.fullmatch(between):
        same = number.unit == before.unit and number.value <= before.value
        return index - 1 if same or number.fraction else None
    if number.words and _AMONG_THEM.search(text, before.end, number.start):
        return _last_count(text, numbers, index)
    lead = _CASES_OF.search(text, max(0, number.start - FAR), number.start)
    if lead is None or _LED_ON.search(text, lead.end(2), number.start):
        return None
    for other in range(index - 1, max(-1, index - 2 * BACK), -1):
        total = numbers[other]
        if number.start - total.end > 2 * FAR:
            return None
        fits = number.fraction or (total.unit == number.unit and total.value >= number.value)
        if total.start > lead.start(1) or total.unit in ("", "%") or not fits:
            continue
        if lead[1][-2:] in text[max(numbers[other - 1].end if other else 0, total.start - 20) : total.start]:
            return other
    return None


def _last_count(text: str, numbers: Sequence[_Number], index: int) -> int | None:
    for other in range(index - 1, max(-1, index - 4), -1):
        if STOP.search(text, numbers[other].end, numbers[index].start):
            return None
        if numbers[other].unit not in ("", "%"):
            return other
    return None


def _summed(text: str, numbers: Sequence[_Number], index: int) -> Sequence[int]:
    """The numbers before a sum that add up to it."""
    run, added = [], Decimal(0)
    for other in range(index - 1, max(-1, index - BACK), -1):
        if numbers[index].start - numbers[other].end > FAR or STOP.search(
            text, numbers[other].end, numbers[index].start
        ):
            break
        if numbers[other].unit == numbers[index].unit:
            run.append(other)
            added += numbers[other].value
            if added == numbers[index].value and len(run) > 1:
                return run
    return ()


def among(text: str, marks: Sequence[Span], index: int, counted: Sequence[bool]) -> int | None:
    """The number before 其中 whose share this one is: same unit, same list; `counted` tells of the last `BACK` which are statistics."""
    mark = marks[index]
    unit = unit_at(text, mark)
    if unit in ("", "%"):
        return None
    lead = _LED.search(text, marks[index - 1].end if index else 0, mark.start)
    listed, siblings, first = True, list[Decimal](), max(0, index - BACK)
    total: int | None = None
    led = False  # by a 其中 that stands after a comparison: 28件,较上年减少9件,其中一审16件
    for other in range(index - 1, first - 1, -1):
        between = text[marks[other].end : mark.start]
        stop = STOP.search(between)
        if len(between) > 2 * FAR or (stop and not _GOES_ON.match(between, stop.start())):
            break
        here = counted[other - first] and unit_at(text, marks[other]) == unit
        if not here or _COMPARED.search(text, max(0, marks[other].start - 14), marks[other].start):
            led = led or (not stop and _AMONG.match(text, marks[other].end, marks[other + 1].start) is not None)
            continue
        if total is None and (lead or stop) and (listed or lead):
            total = other
        whole = rough(text[marks[other].start : marks[other].end])
        sign = _AMONG.match(text, marks[other].end, marks[other + 1].start)
        if (sign or led) and not stop:
            complete = whole in accumulate(reversed(siblings))
            total = None if complete or (sign and _closed(sign[0], between)) else other
            break
        if lead and lead[0][0] in ",\uff0c" and total is not None:
            break
        if stop or lead:
            total = other if listed or lead else None
            continue
        if _SEMICOLON.search(between):
            break
        listed = listed and _ITEM.fullmatch(between) is not None
        siblings.append(whole)
    return None if total is None or exceeds(text, mark, marks[total]) else total


def _closed(opening: str, between: str) -> bool:
    """立案8件(其中甲类3件),移送2件: a bracket that holds the shares has closed before the last number."""
    opens = [bracket for bracket in opening if bracket in "(\uff08"]
    return bool(opens) and between.count(")") + between.count("\uff09") >= between.count("(") + between.count("\uff08")
