"""
Every doubt is made visible: arithmetic, order, completeness, compliance.

It compares a report's own figures with one another and never corrects one. It knows observations and sections, and
nothing of how they were read.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from itertools import pairwise
from typing import Final

from schemas.extraction import Check, Compliance, Flag, Observation, Report, Section, Statement
from schemas.outline import Masthead, Span
from schemas.relations import RATE_SHARES
from service.text.roles import roles_of

# What cannot exceed what, within one section, for one area and period: (smaller codes summed, larger codes summed).
ORDERS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("administrative_review.accepted",), ("administrative_review.applications",)),
    (("administrative_review.not_accepted",), ("administrative_review.applications",)),
    (("administrative_review.concluded",), ("administrative_review.accepted",)),
    (
        ("administrative_review.corrected", "administrative_review.mediated"),
        ("administrative_review.concluded",),
    ),
    (("administrative_litigation.heard",), ("administrative_litigation.cases",)),
    (("administrative_litigation.lost",), ("administrative_litigation.concluded",)),
    (("administrative_litigation.won",), ("administrative_litigation.concluded",)),
    (("dispute_resolution.resolved",), ("dispute_resolution.mediated",)),
    (("dispute_resolution.labor_closed",), ("dispute_resolution.labor_disputes",)),
)
CARRIED_OVER: Final = ("结转", "上年", "上一年", "往年", "存案", "旧存")
PER_CENT: Final = ("%", "％", "百分点", "个百分点")
# Parts that miss their total by no more than this share were meant to add up; a larger gap is an open list.
NEAR: Final = Decimal("0.1")
# Room for the digits of any number that a text can hold: the usual 28 are too few, and too few are an error.
WIDE: Final = Context(prec=1_000)
# Words that make the per cent behind them a change: 压减达65%; after 提高到 stands a level.
CHANGED: Final = re.compile(
    r"(?:压[减缩]|缩[短减]|减少|[降少多]了|下降|降低|提[高升速]|上升|增[长加]|[增减降]幅)(?![至到为])[^，,、]{0,8}$"
)
# How many observations back the share of a rate is looked for.
NEARBY: Final = 24


def check_arithmetic(text: str, observations: Sequence[Observation]) -> tuple[Check, ...]:
    """
    Sums of parts, rates against their bases, order relations, changes; each with both values.

    `expected` is what the other figures make, in plain digits; for an order, which only bounds, `≤` and the bound.
    """
    checks = [
        *_sums(text, observations),
        *_rates(text, observations),
        *_orders(observations),
        *_changes(text, observations),
    ]
    return tuple(checks)


def flag_failures(observations: Sequence[Observation], checks: Iterable[Check]) -> tuple[Observation, ...]:
    """The observations, those of a failed check flagged."""
    failed = {one for check in checks if check.holds is False for one in check.observations}
    return tuple(
        one.model_copy(update={"flags": (*one.flags, "check_failed")}) if one.id in failed else one
        for one in observations
    )


def flags_of(
    observation: Observation, *, year: int | None, titles: Sequence[Span], quantity: Sequence[Flag]
) -> tuple[Flag, ...]:
    """The flags that one observation earns by itself; `titles` in text order."""
    flags: list[Flag] = list(quantity)
    if observation.unit in ("%", "％") and observation.aspect != "change" and Decimal(observation.value) > 100:
        flags.append("over_100")
    before = bisect_right(titles, observation.start, key=lambda title: title.start)
    if before and observation.end <= titles[before - 1].end:
        flags.append("in_title")
    if observation.period and year and _is_earlier(observation.period, year):
        flags.append("earlier_period")
    return tuple(dict.fromkeys(flags))


def compliance(
    report: Report,
    masthead: Masthead,
    sections: Sequence[Section],
    problems: Sequence[Statement],
    plans: Sequence[Statement],
    responsibility: tuple[int, int] | None,
) -> tuple[Compliance, ...]:
    """The parts that the 2019 rules ask for, each with its evidence or not found; publication by 1 April of the next year."""
    found: list[Compliance] = []
    statements = {"problems": problems, "plans": plans}
    for part in ("achievements", "problems", "responsibility", "plans"):
        place = next(((one.start, one.end) for one in sections if one.role == part), None)
        if place is None:  # 存在的问题和下一步打算 is one section with one role
            both = (
                one for one in sections if len(named := roles_of(one.heading or "", report.year)) > 1 and part in named
            )
            place = next(((one.start, one.end) for one in both), None)
        if place is None and statements.get(part):
            place = (statements[part][0].start, statements[part][0].end)
        if place is None and part == "responsibility":
            place = responsibility
        found.append(
            Compliance(
                part=part,
                found=place is not None,
                start=place[0] if place else None,
                end=place[1] if place else None,
            )
        )
    in_time = None
    if report.published_on and report.year:
        in_time = report.published_on <= date(report.year + 1, 4, 1)
    at = masthead.published_at
    found.append(
        Compliance(
            part="published_by_1_april",
            found=in_time,
            start=at.start if at and in_time is not None else None,
            end=at.end if at and in_time is not None else None,
        )
    )
    return tuple(found)


def _sums(text: str, observations: Sequence[Observation]) -> Iterable[Check]:
    by_total: dict[str, list[Observation]] = {}
    for one in observations:
        if one.part_of and one.aspect == "part":
            by_total.setdefault(one.part_of, []).append(one)
    totals = {one.id: one for one in observations}
    for total_id, all_parts in by_total.items():
        total = totals.get(total_id)
        if total is None:
            continue
        parts = [one for one in all_parts if one.unit == total.unit and one.indicator == total.indicator]
        if len(parts) < 2 or total.value_to:
            continue
        found = _total(parts)
        expected = Decimal(total.value)
        hedged = any(one.qualifier != "exact" for one in (*parts, total))
        gap = expected - found
        open_list = gap > 0 and (gap > NEAR * expected or text[parts[-1].end : parts[-1].end + 1] == "等")
        if open_list:
            continue
        yield Check(
            kind="sum",
            observations=(total.id, *(one.id for one in parts)),
            expected=_plain(expected),
            found=_plain(found),
            holds=None if hedged and gap else gap == 0,
        )


def _rates(text: str, observations: Sequence[Observation]) -> Iterable[Check]:
    """A rate against share over base: the base is its `part_of`, the share the nearest other part of that base."""
    by_id = {one.id: one for one in observations}
    for index, rate in enumerate(observations):
        base = by_id.get(rate.part_of or "")
        if base is None or rate.unit not in ("%", "％") or rate.aspect == "change" or base.unit in PER_CENT:
            continue
        shares = [
            one
            for one in observations[max(0, index - NEARBY) : index]
            if one.part_of == base.id
            and one.unit == base.unit
            and one.unit not in PER_CENT
            and one.start < rate.start
            and rate.start - one.end <= 60
            and not _stops(text[one.end : rate.start])
            and (one.indicator == base.indicator or one.indicator in RATE_SHARES.get(rate.indicator, ()))
        ]
        if not shares or not Decimal(base.value):
            continue
        share = max(shares, key=lambda one: one.start)
        if any(
            share.end <= one.start < rate.start and one.unit == share.unit
            for one in observations[max(0, index - NEARBY) : index]
        ):
            continue  # the rate is of a number that was not read as a share
        candidates = [[share]] if len(shares) == 1 else [[share], shares, *([one] for one in shares)]
        exact = [_percent(group, base) for group in candidates]
        fits = next((value for value in exact if agrees(value, rate.value)), None)
        hedged = any(one.qualifier != "exact" for one in (share, base, rate))
        yield Check(
            kind="rate",
            observations=(rate.id, share.id, base.id),
            expected=_plain(_round_like(fits if fits is not None else exact[0], rate.value)),
            found=rate.value,
            holds=True if fits is not None else (None if hedged else False),
        )


def _percent(shares: Sequence[Observation], base: Observation) -> Decimal:
    return _total(shares) / Decimal(base.value) * 100


def _orders(observations: Sequence[Observation]) -> Iterable[Check]:
    groups: dict[tuple[str | None, str | None, str | None], dict[str, list[Observation]]] = {}
    for one in observations:
        if one.unit not in PER_CENT and one.aspect in (None, "part"):
            groups.setdefault((one.section, one.area, one.period), {}).setdefault(one.indicator, []).append(one)
    for group in groups.values():
        for smaller, larger in ORDERS:
            small = [group[code][0] for code in smaller if len(group.get(code, ())) == 1]
            large = [group[code][0] for code in larger if len(group.get(code, ())) == 1]
            if len(small) < len(smaller) or len(large) < len(larger):
                continue
            if len({one.unit for one in (*small, *large)}) > 1:
                continue
            carried = [
                one
                for ones in group.values()
                for one in ones
                if one.topic == large[0].topic
                and one.unit == large[0].unit
                and one not in (*small, *large)
                and any(word in one.name for word in CARRIED_OVER)
            ]
            bound, found = _total((*large, *carried)), _total(small)
            hedged = any(one.qualifier != "exact" for one in (*small, *large, *carried))
            yield Check(
                kind="order",
                observations=tuple(one.id for one in (*small, *large)),
                expected=f"≤{_plain(bound)}",
                found=_plain(found),
                holds=None if hedged else found <= bound,
            )


def _changes(text: str, observations: Sequence[Observation]) -> Iterable[Check]:
    """Before, after and the per cent between them, where the three stand together."""
    for (before, after), rate in zip(pairwise(observations), observations[2:], strict=False):
        if (before.aspect, after.aspect) != ("before", "after") or before.unit != after.unit:
            continue
        if rate.unit not in ("%", "％") or rate.start - after.end > 30 or _stops(text[after.end : rate.start]):
            continue
        changed = rate.aspect == "change" or (rate.aspect is None and CHANGED.search(text, after.end, rate.start))
        if not changed or not Decimal(before.value):
            continue
        exact = abs(Decimal(after.value) - Decimal(before.value)) / Decimal(before.value) * 100
        hedged = any(one.qualifier != "exact" for one in (before, after, rate))
        fits = agrees(exact, rate.value)
        yield Check(
            kind="change",
            observations=(rate.id, before.id, after.id),
            expected=_plain(_round_like(exact, rate.value)),
            found=rate.value,
            holds=None if hedged and not fits else fits,
        )


def agrees(exact: Decimal, printed: str) -> bool:
    """Whether a printed figure is `exact` rounded or cut at the printed precision."""
    return any(_round_like(exact, printed, mode) == Decimal(printed) for mode in (ROUND_HALF_UP, ROUND_DOWN))


def _round_like(exact: Decimal, printed: str, mode: str = ROUND_HALF_UP) -> Decimal:
    places = len(printed.partition(".")[2])
    return exact.quantize(Decimal(1).scaleb(-places), rounding=mode, context=WIDE)


def _total(observations: Iterable[Observation]) -> Decimal:
    return sum((Decimal(one.value) for one in observations), Decimal(0))


def _plain(value: Decimal) -> str:
    return format(value.normalize(WIDE), "f")


def _stops(between: str) -> bool:
    return any(stop in between for stop in "。!！?？\n")


def _is_earlier(period: str, year: int) -> bool:
    years = [int(period[i : i + 4]) for i in range(len(period) - 3) if period[i : i + 4].isdecimal()]
    return (bool(years) and max(years) < year) or any(word in period for word in ("去年", "上年", "上一年"))
