"""
The text as loaded, and its outline: sections, masthead, titles, sentences.

Plain frozen values between rooms; all offsets are code points into the loaded text. They know nothing of numbers.
"""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from schemas.extraction import Action, Level, Role


@dataclass(frozen=True, slots=True)
class LoadedText:
    """A report's text, decoded once; `media_type` is what it was, `converted` is true for anything but plain text."""

    text: str
    name: str | None = None
    source: str | None = None
    media_type: str = "text/plain"
    converted: bool = False

    @property
    def sha256(self) -> str:
        """Of the text in UTF-8; lone surrogates, which UTF-8 cannot hold, pass as they are."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Span:
    """`start` inclusive, `end` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A section of the outline: `start` at its mark, `heading_end` after the heading's words (and its stop), `end` exclusive."""

    id: str
    path: tuple[str, ...]
    heading: str | None
    start: int
    heading_end: int
    end: int
    role: Role


@dataclass(frozen=True, slots=True)
class Outline:
    """Blocks in text order, children inside parents; the body is what lies between page furniture before and after."""

    blocks: tuple[Block, ...]
    body_start: int
    body_end: int

    def innermost(self, offset: int) -> Block | None:
        """The deepest block that holds `offset`, None outside all."""
        index = bisect_right(self.blocks, offset, key=lambda block: block.start)
        while index > 0:
            index -= 1
            if offset < self.blocks[index].end:
                return self.blocks[index]
        return None


@dataclass(frozen=True, slots=True)
class Masthead:
    """What the report says of itself; None where it does not say. `published_at` is the span of the date used."""

    title: str | None = None
    jurisdiction: str | None = None
    level: Level | None = None
    issuer: str | None = None
    year: int | None = None
    published_on: date | None = None
    published_at: Span | None = None


@dataclass(frozen=True, slots=True)
class Title:
    """A 《title》: `start`..`end` cover the brackets; `action` by the governing verb."""

    start: int
    end: int
    title: str
    number: str | None
    action: Action
