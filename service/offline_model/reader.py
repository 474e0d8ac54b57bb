"""
The brain of the offline model: marks to indicators by the words around them.

It reads only the request that it is sent: the part, its headings and the codebook of the prompt. What it has learnt is
`weights.json`, made by `python -m evals.learn` from the invented sentences of `evals/phrasebook`; no real report is in it.
A code of the codebook that it never learnt is chosen by the words of its label and definition. It is a baseline that any language model should beat.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from schemas.outline import Span
from service.offline_model import joins, names, statements
from service.offline_model.features import Place, features, unit_of
from service.offline_model.outline import Headings
from service.offline_model.request import Request
from service.offline_model.rows import placed

NONE: Final = "-"
# Tuned on the invented samples of evals/reports; see docs/decisions/003-offline-model.md.
OTHER_PENALTY: Final = 150
REFUSAL_PENALTY: Final = 400
REFUSAL_PENALTY_WORDS: Final = 250
LABEL_BONUS: Final = 120
_SENTENCE: Final = re.compile(r"[。!\uff01?\uff1f\n]")
_DIGIT: Final = re.compile(r"[\d０-９]")


def answer(request: Request) -> dict[str, Any]:
    """The reply for a part, or for the marks that a correction wants."""
    marks = [Span(start, end) for _, start, end in request.marks]
    numbers = [number for number, _, _ in request.marks]
    chosen = choose(request.text, marks, request.headings, request.codebook)
    spans = [Span(start, end) for _, start, end in request.sentences]
    problems, plans = statements.classify(request.text, request.headings, spans)
    rows = joins.join(request.text, marks, chosen, [spans[number - 1] for number in plans])
    wanted = set(request.wanted) if request.wanted else set(numbers)
    observations, refused = [], []
    for index, number in enumerate(numbers):
        if number not in wanted:
            continue
        row = rows[index]
        if chosen[index] == NONE:
            refused.append(number)
            continue
        words = [str(number), chosen[index], _name(request, marks[index], row.name)]
        if row.of is not None and numbers[row.of] in set(numbers):
            words.append(f"of={numbers[row.of]}")
        if row.aspect:
            words.append(f"aspect={row.aspect}")
        if row.area:
            words.append(f"area={row.area}")
        if row.period:
            words.append(f"period={row.period}")
        observations.append(" ".join(words))
    return {
        "observations": observations,
        "not_statistics": refused,
        "documents": [],
        "problems": [] if request.wanted else problems,
        "plans": [] if request.wanted else plans,
        "missed": [],
    }


def _name(request: Request, mark: Span, words: str) -> str:
    """In a table the words of its row and column, else those beside the number, else those of the heading."""
    place = placed(request.text, mark, request.headings)
    if place.text is not request.text:
        words = names.short(place.text[: place.start].replace(",", ""), last=True)
    if len(words) >= 2:
        return words
    around = names.short(request.text[max(0, mark.start - 30) : mark.start], last=True)
    return around or names.short(request.text[mark.end : mark.end + 30], last=False) or "数量"


def choose(text: str, marks: Sequence[Span], headings: Sequence[str], codebook: Mapping[str, Any]) -> list[str]:
    """An indicator for every mark, or "-" for no statistic, in text order: each decision sees the one before it."""
    weights = _weights()
    allowed = [code == NONE or code in codebook for code in weights.classes]
    unlearnt = [code for code in codebook if code not in weights.known]
    chosen: list[str] = []
    outline = Headings(text, headings)
    previous, end = "", 0
    for index, mark in enumerate(marks):
        if _SENTENCE.search(text, end, mark.start):
            previous = ""
        inherited = joins.inherited(text, marks, chosen, index)
        if inherited:
            code = inherited
        else:
            place = placed(text, mark, outline.at(mark.start))
            code = _best(weights, features(place, previous), place, allowed, unlearnt, codebook)
        chosen.append(code)
        if code != NONE:
            previous = code
        end = mark.end
    return chosen


class Weights:
    """Scores by feature and class, in hundredths."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.classes: list[str] = raw["classes"]
        self.known = frozenset(self.classes)
        self.other = [index for index, code in enumerate(self.classes) if code.endswith(".other")]
        self.none = self.classes.index(NONE)
        self._features: dict[str, list[int]] = raw["features"]

    def scores(self, seen: Iterable[str]) -> list[int]:
        """The sum of what every feature says for every class."""
        total = [0] * len(self.classes)
        for feature in set(seen):
            pairs = self._features.get(feature)
            if pairs:
                for at in range(0, len(pairs), 2):
                    total[pairs[at]] += pairs[at + 1]
        return total


@cache
def _weights() -> Weights:
    raw = files("service.offline_model").joinpath("weights.json").read_text("utf-8")
    return Weights(json.loads(raw))


def _best(
    weights: Weights,
    seen: Sequence[str],
    place: Place,
    allowed: Sequence[bool],
    unlearnt: Sequence[str],
    codebook: Mapping[str, Any],
) -> str:
    scores = weights.scores(seen)
    for index in weights.other:
        scores[index] -= OTHER_PENALTY
    digits = _DIGIT.search(place.text, place.start, place.end)
    scores[weights.none] -= REFUSAL_PENALTY if digits else REFUSAL_PENALTY_WORDS
    best = max((score, -index) for index, score in enumerate(scores) if allowed[index])
    code, score = weights.classes[-best[1]], best[0]
    if unlearnt:
        context = place.text[max(0, place.start - 30) : place.end + 12]
        unit = unit_of(place.text[place.start : place.end])
        for other in unlearnt:
            rival = LABEL_BONUS * _overlap(context, unit, codebook[other])
            if rival > score:
                code, score = other, rival
    return code


def _overlap(context: str, unit: str, indicator: Any) -> int:
    """How many of the label's and definition's word pairs stand in the context; none where the unit is a stranger."""
    if indicator.units and unit not in indicator.units:
        return 0
    words = f"{indicator.label} {indicator.definition}"
    return len({words[at : at + 2] for at in range(len(words) - 1) if words[at : at + 2] in context})
