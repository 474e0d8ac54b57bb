"""
The brain of the offline model: marks to indicators by the words around them.

It reads only the request that it is sent: the part, its headings and the codebook of the prompt. What it has learnt is
`weights.json`, made by `python -m evals.learn` from the invented sentences of `evals/phrasebook`; no real report is in it.
A code of the codebook that it never learnt is chosen by the words of its label and definition. It is a baseline that any language model should beat.
"""

import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from heapq import nlargest
from importlib.resources import files
from operator import itemgetter
from typing import Any, Final

from schemas.outline import Span
from service.offline_model import joins, names, shares, slogans, statements
from service.offline_model.features import Place, around, linked, unit_of
from service.offline_model.joins import NONE
from service.offline_model.outline import Headings
from service.offline_model.punctuation import STOP
from service.offline_model.request import Request
from service.offline_model.rows import Tables

# Tuned on passages of the phrasebook that were left out of the learning; see docs/decisions/003-offline-model.md.
OTHER_PENALTY: Final = 75
REFUSAL_PENALTY: Final = 300
REFUSAL_PENALTY_WORDS: Final = 250
REFUSAL_PENALTY_AMOUNT: Final = 2000
LABEL_BONUS: Final = 120
# How the weights' file writes a class and a weight: as characters so far from these, a weight in steps.
FIRST_CLASS: Final = 0x100
ZERO: Final = 80
STEP: Final = 5
UTF_16: Final = f"utf-16-{sys.byteorder[0]}e"
# Decisions see the one before them, so the likeliest few chains are kept; a larger doubt trusts single decisions less.
WIDTH: Final = 4
DOUBT: Final = 200
UNLIKELY: Final = 3.0
# Shares and amounts, which no name or slogan has: 九成, 四分之三, 两亿多元, 三百余次.
_AMOUNT: Final = re.compile(r"成(?:[\u4e00-\u9fff]{1,2})?$|分之|[百千万亿](?:[余多]|[\u4e00-\u9fff]*元)|十[余多]")
_DIGIT: Final = re.compile(r"[\d０-９]")


def answer(request: Request) -> dict[str, Any]:
    """The reply for a part, or for the marks that a correction wants."""
    marks = [Span(start, end) for _, start, end in request.marks]
    numbers = [number for number, _, _ in request.marks]
    tables = Tables(request.text)
    chosen = _choose(tables, request.text, marks, request.headings, request.codebook)
    spans = [Span(start, end) for _, start, end in request.sentences]
    problems, plans = statements.classify(request.text, request.headings, spans)
    outline = Headings(request.text, request.headings)
    rows = joins.join(request.text, marks, chosen, [spans[number - 1] for number in plans], outline)
    wanted = set(request.wanted) if request.wanted else set(numbers)
    observations, refused = [], []
    for index, number in enumerate(numbers):
        if number not in wanted:
            continue
        row = rows[index]
        if chosen[index] == NONE:
            refused.append(number)
            continue
        label = request.codebook[chosen[index]].label
        words = [str(number), chosen[index], _name(request, tables, marks[index], row.name, label)]
        if row.of is not None:
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


def _name(request: Request, tables: Tables, mark: Span, words: str, label: str) -> str:
    """In a table the words of its row and column, else those beside the number, else the codebook's."""
    place = tables.place(mark, request.headings)
    if place.text is not request.text:
        words = names.short(place.text[: place.start].replace(",", ""), last=True)
    if len(words) >= 2:
        return words
    around = names.short(request.text[max(0, mark.start - 30) : mark.start], last=True)
    return around or names.short(request.text[mark.end : mark.end + 30], last=False) or names.short(label, last=False)


def choose(text: str, marks: Sequence[Span], headings: Sequence[str], codebook: Mapping[str, Any]) -> list[str]:
    """An indicator for every mark, or "-" for no statistic, in text order: of all chains of decisions the likeliest."""
    return _choose(Tables(text), text, marks, headings, codebook)


def _choose(
    tables: Tables, text: str, marks: Sequence[Span], headings: Sequence[str], codebook: Mapping[str, Any]
) -> list[str]:
    weights = _weights()
    learnt = [code if code == NONE or code in codebook else "" for code in weights.classes]
    unlearnt = {code: one for code, one in codebook.items() if code not in weights.known}
    outline, totals = Headings(text, headings), shares.totals(text, marks)
    paths, end = [Path(0.0, (), "")], 0
    for index, mark in enumerate(marks):
        if STOP.search(text, end, mark.start):
            paths = [replace(paths[0], previous="")]
        place = tables.place(mark, outline.at(mark.start))
        if place.text is text:
            place = replace(
                place,
                floor=marks[index - 1].end if index else 0,
                ceiling=marks[index + 1].start if index + 1 < len(marks) else None,
            )
        sure = NONE if slogans.counts_nothing(text, mark) else None
        says = _Says(weights, place, learnt, unlearnt)
        grown: list[Path] = []
        for path in paths:
            code = sure or joins.inherited(text, marks, path.chosen, index, totals)
            grown += [path.then(code, 0.0)] if code else [path.then(*one) for one in says.likely(path.previous)]
        paths = _best(grown)
        end = mark.end
    return list(paths[0].chosen)


