"""
The conversation about one part: ask, check, ask again about what is wrong, and say what could not be read.

It keeps every good row whatever happens to the others. Of a reply that was cut off the whole rows are kept and the rest
is asked for; where none is whole the part is cut in two. A part that a model refuses is unread at once. It knows the
order of these steps and nothing of HTTP, prompts' wording or values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from schemas.codebook import Codebook
from schemas.extraction import Action
from schemas.mention import Part
from schemas.reading import Reading, Row, Spent
from schemas.reply import Reply
from service.asking import parts, validate
from service.asking.completions import ReplyCutOff
from service.asking.model import Purse
from service.asking.prompt import Prompt
from service.asking.rows import Surfaces
from service.asking.validate import Checked
from service.errors import BudgetSpent, ModelRefused, ModelUnavailable, ReplyInvalid, ReplyTruncated

MAX_CORRECTIONS: Final = 2
# How often a part may be halved: an eighth of a part that still does not fit never will.
MAX_HALVINGS: Final = 3
# Tokens: a part whose whole reply is shorter than this is asked for again as it is before it is cut.
SHORT_REPLY: Final = 70

TRUNCATED: Final = "reply_truncated"
INVALID: Final = "reply_invalid"
UNAVAILABLE: Final = "model_unavailable"
REFUSED: Final = "model_refused"
BUDGET: Final = "budget_spent"
UNANSWERED: Final = "unanswered"


class LanguageModel(Protocol):
    """Answers messages; every call and failed attempt is paid from the purse."""

    async def ask(
        self, messages: Sequence[Mapping[str, str]], *, purse: Purse, report: str = "", reply_tokens: int = 400
    ) -> Reply:
        """ModelError about this question; ConfigurationError and BudgetSpent about all of them."""
        ...


class FreePurse:
    """No budget."""

    def reserve(self, tokens: int) -> None:
        """Always enough."""

    def settle(self, reserved: int, spent: Spent) -> None:
        """Nothing to settle."""


@dataclass(slots=True)
class _Tally:
    """The purse of one part: pays from the report's and remembers what the part cost."""

    purse: Purse
    spent: Spent = field(default_factory=Spent)

    def reserve(self, tokens: int) -> None:
        self.purse.reserve(tokens)

    def settle(self, reserved: int, spent: Spent) -> None:
        self.spent += spent
        self.purse.settle(reserved, spent)


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """
    What became of a part. `trace`: what was wrong and what came of it, as codes.

    `retryable`: something is unread only because the model was not to be had; reading again later may succeed.
    `unsaid`: why nothing is known of its titles and sentences (all that a part without marks has), else None.
    """

    reading: Reading
    spent: Spent
    trace: tuple[str, ...] = ()
    retryable: bool = False
    unsaid: str | None = None


@dataclass(slots=True)
class _Draft:
    """A reading under way, by mark."""

    part: Part
    rows: list[Row] = field(default_factory=list)
    not_statistics: set[int] = field(default_factory=set)
    unread: dict[int, str] = field(default_factory=dict)
    documents: dict[int, Action] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()
    trace: list[str] = field(default_factory=list)
    retryable: bool = False
    unsaid: str | None = UNANSWERED

    def take(self, checked: Checked, *, said: bool) -> None:
        """Keep what is good; `said`: what it says of titles and sentences counts."""
        self.rows += checked.rows
        self.not_statistics |= set(checked.not_statistics)
        self.trace += checked.ignored
        if said:
            self.documents, self.problems, self.plans = dict(checked.documents), checked.problems, checked.plans
            self.unsaid = None

    def give_up(self, marks: Sequence[int], reason: str) -> None:
        """These stay unread."""
        self.unread |= dict.fromkeys(marks, reason)

    def reading(self) -> Reading:
        """As the cache keeps it; a base that was not read in the end is no base."""
        observed = {row.mark for row in self.rows}
        rows = (row if row.of in observed else row.model_copy(update={"of": None}) for row in self.rows)
        return Reading(
            rows=tuple(sorted(rows, key=lambda row: (row.start, row.end, row.indicator))),
            not_statistics=tuple(sorted(self.not_statistics)),
            unread=self.unread,
            documents=self.documents,
            problems=self.problems,
            plans=self.plans,
        )


