"""
A report becomes parts: what one call reads.

Parts are balanced by the length of the reply to expect, since the longest reply is the wall time; they are cut where an
item or a sentence begins (or a clause, in a sentence that no reply could answer) and never reach over a top-level section. Stretches at their ends that hold nothing to ask
about are left off, and a part with nothing to ask is not made. It knows no prompt, no codebook and no model.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeVar

from schemas.mention import Mention, Part
from schemas.outline import Block, Outline, Span, Title
from service.asking.packing import Piece, balanced
from service.asking.surroundings import Surroundings, last_sentence
from service.text import sentences as sentence_room

PARTS_VERSION: Final = "1"
S = TypeVar("S", Span, Title, Block)
_CLAUSE_END: Final = re.compile("[,;\uff0c\uff1b\u3001]")

# Tokens of reply to expect: nearly every mark that the scanner lets through is a statistic.
TOKENS_A_MARK: Final = 17
TOKENS_A_TITLE: Final = 5
TOKENS_A_SENTENCE: Final = 2
TOKENS_A_REPLY: Final = 25
# Some nine seconds at 60 tokens a second; each part pays for the fixed prompt once more (docs/decisions/008-parts.md).
REPLY_TOKENS: Final = 560
LIGHT_TOKENS: Final = 200
# What the scanner settled with certainty; other settled mentions are shown to the model all the same.
CERTAIN: Final = frozenset({"date", "document_number", "enumerator", "ordinal", "page"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything a model is asked about, each in text order."""

    marks: tuple[Span, ...]
    titles: tuple[Title, ...]
    sentences: tuple[Span, ...]
    unsure: tuple[Span, ...]


def cut(
    text: str,
    outline: Outline,
    mentions: Sequence[Mention],
    titles: Sequence[Title],
    sentences: Sequence[Span],
    *,
    reply_tokens: int = REPLY_TOKENS,
    light_tokens: int = LIGHT_TOKENS,
) -> tuple[Part, ...]:
    """
    The parts of a report in text order; every open mention and every candidate sentence is in exactly one.

    No part reaches over a top-level section, but for sections that ask for less than `light_tokens` of reply: those go
    with their neighbour, since each part pays for the fixed prompt.
    A title is put to the model only where the verb before it does not say what was done with it (action `other`).
    """
    asked = _Asked(
        marks=tuple(Span(one.start, one.end) for one in mentions if one.why is None),
        titles=tuple(one for one in titles if one.action == "other"),
        sentences=tuple(sentences),
        unsure=tuple(Span(one.start, one.end) for one in mentions if one.why is not None and one.why not in CERTAIN),
    )
    around = Surroundings(text, outline)
    parts: list[Part] = []
    for start, end in _packed(_stretches(text, outline), asked, light_tokens):
        pieces = _without_seams(_pieces(text, outline, asked, start, end))
        for group in balanced(pieces, reply_tokens - TOKENS_A_REPLY):
            shown = _trimmed(group)
            if shown:
                parts.append(_part(text, around, asked, shown[0].start, shown[-1].end, start))
    return tuple(parts)


def expected_reply(part: Part) -> int:
    """Tokens of the reply to expect."""
    asked = (
        TOKENS_A_MARK * len(part.marks) + TOKENS_A_TITLE * len(part.titles) + TOKENS_A_SENTENCE * len(part.sentences)
    )
    return TOKENS_A_REPLY + asked


def halve(part: Part) -> tuple[Part, Part] | None:
    """Two parts with about half the marks each, cut where a sentence begins, or a clause; None where neither does."""
    whole = sentence_room.cut(part.text, 0, len(part.text))
    uncut = sorted(_uncut(part.marks, part.titles))
    starts = list(_outside([part.start + one.start for one in whole[1:]], uncut))
    if not starts:
        clauses = [part.start + found.end() for found in _CLAUSE_END.finditer(part.text)]
        starts = [at for at in _outside(clauses, uncut) if at < part.end]
    if not starts or len(part.marks) + len(part.titles) + len(part.sentences) < 2:
        return None
    middle = (len(part.marks) + 1) // 2

    def imbalance(at: int) -> tuple[int, int]:
        return abs(len(_inside(part.marks, part.start, at)) - middle), abs(2 * at - part.start - part.end)

    at = min(starts, key=imbalance)
    first, second = (
        _slice(part, part.start, at, part.before),
        _slice(part, at, part.end, last_sentence(part.text, 0, at - part.start)),
    )
    if not _asks(first) or not _asks(second):
        return None
    return first, second


def _slice(part: Part, start: int, end: int, before: str) -> Part:
    return Part(
        text=part.text[start - part.start : end - part.start],
        start=start,
        end=end,
        headings=part.headings,
        before=before,
        marks=tuple(span for span in part.marks if start <= span.start < end),
        titles=tuple(title for title in part.titles if start <= title.start < end),
        sentences=tuple(span for span in part.sentences if start <= span.start < end),
        notes=part.notes,
    )


def _asks(part: Part) -> bool:
    return bool(part.marks or part.titles or part.sentences)