@dataclass(frozen=True, slots=True)
class Path:
    """Decisions for the first marks of a part, the sum of their log chances, and the code that the next decision sees."""

    chance: float
    chosen: tuple[str, ...]
    previous: str

    def then(self, code: str, chance: float) -> "Path":
        """The path with one decision more."""
        return Path(self.chance + chance, (*self.chosen, code), self.previous if code == NONE else code)


def _best(paths: Sequence[Path]) -> list[Path]:
    """The likeliest, one for each thing that a later decision can see."""
    best: dict[tuple[str, str], Path] = {}
    for path in sorted(paths, key=lambda one: -one.chance):
        best.setdefault((path.previous, path.chosen[-1]), path)
    found = list(best.values())[:WIDTH]
    return [path for path in found if path.chance > found[0].chance - UNLIKELY]


class _Says:
    """What the words around one number say for every code."""

    def __init__(self, weights: "Weights", place: Place, learnt: Sequence[str], unlearnt: Mapping[str, Any]) -> None:
        self._weights, self._place, self._learnt = weights, place, learnt
        self._unlearnt = unlearnt
        self._known: dict[str, list[tuple[str, float]]] = {}

    @cached_property
    def _alone(self) -> list[int]:
        """The scores whatever came before."""
        scores = self._weights.scores(around(self._place))
        for index in self._weights.other:
            scores[index] -= OTHER_PENALTY
        scores[self._weights.none] -= _penalty(self._place.text[self._place.start : self._place.end])
        return scores

    @cached_property
    def _rivals(self) -> list[tuple[int, str]]:
        """The scores of codes that were never learnt."""
        place, unlearnt = self._place, self._unlearnt
        context = place.text[max(0, place.start - 30) : place.end + 12]
        unit = unit_of(place.text[place.start : place.end]) if unlearnt else ""
        return [(LABEL_BONUS * _overlap(context, unit, one), code) for code, one in unlearnt.items()]

    def likely(self, previous: str) -> list[tuple[str, float]]:
        """The likeliest codes after `previous` with the logarithms of their chances."""
        if previous not in self._known:
            scores = self._weights.scores(linked(self._place, previous), self._alone)
            rivals = [*zip(scores, self._learnt, strict=True), *self._rivals]
            most = max(score for score, code in rivals if code)
            near = [(score, code) for score, code in rivals if code and score > most - UNLIKELY * DOUBT]
            total = sum(math.exp((score - most) / DOUBT) for score, _ in near)
            found = nlargest(WIDTH, near, key=itemgetter(0))
            self._known[previous] = [(code, (score - most) / DOUBT - math.log(total)) for score, code in found]
        return self._known[previous]


class Weights:
    """
    Scores by feature and class, in hundredths.

    As stored: a string for each feature, its four characters, then a character for each class and one for its weight.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.classes: list[str] = raw["classes"]
        self.known = frozenset(self.classes)
        self.other = [index for index, code in enumerate(self.classes) if code.endswith(".other")]
        self.none = self.classes.index(NONE)
        self._features: dict[str, str] = {line[:4]: line[4:] for line in raw["features"]}

    def scores(self, seen: Iterable[str], before: Sequence[int] = ()) -> list[int]:
        """The sum of what every feature says for every class, on top of what was said `before`."""
        found = "".join([self._features.get(feature, "") for feature in seen])
        numbers = memoryview(found.encode(UTF_16)).cast("H").tolist()
        total = [0] * FIRST_CLASS + (list(before) or [0] * len(self.classes))
        for place, weight in zip(numbers[::2], numbers[1::2], strict=True):
            total[place] += STEP * (weight - ZERO)
        return total[FIRST_CLASS:]


@cache
def _weights() -> Weights:
    raw = files("service.offline_model").joinpath("weights.json").read_text("utf-8")
    return Weights(json.loads(raw))


def _penalty(surface: str) -> int:
    """How much speaks against refusing a number: it is an amount, written in digits, or a word or two."""
    if _AMOUNT.search(surface):
        return REFUSAL_PENALTY_AMOUNT
    return REFUSAL_PENALTY if _DIGIT.search(surface) else REFUSAL_PENALTY_WORDS


def _overlap(context: str, unit: str, indicator: Any) -> int:
    """How many of the label's and definition's word pairs stand in the context; none where the unit is a stranger."""
    if indicator.units and unit not in indicator.units:
        return 0
    words = f"{indicator.label} {indicator.definition}"
    return len({words[at : at + 2] for at in range(len(words) - 1) if words[at : at + 2] in context})