class PartReader:
    """Reads parts; one for the life of the program, safe to share between tasks."""

    def __init__(
        self,
        prompt: Prompt,
        model: LanguageModel,
        codebook: Codebook,
        surfaces: Surfaces,
        *,
        max_corrections: int = MAX_CORRECTIONS,
    ) -> None:
        self._prompt = prompt
        self._model = model
        self._codebook = codebook
        self._surfaces = surfaces
        self._max_corrections = max_corrections

    async def read(self, part: Part, *, report: str = "", purse: Purse | None = None) -> PartOutcome:
        """
        Every mark of the part, read or unread with a reason.

        `report` says whose turn it is at the limits, `purse` who pays; where the budget ends, what is left is unread.
        Raises ConfigurationError only.
        """
        tally = _Tally(purse or FreePurse())
        try:
            draft = await self._read(part, report, tally, MAX_HALVINGS)
        except BudgetSpent as error:  # what earlier attempts cost is told all the same
            draft = _Draft(part)
            _stop(draft, range(1, len(part.marks) + 1), error)
        unsaid = draft.unsaid if part.titles or part.sentences else None
        return PartOutcome(draft.reading(), tally.spent, tuple(draft.trace), draft.retryable, unsaid)

    async def _read(self, part: Part, report: str, tally: _Tally, halvings: int, *, repeated: bool = False) -> _Draft:
        draft = _Draft(part)
        everything = range(1, len(part.marks) + 1)
        try:
            expected = parts.expected_reply(part)
            reply = await self._model.ask(
                self._prompt.messages(part), purse=tally, report=report, reply_tokens=expected
            )
        except ReplyTruncated as error:
            if (partial := _whole_rows(error)) is not None:
                draft.trace.append(TRUNCATED)
                await self._complete(draft, partial, report, tally)
                return draft
            if not repeated and parts.expected_reply(part) < SHORT_REPLY:  # it was not its length
                again = await self._read(part, report, tally, halvings, repeated=True)
                again.trace.insert(0, TRUNCATED)
                return again
            halves = parts.halve(part) if halvings else None
            if halves is not None:
                draft.trace.append(TRUNCATED)
                return await self._read_halves(draft, halves, report, tally, halvings - 1)
            _stop(draft, everything, error)
            return draft
        except (ModelRefused, ReplyInvalid, ModelUnavailable) as error:
            _stop(draft, everything, error)
            return draft
        checked = validate.check(part, reply, self._codebook, self._surfaces)
        draft.take(checked, said=True)
        await self._correct(draft, checked, report, tally)
        return draft

    async def _complete(self, draft: _Draft, partial: Reply, report: str, tally: _Tally) -> None:
        """Keep the rows that came before a reply was cut off, and ask for the rest."""
        checked = validate.check(draft.part, partial, self._codebook, self._surfaces)
        draft.take(checked, said=False)
        rest = validate.unsaid(draft.part)
        await self._correct(draft, replace(checked, wrong=(*checked.wrong, *rest)), report, tally, said=False)

    async def _correct(self, draft: _Draft, checked: Checked, report: str, tally: _Tally, *, said: bool = True) -> None:
        """
        Ask again about the rows in question only; what is wrong after the last correction is unread.

        `said`: whether titles and sentences are answered already.
        """
        for _ in range(self._max_corrections):
            if not checked.wrong:
                return
            wanted = [one.mark for one in checked.wrong if one.mark is not None]
            draft.trace += [one.code for one in checked.wrong]
            messages = self._prompt.correction(draft.part, [one.sentence for one in checked.wrong])
            try:
                expected = parts.TOKENS_A_REPLY + parts.TOKENS_A_MARK * len(checked.wrong)
                reply = await self._model.ask(messages, purse=tally, report=report, reply_tokens=expected)
            except (ReplyTruncated, ModelRefused, ReplyInvalid, ModelUnavailable, BudgetSpent) as error:
                partial = _whole_rows(error)
                if partial is None:
                    _stop(draft, wanted, error)
                    return
                reply = partial
            checked = validate.check(
                draft.part, reply, self._codebook, self._surfaces, wanted=wanted, kept=tuple(draft.rows)
            )
            draft.take(checked, said=not said)
            said = True
            draft.trace.append("corrected" if not checked.wrong else "not_corrected")
        for one in checked.wrong:
            if one.mark is not None:
                draft.give_up([one.mark], one.code)

    async def _read_halves(
        self, whole: _Draft, halves: tuple[Part, Part], report: str, tally: _Tally, halvings: int
    ) -> _Draft:
        """Both halves, in the numbers and offsets of the whole."""
        unsaid: str | None = None
        for half in halves:
            try:
                read = await self._read(half, report, tally, halvings)
            except BudgetSpent as error:  # what the other half cost is not thrown away
                read = _Draft(half)
                _stop(read, range(1, len(half.marks) + 1), error)
            _merge(whole, read)
            if read.unsaid and (half.titles or half.sentences):
                unsaid = unsaid or read.unsaid
        whole.unsaid = unsaid
        return whole


def _whole_rows(error: Exception) -> Reply | None:
    return error.partial if isinstance(error, ReplyCutOff) else None


def _stop(draft: _Draft, marks: Sequence[int], error: Exception) -> None:
    match error:
        case ModelRefused():
            reason = str(error) or REFUSED
        case ModelUnavailable():
            reason = UNAVAILABLE
            draft.retryable = True
        case ReplyTruncated():
            reason = TRUNCATED
        case BudgetSpent():
            reason = BUDGET
        case _:
            reason = INVALID
    draft.trace.append(reason)
    draft.give_up(marks, reason)
    if draft.unsaid:
        draft.unsaid = reason


def _merge(whole: _Draft, half: _Draft) -> None:
    shift = half.part.start - whole.part.start
    first_mark = whole.part.marks.index(half.part.marks[0]) if half.part.marks else 0
    first_title = whole.part.titles.index(half.part.titles[0]) if half.part.titles else 0
    first_sentence = whole.part.sentences.index(half.part.sentences[0]) if half.part.sentences else 0
    for row in half.rows:
        whole.rows.append(
            row.model_copy(
                update={
                    "start": row.start + shift,
                    "end": row.end + shift,
                    "mark": None if row.mark is None else row.mark + first_mark,
                    "of": None if row.of is None else row.of + first_mark,
                }
            )
        )
    whole.not_statistics |= {mark + first_mark for mark in half.not_statistics}
    whole.unread |= {mark + first_mark: reason for mark, reason in half.unread.items()}
    whole.documents |= {number + first_title: action for number, action in half.documents.items()}
    whole.problems += tuple(number + first_sentence for number in half.problems)
    whole.plans += tuple(number + first_sentence for number in half.plans)
    whole.trace += half.trace
    whole.retryable |= half.retryable
