"""
The meaning of a reply, row by row: what may be kept, and what is wrong, by mark, in words for the model.

One bad row costs one row, and nothing is guessed: a row is kept as it stands or asked for again. It knows the
codebook's codes and the part's text; how numbers look is passed in (`surfaces`), and nothing here reads a value.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast, get_args

from schemas.codebook import Codebook
from schemas.extraction import Action
from schemas.mention import Part
from schemas.reading import Row
from schemas.reply import Reply
from service.asking import rows
from service.asking.rows import FaultyRow, Surfaces

ACTIONS: Final = frozenset(get_args(Action))
ROWS_FOR_A_MARK: Final = 2

UNANSWERED: Final = "没有回答:是统计数字给一行,不是就写进 not_statistics。"
BOTH: Final = "既在 observations 又在 not_statistics,只能选一处。"
DOUBLED: Final = "同一指标给了两行,只留一行;确属两个指标才给两行。"
TOO_MANY: Final = "行数过多:至多两行,且指标不同。"
OF_SELF: Final = "of 指向了自己,改正或不写。"
OF_UNOBSERVED: Final = "of 指向的编号不在 observations 里,改正或不写。"
OF_CYCLE: Final = "of 连成了环,改正或不写。"
UNSAID: Final = "上次没有写到,在 documents、problems、plans 里回答。"
CONFLICT: Final = "与 missed 里的同一个数指标不同,只留一处。"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a mark, or (None) with something the part has no mark for. `sentence` is for the model."""

    mark: int | None
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What may be kept of a reply. Every mark that was asked for is in one of `rows`, `not_statistics`, `wrong`.

    `not_statistics` holds the marks that a `missed` quote replaces, too. `ignored`: codes of what was let drop.
    """

    rows: tuple[Row, ...]
    not_statistics: tuple[int, ...]
    documents: Mapping[int, Action]
    problems: tuple[int, ...]
    plans: tuple[int, ...]
    wrong: tuple[Wrong, ...]
    ignored: tuple[str, ...]


@dataclass(slots=True)
class _Sheet:
    """The check under way, by mark."""

    part: Part
    wanted: frozenset[int]
    rows: dict[int, list[Row]] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    replaced: set[int] = field(default_factory=set)
    wrong: dict[int, Wrong] = field(default_factory=dict)
    missed: list[Row] = field(default_factory=list)
    missed_wrong: list[Wrong] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def fault(self, mark: int, code: str, sentence: str) -> None:
        """The first fault of a mark is the one it is asked again for; its rows are not kept."""
        self.rows.pop(mark, None)
        self.refused.discard(mark)
        self.wrong.setdefault(mark, Wrong(mark, code, f"[{mark}] {sentence}"))

    def is_asked(self, mark: int) -> bool:
        """Whether an answer for this mark counts; says why not."""
        if mark in self.wanted:
            return True
        self.ignored.append("unasked_mark" if 1 <= mark <= len(self.part.marks) else "unknown_mark")
        return False


def check(
    part: Part,
    reply: Reply,
    codebook: Codebook,
    surfaces: Surfaces,
    *,
    wanted: Collection[int] | None = None,
    kept: Sequence[Row] = (),
) -> Checked:
    """
    Judge `reply` about the marks `wanted` (None: all of the part), given the rows `kept` from earlier replies.

    Pure; linear in the reply but for `missed`, which is looked up in the part.
    """
    everything = frozenset(range(1, len(part.marks) + 1))
    sheet = _Sheet(part, everything if wanted is None else everything & frozenset(wanted))
    _observations(sheet, reply, codebook)
    _refusals(sheet, reply)
    _missed(sheet, reply, codebook, surfaces, kept)
    for mark in sorted(sheet.wanted - sheet.rows.keys() - sheet.refused - sheet.replaced - sheet.wrong.keys()):
        sheet.fault(mark, "unanswered", UNANSWERED)
    _joins(sheet, kept)
    return Checked(
        rows=tuple(row for mark in sorted(sheet.rows) for row in sheet.rows[mark]) + tuple(sheet.missed),
        not_statistics=tuple(sorted(sheet.refused | sheet.replaced)),
        documents=_documents(sheet, reply.documents),
        problems=_known(sheet, reply.problems, len(part.sentences)),
        plans=_known(sheet, reply.plans, len(part.sentences)),
        wrong=tuple(sheet.wrong[mark] for mark in sorted(sheet.wrong)) + tuple(sheet.missed_wrong),
        ignored=tuple(sheet.ignored),
    )


def unsaid(part: Part) -> tuple[Wrong, ...]:
    """What to ask about titles and sentences where a reply was cut off before it came to them."""
    asked = [f"[d1]至[d{len(part.titles)}]"] if part.titles else []
    asked += [f"[s1]至[s{len(part.sentences)}]"] if part.sentences else []
    return (Wrong(None, "cut_off", "、".join(asked) + UNSAID),) if asked else ()


def _observations(sheet: _Sheet, reply: Reply, codebook: Codebook) -> None:
    for line in reply.observations:
        mark = rows.mark_of(line)
        if mark is None:
            sheet.ignored.append("unreadable_row")
        elif sheet.is_asked(mark):
            match rows.read_row(line, mark, sheet.part, codebook):
                case FaultyRow(code=code, sentence=sentence):
                    sheet.fault(mark, code, sentence)
                case row if mark not in sheet.wrong and row not in sheet.rows.get(mark, ()):
                    sheet.rows.setdefault(mark, []).append(row)
    for mark, several in list(sheet.rows.items()):
        if len(several) > ROWS_FOR_A_MARK:
            sheet.fault(mark, "too_many_rows", TOO_MANY)
        elif len({row.indicator for row in several}) < len(several):
            sheet.fault(mark, "doubled", DOUBLED)


def _refusals(sheet: _Sheet, reply: Reply) -> None:
    for mark in reply.not_statistics:
        if not sheet.is_asked(mark) or mark in sheet.wrong:
            continue
        if mark in sheet.rows:
            sheet.fault(mark, "both", BOTH)
        else:
            sheet.refused.add(mark)


def _missed(sheet: _Sheet, reply: Reply, codebook: Codebook, surfaces: Surfaces, kept: Sequence[Row]) -> None:
    for line in reply.missed:
        row = rows.read_missed(line, sheet.part, codebook, surfaces)
        if isinstance(row, FaultyRow):
            sheet.missed_wrong.append(Wrong(None, row.code, row.sentence))
            continue
        if any(
            (one.start, one.end, one.indicator) == (row.start, row.end, row.indicator) for one in (*sheet.missed, *kept)
        ):
            sheet.ignored.append("missed_twice")
            continue
        if row.mark is not None:  # the quote is a mark's own number
            if row.mark in sheet.wanted and row.mark not in sheet.rows:
                sheet.refused.discard(row.mark)
                sheet.wrong.pop(row.mark, None)
                sheet.rows[row.mark] = [row]
            else:
                sheet.ignored.append("missed_is_marked")
            continue
        under = _marks_under(sheet.part, row)
        if any(one.indicator != row.indicator for mark in under for one in sheet.rows.get(mark, ())):
            for mark in under & sheet.wanted:
                sheet.fault(mark, "missed_conflict", CONFLICT)
            continue
        if under - sheet.wanted:  # settled in an earlier reply
            sheet.ignored.append("missed_is_marked")
            continue
        for mark in under:
            sheet.rows.pop(mark, None)
            sheet.refused.discard(mark)
            sheet.wrong.pop(mark, None)
        sheet.replaced |= under
        sheet.missed.append(row)


def _marks_under(part: Part, row: Row) -> set[int]:
    start, end = part.start + row.start, part.start + row.end
    return {mark for mark, span in enumerate(part.marks, start=1) if span.start < end and start < span.end}


def _joins(sheet: _Sheet, kept: Sequence[Row]) -> None:
    """`of` leads to an observed mark (or to one that is asked for again), and never in a circle."""
    bases = {row.mark: row.of for row in kept if row.mark is not None}
    observed = bases.keys() | sheet.rows.keys() | sheet.wrong.keys()
    for mark, several in list(sheet.rows.items()):
        for row in several:
            if row.of == mark:
                sheet.fault(mark, "of_self", OF_SELF)
            elif row.of is not None and row.of not in observed:
                sheet.fault(mark, "of_unobserved", OF_UNOBSERVED)
    joined: dict[int, list[int]] = {mark: [of] for mark, of in bases.items() if of is not None}
    for mark, several in sheet.rows.items():
        joined[mark] = [row.of for row in several if row.of is not None]
    for mark in sorted(sheet.rows):
        if _leads_back(joined, mark):
            sheet.fault(mark, "of_cycle", OF_CYCLE)


def _leads_back(joined: Mapping[int, Iterable[int]], mark: int) -> bool:
    seen: set[int] = set()
    ahead = list(joined.get(mark, ()))
    while ahead:
        at = ahead.pop()
        if at == mark:
            return True
        if at not in seen:
            seen.add(at)
            ahead += joined.get(at, ())
    return False


def _documents(sheet: _Sheet, lines: Iterable[str]) -> dict[int, Action]:
    """What was done with titles. Nothing is asked again: without an answer the verb in the text decides."""
    actions: dict[int, Action] = {}
    for line in lines:
        number, action = rows.document_of(line)
        if number is None or not 1 <= number <= len(sheet.part.titles) or action not in ACTIONS:
            sheet.ignored.append("unknown_document")
        else:
            actions.setdefault(number, cast(Action, action))
    return actions


def _known(sheet: _Sheet, numbers: Iterable[int], count: int) -> tuple[int, ...]:
    known = sorted({number for number in numbers if 1 <= number <= count})
    if any(not 1 <= number <= count for number in numbers):
        sheet.ignored.append("unknown_sentence")
    return tuple(known)
