"""Arithmetic, order, flags and compliance: every doubt is shown, none is mended."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.extraction import Check, Observation, Report, Section
from schemas.outline import Masthead, Span
from service.results import audit
from service.results.bases import join_across


class Made:
    """A text with observations at the numbers it names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.observations: list[Observation] = []

    def add(self, quote: str, indicator: str, **more: object) -> str:
        start = self.text.index(quote, self.observations[-1].end if self.observations else 0)
        digits = "".join(character for character in quote if character.isdigit() or character == ".")
        fields: dict[str, object] = {
            "id": f"o{start}-{start + len(quote)}",
            "section": "s1",
            "indicator": indicator,
            "topic": indicator.partition(".")[0],
            "name": "数量",
            "value": digits,
            "value_to": None,
            "unit": quote.removeprefix(digits),
            "qualifier": "exact",
            "aspect": None,
            "part_of": None,
            "area": None,
            "period": None,
            "start": start,
            "end": start + len(quote),
            "quote": quote,
            "origin": "mark",
            "flags": (),
        }
        self.observations.append(Observation.model_validate(fields | more))
        return self.observations[-1].id

    def checks(self) -> tuple[Check, ...]:
        return audit.check_arithmetic(self.text, self.observations)


def drills(first: str, second: str, third: str) -> Made:
    made = Made(f"共编制预案{first}部,其中市级{second}部、部门{third}部。")
    total = made.add(f"{first}部", "emergency.plans_compiled")
    for part in (second, third):
        made.add(f"{part}部", "emergency.plans_compiled", aspect="part", part_of=total)
    return made


def test_parts_that_add_up_to_their_total_hold() -> None:
    (check,) = drills("14", "8", "6").checks()
    assert (check.kind, check.expected, check.found, check.holds) == ("sum", "14", "14", True)
    assert len(check.observations) == 3


@pytest.mark.parametrize("total", ["13", "15"])
def test_parts_that_miss_their_total_by_a_little_are_shown_as_the_reports_own_violation(total: str) -> None:
    made = drills(total, "8", "6")
    (check,) = made.checks()
    assert (check.expected, check.found, check.holds) == (total, "14", False)
    flagged = audit.flag_failures(made.observations, [check])
    assert all("check_failed" in one.flags for one in flagged)


def test_a_list_that_names_only_some_parts_is_no_violation() -> None:
    assert drills("400", "8", "6").checks() == ()


def test_a_hedged_sum_that_does_not_add_up_is_left_open() -> None:
    made = drills("15", "8", "6")
    made.observations[0] = made.observations[0].model_copy(update={"qualifier": "more_than"})
    (check,) = made.checks()
    assert check.holds is None


@pytest.mark.parametrize(
    ("taken", "passed", "printed", "holds"),
    [
        ("91", "77", "84.62%", True),
        ("91", "77", "84.6%", True),
        ("91", "77", "85%", True),
        ("91", "77", "84%", True),
        ("91", "77", "86%", False),
    ],
)
def test_a_rate_is_compared_at_its_printed_precision(taken: str, passed: str, printed: str, holds: bool) -> None:
    made = Made(f"参加考试{taken}名,合格{passed}名,合格率{printed}。")
    base = made.add(f"{taken}名", "enforcement.exam_takers")
    made.add(f"{passed}名", "enforcement.exam_takers", part_of=base)
    made.add(printed, "enforcement.exam_pass_rate", part_of=base)
    (check,) = [one for one in made.checks() if one.kind == "rate"]
    assert check.holds is holds
    assert check.found == printed.rstrip("%")


def test_a_rate_of_several_shares_together_holds() -> None:
    made = Made("收到申请60宗。立案前撤回11宗,立案后撤回10宗,调解率35%。")
    base = made.add("60宗", "administrative_review.applications")
    made.add("11宗", "administrative_review.mediated", part_of=base)
    made.add("10宗", "administrative_review.mediated", part_of=base)
    made.add("35%", "administrative_review.mediation_rate", part_of=base)
    (check,) = [one for one in made.checks() if one.kind == "rate"]
    assert check.holds is True


@pytest.mark.parametrize(("concluded", "holds"), [("52", True), ("68", True), ("69", False)])
def test_no_more_cases_are_concluded_than_accepted(concluded: str, holds: bool) -> None:
    made = Made(f"受理行政复议案件68件,审结{concluded}件。")
    made.add("68件", "administrative_review.accepted")
    made.add(f"{concluded}件", "administrative_review.concluded")
    (check,) = made.checks()
    assert (check.kind, check.expected, check.holds) == ("order", "≤68", holds)


def test_cases_carried_over_widen_the_bound() -> None:
    made = Made("受理68件,上年结转5件,审结70件。")
    made.add("68件", "administrative_review.accepted")
    made.add("5件", "administrative_review.other", name="上年结转案件")
    made.add("70件", "administrative_review.concluded")
    (check,) = made.checks()
    assert (check.expected, check.holds) == ("≤73", True)


def test_what_is_carried_over_widens_a_bound_of_its_own_kind_only() -> None:
    made = Made("受理68件,较上年多培训500人,上年立项500件,审结70件。")
    made.add("68件", "administrative_review.accepted")
    made.add("500人", "training.participants", name="较上年多培训")
    made.add("500件", "legislation.other", name="上年立项")
    made.add("70件", "administrative_review.concluded")
    (check,) = made.checks()
    assert (check.expected, check.holds) == ("≤68", False)


