"""
Which stretches of a part a model is shown: sentences with something to ask about, with a figure, or that open an item,
and the sentence before one that begins with its figure. Empty words between them are left out.

It knows how reports are phrased and nothing of prompts or codebooks.
"""

import re
from collections.abc import Iterator
from typing import Final

from schemas.mention import Part
from schemas.outline import Span
from service.text.sentences import cut

# 一、 (一) 1. 一是 第一 at the start of a sentence.
OPENS_ITEM: Final = re.compile(
    r"\s*(?:[(\uff08]?[一二三四五六七八九十]{1,3}(?:[、)\uff09]|是|要)|第[一二三四五六七八九十]|[(\uff08]?\d{1,2}[)\uff09.．、])"
)
FIGURE: Final = re.compile(r"[\d|]")
# A sentence whose first number comes so early says of what it is in the sentence before.
EARLY: Final = 14
# Leaving out less than this saves nothing.
WORTH_LEAVING_OUT: Final = 16


def excerpt(part: Part) -> tuple[Span, ...]:
    """What to show, as offsets into `part.text`, in order and apart."""
    asked = sorted(start - part.start for start in _starts(part))
    shown = [Span(0, 0)]
    for span in _kept(part.text, asked):
        if span.start - shown[-1].end < WORTH_LEAVING_OUT:
            shown[-1] = Span(shown[-1].start, span.end)
        else:
            shown.append(span)
    if len(part.text) - shown[-1].end < WORTH_LEAVING_OUT:
        shown[-1] = Span(shown[-1].start, len(part.text))
    return tuple(span for span in shown if span.start < span.end)


def _starts(part: Part) -> Iterator[int]:
    yield from (span.start for span in part.marks)
    yield from (title.start for title in part.titles)
    yield from (span.start for span in part.sentences)


def _kept(text: str, asked: list[int]) -> Iterator[Span]:
    before: Span | None = None
    at = 0
    for sentence in cut(text, 0, len(text)):
        while at < len(asked) and asked[at] < sentence.start:
            at += 1
        asks = at < len(asked) and asked[at] < sentence.end
        opener = OPENS_ITEM.match(text, sentence.start, sentence.end)
        words = opener.end() if opener else sentence.start
        if asks and before is not None and opener is None and asked[at] - sentence.start < EARLY:
            yield before
        if asks or opener or FIGURE.search(text, words, sentence.end):
            yield sentence
            before = None
        else:
            before = sentence
