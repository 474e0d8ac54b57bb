"""
Readings and mentions become the result.

It knows offsets, ids and the accounting of spans: every mention ends as observed, set aside or unread, none twice and
none dropped. It knows nothing of how a reading was obtained.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from schemas.codebook import Codebook
from schemas.extraction import Action, Document, Observation, Section, SetAside, Statement, Unread
from schemas.mention import Mention, Part, Quantity
from schemas.outline import Outline, Span, Title
from schemas.reading import Reading, Row

NO_VALUE: Final = "no_value"


@dataclass(frozen=True, slots=True)
class PartReading:
    """A part with what was read of it, in text order; `unsaid`: why nothing is known of its titles and sentences."""

    part: Part
    reading: Reading
    unsaid: str | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """The lists of the result, before arithmetic."""

    observations: tuple[Observation, ...]
    quantities: Mapping[str, Quantity]
    set_aside: tuple[SetAside, ...]
    unread: tuple[Unread, ...]
    problems: tuple[Statement, ...]
    plans: tuple[Statement, ...]
    spans: int


@dataclass(frozen=True, slots=True)
class _Placed:
    row: Row
    span: Span
    part: int


def assemble(
    text: str,
    outline: Outline,
    mentions: Sequence[Mention],
    readings: Sequence[PartReading],
    quantities: Mapping[Span, Quantity],
    codebook: Codebook,
) -> Assembled:
    """
    Place every row at its characters and account for every mention.

    `quantities` holds what each observed span says; a span that says nothing is unread, never guessed.
    """
    placed = [
        _Placed(row=row, span=Span(one.part.start + row.start, one.part.start + row.end), part=index)
        for index, one in enumerate(readings)
        for row in one.reading.rows
    ]
    observed = {one.span for one in placed}
    replaced = {at for one in placed if one.row.mark is None for at in range(one.span.start, one.span.end)}
    observations = _observations(text, outline, placed, quantities, codebook)

    unread: list[Unread] = [
        _unread(text, outline, span, NO_VALUE) for span in sorted(observed, key=_start) if span not in quantities
    ]
    set_aside: list[SetAside] = []
    for mention in mentions:
        if mention.why is not None and replaced.isdisjoint(range(mention.start, mention.end)):
            set_aside.append(_aside(text, outline, mention, by="scanner", doubt=False))
    refusable = tuple({unit for one in codebook.indicators.values() for unit in one.units})
    for one in readings:
        for number, span in enumerate(one.part.marks, start=1):
            if span in observed or not replaced.isdisjoint(range(span.start, span.end)):
                continue
            if number in one.reading.unread:
                unread.append(_unread(text, outline, span, one.reading.unread[number]))
            elif number in one.reading.not_statistics:
                mention = Mention(span.start, span.end, "other")
                quote = text[span.start : span.end]
                doubt = quote[:1].isdigit() and quote.endswith(refusable)
                set_aside.append(_aside(text, outline, mention, by="model", doubt=doubt))
            else:
                unread.append(_unread(text, outline, span, "unanswered"))
    set_aside.sort(key=_start)
    unread.sort(key=_start)
    return Assembled(
        observations=observations,
        quantities={one.id: quantities[Span(one.start, one.end)] for one in observations},
        set_aside=tuple(set_aside),
        unread=tuple(unread),
        problems=_statements(text, outline, readings, "problems"),
        plans=_statements(text, outline, readings, "plans"),
        spans=len(
            {(one.start, one.end) for one in observations}
            | {(one.start, one.end) for one in set_aside}
            | {(one.start, one.end) for one in unread}
        ),
    )


def documents(outline: Outline, titles: Sequence[Title], readings: Sequence[PartReading]) -> tuple[Document, ...]:
    """Every title, with the model's word for what was done with it where it gave one."""
    said: dict[int, Action] = {}
    for one in readings:
        for number, action in one.reading.documents.items():
            said[one.part.titles[number - 1].start] = action
    return tuple(
        Document(
            title=title.title,
            number=title.number,
            action=said.get(title.start, title.action),
            start=title.start,
            end=title.end,
            section=_section(outline, title.start),
        )
        for title in titles
    )