def test_a_hedged_number_carried_over_leaves_the_order_open() -> None:
    made = Made("受理68件,上年结转5件,审结74件。")
    made.add("68件", "administrative_review.accepted")
    made.add("5件", "administrative_review.other", name="上年结转案件", qualifier="more_than")
    made.add("74件", "administrative_review.concluded")
    (check,) = made.checks()
    assert check.holds is None


def test_numbers_longer_than_any_count_are_audited_as_they_stand() -> None:
    passed = "9" * 40
    made = Made(f"参加考试1名,合格{passed}名,合格率85.123456789%。")
    base = made.add("1名", "enforcement.exam_takers")
    made.add(f"{passed}名", "enforcement.exam_takers", part_of=base)
    made.add("85.123456789%", "enforcement.exam_pass_rate", part_of=base)
    (check,) = made.checks()
    assert (check.found, check.holds) == ("85.123456789", False)


def test_counts_of_different_areas_are_not_compared() -> None:
    made = Made("县级受理3件,全市审结70件。")
    made.add("3件", "administrative_review.accepted", area="县级")
    made.add("70件", "administrative_review.concluded")
    assert made.checks() == ()


@pytest.mark.parametrize(("printed", "holds"), [("65%", True), ("64.9%", True), ("70%", False)])
def test_a_reduction_is_compared_with_before_and_after(printed: str, holds: bool) -> None:
    made = Made(f"办结时限由2500天压减为877天,压减达{printed}。")
    made.add("2500天", "government_services.time_limit", aspect="before")
    made.add("877天", "government_services.time_limit", aspect="after")
    made.add(printed, "government_services.time_reduction_rate")
    (check,) = made.checks()
    assert (check.kind, check.holds) == ("change", holds)


@pytest.mark.parametrize("between", [",好评率", ",满意度提高到", "、网办率", ",压缩环节3个,网办率"])
def test_a_rate_that_only_stands_behind_before_and_after_is_no_change(between: str) -> None:
    made = Made(f"平均用时由40分钟缩短到10分钟{between}96%。")
    made.add("40分钟", "government_services.time_limit", aspect="before")
    made.add("10分钟", "government_services.time_limit", aspect="after")
    made.add("96%", "government_services.satisfaction_rate")
    assert made.checks() == ()


def test_flags_tell_a_rate_over_100_a_number_in_a_title_and_an_earlier_period() -> None:
    made = Made("覆盖率131.5%,《清单(共40项)》,上年7件")
    made.add("131.5%", "public_legal_services.timeliness_rate")
    made.add("40项", "government_services.service_items")
    made.add("7件", "normative_documents.reviewed", period="2021年")
    flags = [audit.flags_of(one, year=2022, titles=[Span(9, 19)], quantity=("fraction",)) for one in made.observations]
    assert flags == [("fraction", "over_100"), ("fraction", "in_title"), ("fraction", "earlier_period")]


def report(published: date | None) -> Report:
    return Report(
        title=None, jurisdiction=None, level=None, issuer=None, year=2022, published_on=published,
        source=None, name=None, sha256="0" * 64, characters=100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("published", "found"),
    [(date(2023, 3, 31), True), (date(2023, 4, 1), True), (date(2023, 4, 2), False), (None, None)],
)
def test_publication_by_1_april_has_its_date_as_evidence_or_is_not_known(
    published: date | None, found: bool | None
) -> None:
    masthead = Masthead(published_on=published, published_at=Span(5, 15) if published else None)
    line = audit.compliance(report(published), masthead, [], [], [], None)[-1]
    assert (line.part, line.found) == ("published_by_1_april", found)
    assert (line.start is None) == (published is None)


def test_the_five_parts_are_found_by_the_role_of_a_section_or_not_found() -> None:
    section = Section(
        id="s1", path=("一",), heading="存在的不足", start=3, end=9, role="problems", status="read", reason=None
    )
    lines = {one.part: one for one in audit.compliance(report(None), Masthead(), [section], [], [], None)}
    assert (lines["problems"].found, lines["problems"].start, lines["problems"].end) == (True, 3, 9)
    assert not lines["plans"].found
    assert not lines["responsibility"].found


@pytest.mark.parametrize(
    ("heading", "problems", "plans"),
    [("存在的问题和2023年工作打算", True, True), ("存在的问题", True, False), ("加强普法", False, False)],
)
def test_a_section_whose_heading_names_two_parts_is_evidence_of_both(heading: str, problems: bool, plans: bool) -> None:
    role = "problems" if problems else "achievements"
    section = Section(id="s1", path=("二",), heading=heading, start=3, end=9, role=role, status="read", reason=None)
    lines = {one.part: one for one in audit.compliance(report(None), Masthead(), [section], [], [], None)}
    assert (lines["problems"].found, lines["plans"].found) == (problems, plans)


@pytest.mark.parametrize(
    ("exact", "printed", "fits"),
    [("69.951", "70", True), ("69.951", "69.95", True), ("99.882", "99.9", True), ("99.882", "99.7", False)],
)
def test_a_printed_figure_may_be_rounded_or_cut(exact: str, printed: str, fits: bool) -> None:
    assert audit.agrees(Decimal(exact), printed) is fits


def test_a_rate_whose_base_stands_before_the_cut_is_joined_and_flagged() -> None:
    made = Made("参加考试91名。合格率为85%。")
    base = made.add("91名", "enforcement.exam_takers")
    made.add("85%", "enforcement.exam_pass_rate")
    cut_between = join_across(made.text, made.observations, [0, 8])
    assert (cut_between[1].part_of, cut_between[1].flags) == (base, ("part_of_far",))
    assert join_across(made.text, made.observations, [0])[1].part_of is None
