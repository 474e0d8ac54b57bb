"""
A report's text as paragraphs of HTML in which every character keeps its offset.

Layers nest: headings, statements, titles, numbers. Where an inner span crosses the edge of an outer one it is written in
two pieces. It knows spans, escaping and line ends, and nothing of what a span means.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from service.pages.frame import visible

_LINE: Final = re.compile(r"[^\r\n]+")
_LONG: Final = 1200  # characters in a line before headings inside it start paragraphs of their own
_LONGEST: Final = 4000  # characters in a paragraph before it is broken after a sentence
CHUNK: Final = 1500  # characters that are laid out together


@dataclass(frozen=True, slots=True)
class Dressed:
    """A span with its tags. `first` opens the first piece (with the id), `again` any later piece."""

    start: int
    end: int
    first: str
    again: str
    close: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of the text, or a part of a long one; `whole` is true where it begins at a line's start."""

    start: int
    end: int
    html: Markup
    whole: bool


class Layer:
    """Spans in order, none overlapping: one that begins inside its predecessor is clipped, one inside it is left out."""

    def __init__(self, spans: Sequence[Dressed]) -> None:
        kept: list[Dressed] = []
        for one in sorted(spans, key=lambda span: (span.start, -span.end)):
            start = max(one.start, kept[-1].end) if kept else one.start
            if start < one.end:
                kept.append(Dressed(start, one.end, one.first, one.again, one.close))
        self._spans = kept
        self._starts = [one.start for one in kept]
        self._ends = [one.end for one in kept]

    def between(self, start: int, end: int) -> Sequence[Dressed]:
        """The spans that share a character with start..end."""
        return self._spans[bisect_right(self._ends, start) : bisect_left(self._starts, end)]


def paragraphs(text: str, layers: Sequence[Layer], breaks: Sequence[int]) -> Iterator[Paragraph]:
    """Every line that holds something, dressed; long lines are broken at `breaks` (starts of sections, in order)."""
    for line in _LINE.finditer(text):
        if not line.group().strip():
            continue
        begin = line.start()
        for end in (*_cuts(text, line.start(), line.end(), breaks), line.end()):
            yield Paragraph(begin, end, Markup("".join(_dress(text, layers, begin, end))), begin == line.start())  # noqa: S704
            begin = end


def chunks(found: Iterator[Paragraph]) -> Iterator[list[Paragraph]]:
    """Paragraphs in groups of some `CHUNK` characters."""
    group: list[Paragraph] = []
    for one in found:
        group.append(one)
        if one.end - group[0].start >= CHUNK:
            yield group
            group = []
    if group:
        yield group


def _cuts(text: str, start: int, end: int, breaks: Sequence[int]) -> Iterator[int]:
    if end - start <= _LONG:
        return
    at = start
    for stop in (*breaks[bisect_right(breaks, start) : bisect_left(breaks, end)], end):
        while stop - at > _LONGEST:
            sentence = text.rfind("。", at, at + _LONGEST) + 1
            at = sentence if sentence > at else at + _LONGEST
            yield at
        if stop < end and stop > at:
            yield stop
            at = stop


def _dress(text: str, layers: Sequence[Layer], start: int, end: int) -> Iterator[str]:
    if not layers:
        yield str(escape(visible(text[start:end])))
        return
    at = start
    for span in layers[0].between(start, end):
        begin, stop = max(span.start, start), min(span.end, end)
        if begin > at:
            yield from _dress(text, layers[1:], at, begin)
        yield span.first if begin == span.start else span.again
        yield from _dress(text, layers[1:], begin, stop)
        yield span.close
        at = stop
    if at < end:
        yield from _dress(text, layers[1:], at, end)
