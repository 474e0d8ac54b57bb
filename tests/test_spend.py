"""Money and tokens: what calls cost and what may be spent."""

from decimal import Decimal

import pytest

from schemas.reading import Spent
from service.asking.spend import Budget, Prices, estimate, read_prices
from service.errors import BudgetSpent, ConfigurationError

PRICES = Prices(prompt=Decimal("2"), cached=Decimal("0.5"), completion=Decimal("8"))


def test_cached_tokens_cost_their_own_price() -> None:
    spent = Spent(calls=1, prompt_tokens=1_000_000, cached_tokens=400_000, completion_tokens=100_000)
    assert PRICES.cost(spent) == Decimal("1.2") + Decimal("0.2") + Decimal("0.8")


def test_small_costs_are_not_lost() -> None:
    assert PRICES.cost(Spent(calls=1, prompt_tokens=1)) == Decimal("0.000002")


def test_prices_are_read_from_a_table_by_model() -> None:
    table = {"m": {"prompt": "2", "cached": 0.5, "completion": 8}, "n": {"prompt": 1, "completion": 1}}
    assert read_prices(table, "m") == PRICES
    assert read_prices(table, "n") == Prices(Decimal(1), Decimal(1), Decimal(1))
    assert read_prices(table, "other") is None


@pytest.mark.parametrize("table", [[], {"m": {}}, {"m": {"prompt": "dear", "completion": 1}}, {"m": 3}])
def test_a_wrong_price_table_is_a_configuration_error(table: object) -> None:
    with pytest.raises(ConfigurationError):
        read_prices(table, "m")


def test_a_report_stops_at_its_budget_and_others_go_on() -> None:
    budget = Budget(tokens_per_report=100)
    one, other = budget.purse(), budget.purse()
    one.reserve(60)
    one.settle(60, Spent(calls=1, prompt_tokens=50, completion_tokens=20))
    with pytest.raises(BudgetSpent, match=r"report is used up \(70 of 100\)"):
        one.reserve(40)
    other.reserve(40)


def test_a_run_stops_all_its_reports() -> None:
    budget = Budget(tokens_per_run=100)
    budget.purse().reserve(90)
    with pytest.raises(BudgetSpent, match="run"):
        budget.purse().reserve(20)


def test_calls_at_once_do_not_overspend_together() -> None:
    purse = Budget(tokens_per_report=100).purse()
    purse.reserve(60)
    with pytest.raises(BudgetSpent):
        purse.reserve(60)
    purse.settle(60, Spent(calls=1, prompt_tokens=10))
    purse.reserve(60)


def test_a_refused_promise_promises_nothing_anywhere() -> None:
    budget = Budget(tokens_per_report=50, tokens_per_run=100)
    purse = budget.purse()
    with pytest.raises(BudgetSpent):
        purse.reserve(60)
    for _ in range(2):
        budget.purse().reserve(50)


def test_without_limits_nothing_stops() -> None:
    Budget().purse().reserve(10**12)


def test_an_estimate_counts_the_fixed_part_as_cached_from_the_second_call_on() -> None:
    messages = [{"role": "system", "content": "规则" * 500}, {"role": "user", "content": "正文" * 50}]
    seen = estimate([(messages, 100), (messages, 200)], PRICES.cost)
    assert seen.calls == 2
    assert seen.completion_tokens == 300
    assert 0 < seen.cached_tokens < seen.prompt_tokens / 2
    assert seen.cost == PRICES.cost(
        Spent(prompt_tokens=seen.prompt_tokens, cached_tokens=seen.cached_tokens, completion_tokens=300)
    )
    assert estimate([], None).cost is None
