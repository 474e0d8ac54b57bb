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
from service import notation

# A label whose characters all but stand in the definition says nothing new and is left out.
LABEL_IS_SAID: Final = 0.8
HEADING_CHARACTERS: Final = 60

Message = dict[str, str]


class Prompt:
    """One version of one prompt with a codebook filled in; immutable, made once."""

    def __init__(self, codebook: Codebook, name: str = "read_section", version: str = "v1") -> None:
        folder = files("prompts").joinpath(name, version)
        rules, self._ask, self._correction = (
            folder.joinpath(file).read_text("utf-8").strip() for file in ("system.txt", "ask.txt", "correction.txt")
        )
        self.name = f"{name}/{version}"
        self.system = f"{rules}\n{render_codebook(codebook)}"
        whole = "\0".join((self.system, self._ask, self._correction))
        self.fingerprint = f"{self.name}+{hashlib.sha256(whole.encode()).hexdigest()[:12]}"

    def messages(self, part: Part) -> list[Message]:
        """The request for a part: the system message never changes, the user message is the part."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self._show(part)}]

    def correction(self, part: Part, wrong: Sequence[str]) -> list[Message]:
        """The smaller request about the rows in question: the same bytes as before, then one line for each `wrong`."""
        listed = "\n".join(wrong)
        content = f"{self._show(part)}\n{self._correction}\n{listed}"
        return [{"role": "system", "content": self.system}, {"role": "user", "content": content}]

    def _show(self, part: Part) -> str:
        headings = " / ".join(heading[:HEADING_CHARACTERS] for heading in part.headings)
        blocks = [
            (notation.HEADINGS, headings),
            (notation.BEFORE, part.before),
            *((notation.NOTES, note) for note in part.notes),
        ]
        data = [notation.tagged(tag, notation.shown(content.strip())) for tag, content in blocks if content.strip()]
        data.append(notation.tagged(notation.BODY, show_body(part)))
        return "\n".join(data) + f"\n{self._ask}{_wanted(part)}"


def show_body(part: Part) -> str:
    """The part's text with its marks: sentences before titles before numbers where they start at one place."""
    marks = [
        *((span.start, 0, f"[s{number}]") for number, span in enumerate(part.sentences, start=1)),
        *((title.start, 1, f"[d{number}]") for number, title in enumerate(part.titles, start=1)),
        *((span.start, 2, f"[{number}]") for number, span in enumerate(part.marks, start=1)),
    ]
    pieces, at = [], 0
    for start, _, mark in sorted(marks):
        pieces += (notation.shown(part.text[at : start - part.start]), mark)
        at = start - part.start
    pieces.append(notation.shown(part.text[at:]))
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
