"""
Observations judged: each gold one by its partner, each prediction without a partner as spurious or duplicate.

It knows which fields make an observation right, and nothing of sections, documents or averages.
"""

from collections.abc import Iterator
from typing import Final

from evals.classes import STRICT_ONLY, classes_of, numbers_in, sentence_around
from evals.facts import Fact, Sheet
from evals.gold import same_words
from evals.match import match_facts
from evals.outcome import Cell, Lost, Outcome, placed, word
from evals.places import Places

FIELDS: Final = ("indicator", "value", "unit", "qualifier", "aspect", "part_of", "area", "period")


def judge_facts(gold: Sheet, predicted: Sheet, text: str, blank: Outcome, lost: Lost) -> Iterator[Outcome]:
    """Outcomes of all observations: matched, missed, then spurious and duplicate predictions."""
    truth, said = gold.facts, predicted.facts
    matching = match_facts(truth, said)
    gold_starts: dict[int, set[int]] = {}
    for row, column in matching.pairs:
        gold_starts.setdefault(said[column].start, set()).add(truth[row].start)
    for row, column in matching.pairs:
        one, other = truth[row], said[column]
        begin, end = sentence_around(text, one.start, one.end)
        others = numbers_in(text, begin, end, besides=(one.start, one.end))
        base = _base_right(one.part_of, other.part_of, gold_starts)
        classes = classes_of(one, other, base, others)
        yield placed(blank, "observation", one, text, one.indicator).model_copy(
            update={
                "right": not set(classes) - set(STRICT_ONLY),
                "strict": not classes,
                "classes": classes,
                "agree": _agreeing(one, other, base),
                "topic": one.topic,
                "indicator": one.indicator,
                "gold": _row(one, text),
                "predicted": _row(other, text),
            }
        )
    matched = Places([(said[column].start, said[column].end) for _, column in matching.pairs])
    for row in matching.missed:
        one = truth[row]
        taken = matched.answers(one)
        wrong = {
            "kind": "missed",
            "right": False,
            "strict": False,
            "classes": ("missed",),
            "lost": "second_indicator" if taken else lost.fate(one),
            "gold": _row(one, text),
        }
        yield placed(blank, "observation", one, text, one.indicator).model_copy(
            update=wrong | {"topic": one.topic, "indicator": one.indicator}
        )
    for kind, columns in (("spurious", matching.spurious), ("duplicate", matching.duplicates)):
        for column in columns:
            other = said[column]
            judged = other.topic in gold.topics
            yield placed(blank, "observation", other, text, other.indicator).model_copy(
                update={
                    "kind": kind if judged else "unjudged",
                    "right": not judged,
                    "strict": not judged,
                    "classes": (kind,) if judged else (),
                    "topic": other.topic,
                    "indicator": other.indicator,
                    "predicted": _row(other, text),
                }
            )


def _base_right(gold: int | None, said: int | None, gold_starts: dict[int, set[int]]) -> bool:
    """Whether the predicted total or base is the one that answers the gold one."""
    if gold is None or said is None:
        return gold is said
    return gold in gold_starts.get(said, {said})


def _agreeing(gold: Fact, said: Fact, base: bool) -> tuple[str, ...]:
    same = {
        "span": (gold.start, gold.end) == (said.start, said.end),
        "value": (gold.value, gold.value_to) == (said.value, said.value_to) and gold.value is not None,
        "unit": gold.unit == said.unit,
        "qualifier": gold.qualifier == said.qualifier,
        "indicator": gold.indicator == said.indicator,
        "topic": gold.topic == said.topic,
        "aspect": gold.aspect == said.aspect,
        "part_of": base,
        "area": same_words(gold.area, said.area),
        "period": same_words(gold.period, said.period),
    }
    return tuple(name for name, agrees in same.items() if agrees)


def _row(one: Fact, text: str) -> dict[str, Cell]:
    return {
        "start": one.start,
        "end": one.end,
        "quote": text[one.start : one.end] or None,
        "indicator": one.indicator,
        "name": one.name,
        "value": None if one.value is None else format(one.value, "f"),
        "value_to": None if one.value_to is None else format(one.value_to, "f"),
        "unit": one.unit,
        "qualifier": one.qualifier,
        "aspect": one.aspect,
        "part_of": one.part_of,
        "area": word(one.area),
        "period": word(one.period),
        "origin": one.origin,
    }
