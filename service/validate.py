"""
The meaning of a reply, row by row: what may be kept, and what is wrong, by mark, in words for the model.

One bad row costs one row. Nothing is guessed: a row is kept as it stands or asked for again. It knows the codebook's
codes and the part's text; how numbers look is passed in (`surfaces`), and nothing here reads a value.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast, get_args

from schemas.codebook import Codebook
from schemas.extraction import Action, Aspect
from schemas.mention import Part
from schemas.outline import Span
from schemas.reading import Row
from schemas.reply import Reply
from service import notation

Surfaces = Callable[[str, int, int], tuple[Span, ...]]

ASPECTS: Final = frozenset(get_args(Aspect))
ACTIONS: Final = frozenset(get_args(Action))
NAME_CHARACTERS: Final = 40
# At least so much of a name must stand in the part, its headings or the indicator: names are the text's own words.
NAME_KNOWN: Final = 0.6
ROWS_FOR_A_MARK: Final = 2
CODE_CHARACTERS: Final = 60

_ROW: Final = re.compile(r"\[?(\d{1,6})\]?[\s:：,，、.]*\s*([A-Za-z_]+\.[A-Za-z_0-9]+)(?:[\s:：]+(.*))?", re.DOTALL)
_NUMBER_FIRST: Final = re.compile(r"\[?(\d{1,6})\]?")
_EXTRA: Final = re.compile(r"\s(of|aspect|area|period)=")
_DOCUMENT: Final = re.compile(r"\[?d?(\d{1,6})\]?\s+([a-z]+)")
_FOLD: Final = str.maketrans("（），、：；％［］＜＞", "(),,:;%[]<>")
_BLANK: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong: with a mark, or (None) with something that the part has no mark for. `sentence` is for the model."""

    mark: int | None
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be kept of a reply. Every mark that was asked for is in `rows`, `not_statistics` or `wrong`."""

    rows: tuple[Row, ...]
    not_statistics: tuple[int, ...]
    documents: Mapping[int, Action]
    problems: tuple[int, ...]
    plans: tuple[int, ...]
    wrong: tuple[Wrong, ...]
    ignored: tuple[str, ...] = field(default=(), doc="codes of what was let drop: it names nothing of the part")
