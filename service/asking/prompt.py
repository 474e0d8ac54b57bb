"""
What a language model is shown: the fixed part, byte-identical over all calls, then one part of a report as data.

Texts are files under `prompts/`, with versions; this room fills in the codebook and the part. It knows nothing of
endpoints, replies or values. Report text is never a template: it is only ever joined to other strings.
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from schemas.codebook import Codebook, Indicator
from schemas.mention import Part
from service.asking import notation
from service.asking.excerpt import excerpt

# A label whose characters all but stand in the definition says nothing new and is left out.
LABEL_IS_SAID: Final = 0.8
HEADING_CHARACTERS: Final = 60
LEFT_OUT: Final = "……"
# Raised when the way a part is shown changes, so that cached readings of the older way are not taken for it.
NOTATION: Final = "1"

Message = dict[str, str]


class Prompt:
    """One version of one prompt with a codebook filled in; immutable, made once."""

    def __init__(self, codebook: Codebook, name: str = "read_section", version: str = "v1") -> None:
        folder = files("prompts").joinpath(name, version)
        rules, table, self._ask, self._correction = (
            folder.joinpath(file).read_text("utf-8").strip() + "\n"
            for file in ("system.txt", "codebook.txt", "ask.txt", "correction.txt")
        )
        self.name = f"{name}/{version}"
        self.rules = rules
        self.system = f"{rules}\n{table}{render_codebook(codebook)}"
        whole = "\0".join((self.system, self._ask, self._correction, NOTATION))
        self.fingerprint = f"{self.name}+{hashlib.sha256(whole.encode()).hexdigest()[:12]}"

    def messages(self, part: Part) -> list[Message]:
        """The request for a part: a system message that never changes, a user message that is the part."""
        return self._request(part, self._show(part))

    def correction(self, part: Part, wrong: Sequence[str]) -> list[Message]:
        """The smaller request about the rows in question: the same bytes as before, then one line for each `wrong`."""
        return self._request(part, f"{self._show(part)}\n{self._correction}" + "\n".join(wrong))

    def _request(self, part: Part, content: str) -> list[Message]:
        # Without a number there is no indicator to choose: the codebook, which comes last, is left off.
        system = self.system if part.marks else self.rules
        return [{"role": "system", "content": system}, {"role": "user", "content": content}]

    def _show(self, part: Part) -> str:
        headings = " / ".join(heading[:HEADING_CHARACTERS] for heading in part.headings)
        blocks = [
            (notation.HEADINGS, headings),
            (notation.BEFORE, part.before),
            *((notation.NOTES, note) for note in part.notes),
        ]
        data = [notation.tagged(tag, notation.shown(content.strip())) for tag, content in blocks if content.strip()]
        data.append(notation.tagged(notation.BODY, show_body(part)))
        return "\n".join(data) + f"\n{self._ask.strip()}{_wanted(part)}"


def show_body(part: Part) -> str:
    """The part's text with its marks: sentences before titles before numbers where they start at one place."""
    marks = sorted(
        [
            *((span.start - part.start, 0, f"[s{number}]") for number, span in enumerate(part.sentences, start=1)),
            *((title.start - part.start, 1, f"[d{number}]") for number, title in enumerate(part.titles, start=1)),
            *((span.start - part.start, 2, f"[{number}]") for number, span in enumerate(part.marks, start=1)),
        ]
    )
    pieces: list[str] = []
    reached = 0
    for span in excerpt(part):
        if span.start > reached:
            pieces.append(LEFT_OUT)
        at = span.start
        for start, _, mark in marks:
            if span.start <= start < span.end:
                pieces += (notation.shown(part.text[at:start]), mark)
                at = start
        pieces.append(notation.shown(part.text[at : span.end]))
        reached = span.end
    return "".join(pieces)


def render_codebook(codebook: Codebook) -> str:
    """All indicators by topic, a line each: `code label:definition(units)≠neighbours`."""
    lines: list[str] = []
    topic = ""
    for indicator in codebook.indicators.values():
        if indicator.topic != topic:
            topic = indicator.topic
            lines.append(f"# {topic}")
        lines.append(_line(indicator))
    return "\n".join(lines)


def _line(indicator: Indicator) -> str:
    short = indicator.code.removeprefix(f"{indicator.topic}.")
    if short == "other":
        return f"{short} {indicator.label_zh}"
    units = f"({'/'.join(indicator.units)})" if indicator.units else ""
    neighbours = " ".join(code.removeprefix(indicator.topic) for code in indicator.not_)
    label = "" if _is_said(indicator.label_zh, indicator.definition_zh) else f"{indicator.label_zh}:"
    return f"{short} {label}{indicator.definition_zh}{units}" + (f"≠{neighbours}" if neighbours else "")


def _is_said(label: str, definition: str) -> bool:
    characters = {character for character in label if character.isalnum()}
    return sum(character in definition for character in characters) >= LABEL_IS_SAID * len(characters)


def _wanted(part: Part) -> str:
    groups = (("", len(part.marks)), ("d", len(part.titles)), ("s", len(part.sentences)))
    named = [f"[{kind}1]" + (f"至[{kind}{count}]" if count > 1 else "") for kind, count in groups if count]
    return "、".join(named) + "。"
