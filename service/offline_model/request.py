"""
The request as the offline model sees it: the part and the codebook, read back out of the rendered prompt.

It knows how prompts are written (`notation`) and where numbers end; nothing else of the program reaches the model.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from service.asking import notation
from service.text import quantity, sentences

Numbered = tuple[int, int, int]

_LINE: Final = re.compile(r"([a-z_0-9]+) (?:([^:≠]+):)?([^≠]*?)(?:\(([^()]*)\))?(?:≠.*)?")
_WANTED: Final = re.compile(r"^\[(\d+)\] ", re.MULTILINE)
_STATEMENTS: Final = re.compile(r"^\[[sd]\d+\]", re.MULTILINE)
_BARE_NUMBER: Final = re.compile(r"[^\s,\uff0c、。;\uff1b]{1,8}")
# A number surface is never longer.
SURFACE_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of the codebook, as far as the prompt tells."""

    label: str
    definition: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """
    A part: `text` without marks; marks, titles and sentences as (number, start, end) into it.

    `wanted` holds the marks that a correction asks for. `asks_rows` and `asks_statements` (sentences and titles) are false
    for anything but a part; a correction asks for what it lists.
    """

    text: str
    headings: tuple[str, ...]
    before: str
    notes: tuple[str, ...]
    marks: tuple[Numbered, ...]
    titles: tuple[Numbered, ...]
    sentences: tuple[Numbered, ...]
    codebook: Mapping[str, Indicator]
    wanted: tuple[int, ...]
    asks_rows: bool
    asks_statements: bool


def read_request(messages: Sequence[Mapping[str, Any]]) -> Request:
    """What a chat-completions request asks. Never raises for text: what is not there is empty."""
    system = "\n".join(str(one.get("content") or "") for one in messages if one.get("role") == "system")
    # The part is in the first user message; what follows a reply is instructor asking again for the right shape.
    user = next((str(one.get("content") or "") for one in messages if one.get("role") == "user"), "")
    body = notation.untagged(notation.BODY, user)
    text, found = _without_marks(body)
    headings = notation.untagged(notation.HEADINGS, user)
    note = notation.untagged(notation.NOTES, user)
    asked = user.rpartition(f"</{notation.BODY}>")[2]
    is_part = f"<{notation.BODY}>" in user
    is_correction = asked.count("\n") > 1
    wanted = tuple(int(number) for number in _WANTED.findall(asked))
    return Request(
        text=text,
        headings=tuple(heading for heading in headings.split(" / ") if heading),
        before=notation.untagged(notation.BEFORE, user),
        notes=(note,) if note else (),
        marks=tuple((number, start, _number_end(text, start)) for kind, number, start in found if not kind),
        titles=tuple((number, start, _title_end(text, start)) for kind, number, start in found if kind == "d"),
        sentences=_sentences(text, [(number, start) for kind, number, start in found if kind == "s"]),
        codebook=_codebook(system),
        wanted=wanted,
        asks_rows=is_part and (bool(wanted) or not is_correction),
        asks_statements=is_part and (not is_correction or _STATEMENTS.search(asked) is not None),
    )


def _without_marks(body: str) -> tuple[str, list[tuple[str, int, int]]]:
    pieces: list[str] = []
    found: list[tuple[str, int, int]] = []
    at = length = 0
    for mark in notation.MARK.finditer(body):
        pieces.append(body[at : mark.start()])
        length += mark.start() - at
        found.append((mark[1], int(mark[2]), length))
        at = mark.end()
    pieces.append(body[at:])
    return "".join(pieces), found


def _number_end(text: str, start: int) -> int:
    for one in quantity.surfaces(text, start, min(len(text), start + SURFACE_CHARACTERS)):
        if one.start == start:
            return one.end
        break
    bare = _BARE_NUMBER.match(text, start)
    return bare.end() if bare else min(len(text), start + 1)


def _title_end(text: str, start: int) -> int:
    end = text.find("》", start)
    return end + 1 if end >= 0 else start


def _sentences(text: str, starts: Sequence[tuple[int, int]]) -> tuple[Numbered, ...]:
    ends = {one.start: one.end for one in sentences.cut(text, 0, len(text))} if starts else {}
    return tuple((number, start, ends.get(start) or _line_end(text, start)) for number, start in starts)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


@lru_cache(maxsize=8)
def _codebook(system: str) -> Mapping[str, Indicator]:
    rows: dict[str, Indicator] = {}
    topic = ""
    for line in system.splitlines():
        if line.startswith("# "):
            topic = line[2:].strip()
        elif topic and (found := _LINE.fullmatch(line)):
            code, label, definition, units = found.groups()
            if code == "other":
                rows[f"{topic}.other"] = Indicator(line.removeprefix("other "), "", ())
            else:
                rows[f"{topic}.{code}"] = Indicator(
                    label or definition, definition, tuple(units.split("/")) if units else ()
                )
    return rows
