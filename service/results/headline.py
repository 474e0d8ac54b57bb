"""
The one figure that a report gives for an indicator, or why there is none; and the sentence that proves a figure.

A cell takes the observations without aspect and area that are no part of another: several are listed, never summed. A rate
names its base in `part_of`, a stage what it came out of (129 accepted of 143 applications), and that makes neither a part: only a
share of the same indicator is one. "Not reported" is said only where nothing in the report is
unread or doubtful, and never where the figure is given for parts alone. It knows the contract, and no table or page.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from schemas.codebook import Codebook
from schemas.extraction import Extraction, Observation
from service.text.sentences import cut

Standing = Literal["reported", "parts_only", "not_reported", "unknown"]
PER_CENT: Final = ("%", "％", "‰")


@dataclass(frozen=True, slots=True)
class Cell:
    """`figures` are there only where it is reported."""

    standing: Standing
    figures: tuple[Observation, ...] = ()


def headlines(extraction: Extraction, codebook: Codebook) -> Mapping[str, Cell]:
    """A cell for every indicator that the report has an observation of; `without` tells of all others."""
    figures: dict[str, list[Observation]] = {}
    by_id = {one.id: one for one in extraction.observations}
    for one in extraction.observations:
        figures.setdefault(one.indicator, [])
        if _is_headline(one, by_id.get(one.part_of or ""), codebook):
            figures[one.indicator].append(one)
    return {code: Cell("reported", tuple(ones)) if ones else Cell("parts_only") for code, ones in figures.items()}


def without(extraction: Extraction) -> Cell:
    """The cell of an indicator that the report has no observation of."""
    open_questions = bool(extraction.unread) or any(one.doubt for one in extraction.set_aside)
    unread = open_questions or any(one.status == "unread" for one in extraction.sections)
    return Cell("unknown" if unread else "not_reported")


def _is_headline(one: Observation, whole: Observation | None, codebook: Codebook) -> bool:
    """Whether an observation speaks for the whole report under its indicator; `whole` is what it is a share of."""
    rate = one.unit in PER_CENT and one.indicator in codebook and codebook.indicators[one.indicator].kind == "rate"
    part = whole is not None and whole.indicator == one.indicator and not rate
    return one.aspect is None and one.area is None and not part


def digits(one: Observation) -> str:
    """The value as a cell shows it: bare digits, a range with a dash, hedges and units left to the observations' table."""
    return one.value if one.value_to is None else f"{one.value}-{one.value_to}"


class Sentences:
    """Finds the sentence of a place in a text; None for a text that is not at hand."""

    def __init__(self, text: str | None) -> None:
        self._text = text or ""
        self._spans = cut(self._text, 0, len(self._text))
        self._starts = [one.start for one in self._spans]

    def at(self, offset: int) -> str | None:
        """The sentence that holds `offset`; None outside all, or without a text."""
        index = bisect_right(self._starts, offset) - 1
        if index < 0 or offset >= self._spans[index].end:
            return None
        return self._text[self._spans[index].start : self._spans[index].end]