def _stretches(text: str, outline: Outline) -> Iterator[tuple[int, int]]:
    """Top-level sections, and what stands before, between and after them; all of a text without headings."""
    at = 0
    for block in _top_level(outline):
        if at < block.start:
            yield at, block.start
        yield block.start, block.end
        at = block.end
    if at < len(text):
        yield at, len(text)


def _packed(stretches: Iterable[tuple[int, int]], asked: _Asked, light: int) -> Iterator[tuple[int, int]]:
    """The stretches, a light one together with its neighbour."""
    start = end = weight = 0
    for next_start, next_end in stretches:
        next_weight = _expected(asked, next_start, next_end)
        if end > start and min(weight, next_weight) >= light:
            yield start, end
            start, weight = next_start, 0
        end, weight = next_end, weight + next_weight
    if end > start:
        yield start, end


def _expected(asked: _Asked, start: int, end: int) -> int:
    """Tokens of reply that a stretch asks for."""
    return (
        TOKENS_A_MARK * len(_inside(asked.marks, start, end))
        + TOKENS_A_TITLE * len(_inside(asked.titles, start, end))
        + TOKENS_A_SENTENCE * len(_inside(asked.sentences, start, end))
    )


def _top_level(outline: Outline) -> Iterator[Block]:
    covered = 0
    for block in outline.blocks:
        if block.start >= covered:
            yield block
            covered = block.end


def _pieces(text: str, outline: Outline, asked: _Asked, start: int, end: int) -> Iterator[Piece]:
    items = _inside(outline.blocks, start, end)
    openings = {block.start for block in items}
    points = openings | {one.start for one in sentence_room.cut(text, start, end)}
    # A heading stays with what it heads, and neither a number nor a title is ever cut.
    whole = [(block.start, _after_blanks(text, block.heading_end, end) + 1) for block in items if block.heading]
    whole += _uncut(_inside(asked.marks, start, end), _inside(asked.titles, start, end))
    whole.sort()
    edges = [start, *(at for at in _outside(sorted(points), whole) if start < at < end), end]
    for left, right in _short_enough(text, asked, edges, whole):
        marks, titles = _inside(asked.marks, left, right), _inside(asked.titles, left, right)
        said = _inside(asked.sentences, left, right)
        weight = TOKENS_A_MARK * len(marks) + TOKENS_A_TITLE * len(titles) + TOKENS_A_SENTENCE * len(said)
        asks = weight > 0
        yield Piece(left, right, weight, asks, asks or bool(_inside(asked.unsure, left, right)), left in openings)


def _short_enough(
    text: str, asked: _Asked, edges: Sequence[int], whole: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """From edge to edge; what asks for more than a reply should hold, from clause to clause."""
    for left, right in pairwise(edges):
        if _expected(asked, left, right) <= 2 * REPLY_TOKENS:
            yield left, right
            continue
        clauses = [left + found.end() for found in _CLAUSE_END.finditer(text[left:right])]
        first = bisect_left(whole, (left, left))
        yield from pairwise([left, *(at for at in _outside(clauses, whole[first:]) if at < right), right])


def _without_seams(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours with nothing in them as one: a cut between them would change nothing."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not piece.shows and not joined[-1].shows:
            joined[-1] = replace(joined[-1], end=piece.end)
        else:
            joined.append(piece)
    return joined


def _after_blanks(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _outside(points: Sequence[int], whole: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The points that lie strictly inside none of the stretches; both in order."""
    reach = index = 0
    for at in points:
        while index < len(whole) and whole[index][0] < at:
            reach = max(reach, whole[index][1])
            index += 1
        if at >= reach:
            yield at


def _uncut(marks: Sequence[Span], titles: Sequence[Title]) -> Iterator[tuple[int, int]]:
    """Where nothing may be cut: numbers and titles."""
    yield from ((span.start, span.end) for span in marks)
    yield from ((title.start, title.end) for title in titles)


def _inside(spans: Sequence[S], start: int, end: int) -> Sequence[S]:
    first = bisect_left(spans, start, key=lambda one: one.start)
    return spans[first : bisect_left(spans, end, lo=first, key=lambda one: one.start)]


def _trimmed(group: Sequence[Piece]) -> Sequence[Piece]:
    """Without the pieces at both ends that hold nothing; empty where nothing is asked."""
    if not any(piece.asks for piece in group):
        return ()
    showing = [at for at, piece in enumerate(group) if piece.shows]
    return group[showing[0] : showing[-1] + 1]


def _part(text: str, around: Surroundings, asked: _Asked, start: int, end: int, stretch: int) -> Part:
    while end > start and text[end - 1].isspace():
        end -= 1
    over = around.over(start)
    return Part(
        text=text[start:end],
        start=start,
        end=end,
        headings=tuple(block.heading for block in over if block.heading),
        before=around.before(start, max([stretch, *(one.heading_end for one in over if one.heading is not None)])),
        marks=tuple(_inside(asked.marks, start, end)),
        titles=tuple(_inside(asked.titles, start, end)),
        sentences=tuple(_inside(asked.sentences, start, end)),
        notes=around.table_header(start),
    )
