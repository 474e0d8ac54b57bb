"""
Money and tokens: what calls cost, what may be spent, what reading would cost.

Budgets are kept by report and by run; a call is reserved before it is made, so that calls at once do not overspend
together. It knows counts and prices and nothing of prompts' wording or of reports' texts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from schemas.reading import Spent
from service.asking import tokens
from service.errors import BudgetSpent, ConfigurationError

PER_TOKENS: Final = Decimal(1_000_000)
CENT_FRACTION: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in one currency."""

    prompt: Decimal
    cached: Decimal
    completion: Decimal

    def cost(self, spent: Spent) -> Decimal:
        """The cost of calls, to a millionth."""
        fresh = spent.prompt_tokens - spent.cached_tokens
        total = fresh * self.prompt + spent.cached_tokens * self.cached + spent.completion_tokens * self.completion
        return (total / PER_TOKENS).quantize(CENT_FRACTION)


def read_prices(table: object, model: str) -> Prices | None:
    """
    The prices of `model` in a table `{"model": {"prompt": "0.15", "cached": "0.075", "completion": "0.6"}}`.

    `cached` defaults to `prompt`. None for a model that is not in the table; ConfigurationError for a wrong table.
    """
    if not isinstance(table, Mapping):
        raise ConfigurationError("The price table must be a JSON object of models.")
    row = table.get(model)
    if row is None:
        return None
    try:
        prompt, completion = Decimal(str(row["prompt"])), Decimal(str(row["completion"]))
        return Prices(prompt, Decimal(str(row.get("cached", prompt))), completion)
    except (KeyError, TypeError, AttributeError, InvalidOperation):
        raise ConfigurationError(
            f"The prices of {model} must be numbers `prompt`, `completion` and, if cheaper, `cached`, a million tokens."
        ) from None


@dataclass(slots=True)
class _Account:
    """Tokens spent and promised, against a limit."""

    limit: int | None
    what: str
    used: int = 0
    promised: int = 0

    def check(self, count: int) -> None:
        if self.limit is not None and self.used + self.promised + count > self.limit:
            raise BudgetSpent(
                f"The token budget of the {self.what} is used up ({self.used:,} of {self.limit:,}); raise it to go on."
            )


@dataclass(slots=True)
class ReportPurse:
    """Pays for one report, from its own budget and the run's."""

    _accounts: tuple[_Account, ...]
    spent: Spent = field(default_factory=Spent)

    def reserve(self, tokens: int) -> None:
        """Promise so many tokens; BudgetSpent, with nothing promised, where a budget has not so many left."""
        for account in self._accounts:
            account.check(tokens)
        for account in self._accounts:
            account.promised += tokens

    def settle(self, reserved: int, spent: Spent) -> None:
        """What was promised becomes what was spent."""
        self.spent += spent
        for account in self._accounts:
            account.promised -= reserved
            account.used += spent.prompt_tokens + spent.completion_tokens


class Budget:
    """What a run may spend, and each of its reports; None: without limit."""

    def __init__(self, *, tokens_per_report: int | None = None, tokens_per_run: int | None = None) -> None:
        self._tokens_per_report = tokens_per_report
        self._run = _Account(tokens_per_run, "run")

    def purse(self) -> ReportPurse:
        """A new report's."""
        return ReportPurse((_Account(self._tokens_per_report, "report"), self._run))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What reading would take, without cache hits and corrections; `cost` None without prices."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost: Decimal | None


Messages = Sequence[Mapping[str, str]]


def estimate(requests: Iterable[tuple[Messages, int]], price: Callable[[Spent], Decimal] | None = None) -> Estimate:
    """
    Add up `(messages, expected reply tokens)`; a system message that came before is taken for cached.

    By character counts, within a tenth of what o200k says.
    """
    total, known = Spent(), set[str]()
    for messages, reply in requests:
        system = sum(tokens.approximate(one["content"]) for one in messages if one["role"] == "system")
        rest = sum(tokens.approximate(one["content"]) for one in messages if one["role"] != "system")
        prefix = "".join(one["content"] for one in messages if one["role"] == "system")
        total += Spent(
            calls=1,
            prompt_tokens=system + rest,
            cached_tokens=system if prefix in known else 0,
            completion_tokens=reply,
        )
        known.add(prefix)
    return Estimate(
        calls=total.calls,
        prompt_tokens=total.prompt_tokens,
        cached_tokens=total.cached_tokens,
        completion_tokens=total.completion_tokens,
        cost=price(total) if price else None,
    )