def sections(outline: Outline, unread: Sequence[Unread], readings: Sequence[PartReading]) -> tuple[Section, ...]:
    """The outline as the contract wants it; a section is unread where any mention, title or sentence in it is."""
    holes = [(one.start, one.reason) for one in unread]
    for read in readings:
        if read.unsaid:
            starts = [title.start for title in read.part.titles] + [sentence.start for sentence in read.part.sentences]
            holes += [(start, read.unsaid) for start in starts]
    holes.sort(key=lambda hole: hole[0])
    made = []
    for block in outline.blocks:
        first = bisect_left(holes, block.start, key=lambda hole: hole[0])
        reason = holes[first][1] if first < len(holes) and holes[first][0] < block.end else None
        made.append(
            Section(
                id=block.id,
                path=block.path,
                heading=block.heading,
                start=block.start,
                end=block.end,
                role=block.role,
                status="unread" if reason else "read",
                reason=reason,
            )
        )
    return tuple(made)


def _observations(
    text: str,
    outline: Outline,
    placed: Sequence[_Placed],
    quantities: Mapping[Span, Quantity],
    codebook: Codebook,
) -> tuple[Observation, ...]:
    readable = sorted((one for one in placed if one.span in quantities), key=lambda one: (one.span.start, one.span.end))
    ids: dict[tuple[int, int], str] = {}
    seen: dict[Span, int] = {}
    named: list[tuple[_Placed, str]] = []
    for one in readable:
        seen[one.span] = seen.get(one.span, 0) + 1
        suffix = f".{seen[one.span]}" if seen[one.span] > 1 else ""
        name = f"o{one.span.start}-{one.span.end}{suffix}"
        if one.row.mark is not None:
            ids.setdefault((one.part, one.row.mark), name)
        named.append((one, name))
    observations = []
    for one, name in named:
        quantity = quantities[one.span]
        row = one.row
        observations.append(
            Observation(
                id=name,
                section=_section(outline, one.span.start),
                indicator=row.indicator,
                topic=codebook.topic(row.indicator),
                name=row.name,
                value=_plain(quantity.value),
                value_to=None if quantity.value_to is None else _plain(quantity.value_to),
                unit=quantity.unit,
                qualifier=quantity.qualifier,
                aspect=row.aspect,
                part_of=ids.get((one.part, row.of)) if row.of is not None else None,
                area=row.area,
                period=row.period,
                start=one.span.start,
                end=one.span.end,
                quote=text[one.span.start : one.span.end],
                origin="missed" if row.mark is None else "mark",
                flags=(),
            )
        )
    return tuple(observations)


def _statements(text: str, outline: Outline, readings: Sequence[PartReading], which: str) -> tuple[Statement, ...]:
    spans = {
        one.part.sentences[number - 1]
        for one in readings
        for number in (one.reading.problems if which == "problems" else one.reading.plans)
    }
    return tuple(
        Statement(
            start=span.start, end=span.end, text=text[span.start : span.end], section=_section(outline, span.start)
        )
        for span in sorted(spans, key=_start)
    )


def _aside(text: str, outline: Outline, mention: Mention, *, by: Literal["scanner", "model"], doubt: bool) -> SetAside:
    return SetAside(
        section=_section(outline, mention.start),
        start=mention.start,
        end=mention.end,
        quote=text[mention.start : mention.end],
        why=mention.why or "other",
        by=by,
        doubt=doubt,
    )


def _unread(text: str, outline: Outline, span: Span, reason: str) -> Unread:
    return Unread(
        section=_section(outline, span.start),
        start=span.start,
        end=span.end,
        quote=text[span.start : span.end],
        reason=reason,
    )


def _section(outline: Outline, offset: int) -> str | None:
    block = outline.innermost(offset)
    return block.id if block else None


def _start(one: Span | SetAside | Unread) -> int:
    return one.start


def _plain(value: Decimal) -> str:
    return format(value, "f")
