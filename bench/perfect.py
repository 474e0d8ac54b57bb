"""
A perfect model made of gold: it answers a part, or a plain loop's section, with exactly what was labelled there.

It speaks through the offline endpoint, as slowly as it is told, and misbehaves on demand. It knows gold and the two kinds of
question, and nothing of how they are judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench import plain_loop
from evals.cases import Case
from evals.gold import GoldObservation, Words, say
from schemas.codebook import load_codebook
from schemas.mention import Part
from schemas.outline import Span
from service.asking.parts import halve
from service.asking.prompt import Prompt
from service.extract import plan
from service.offline_model import faults
from service.offline_model.faults import Fault
from service.offline_model.request import read_request
from service.offline_model.wire import OfflineModel
from service.text import quantity

ROUND_A_NUMBER = (0, 4, 8, 16, 32, 64)


class Perfect(OfflineModel):
    """`answers` by the text of the question."""

    def __init__(self, answers: Mapping[str, dict[str, Any]], **options: Any) -> None:
        super().__init__(**options)
        self._answers = answers

    def reply(self, body: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        messages = body["messages"]
        request = read_request(messages)
        if not request.text:
            return self._answers[next(one["content"] for one in messages if one["role"] == "user")]
        answer = self._answers[key_of(request.headings, request.text)]
        wanted = request.wanted or tuple(number for number, _, _ in request.marks if request.asks_rows)
        rows = [row for row in answer["observations"] if int(row.split(" ", 1)[0]) in wanted]
        refused = [mark for mark in answer["not_statistics"] if mark in wanted]
        said = ("documents", "problems", "plans", "missed") if request.asks_statements else ()
        answer = {**faults.EMPTY_REPLY, "observations": rows, "not_statistics": refused, **{k: answer[k] for k in said}}
        return faults.spoil_rows(fault, answer)


def key_of(headings: Sequence[str], text: str) -> str:
    return "\0".join((*headings, text))


def part_answers(cases: Iterable[Case], prompt: Prompt) -> dict[str, dict[str, Any]]:
    """The reply to every part, and to every half of one that is cut in two."""
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        waiting = list(plan(case.loaded).parts)
        while waiting:
            part = waiting.pop()
            request = read_request(prompt.messages(part))
            found[key_of(request.headings, request.text)] = _part_answer(case, part)
            waiting += halve(part) or ()
    return found


def _part_answer(case: Case, part: Part) -> dict[str, Any]:
    inside = [one for one in case.gold.observations if part.start <= one.start and one.end <= part.end]
    marks = dict(enumerate(part.marks, start=1))
    by_start = {one.start: number for number, span in marks.items() for one in inside if _same(span, one)}
    rows, observed, missed = [], set(), []
    for one in inside:
        number = next((number for number, span in marks.items() if _same(span, one)), None)
        name = _name_of(case, one)
        if number is None:
            quote = _quote(part, one)
            if quote:
                missed.append(f"{one.indicator} | {name} | {quote}")
            continue
        observed.add(number)
        row = f"{number} {one.indicator} {name}"
        base = by_start.get(one.part_of) if one.part_of is not None else None
        row += f" of={base}" if base and base != number else ""
        row += f" aspect={one.aspect}" if one.aspect else ""
        row += _words(case, "area", one.area) + _words(case, "period", one.period)
        rows.append(row)
    actions = {one.start: one.action for one in case.gold.documents}
    return {
        "observations": rows,
        "not_statistics": [number for number in marks if number not in observed],
        "documents": [f"d{n} {actions[t.start]}" for n, t in enumerate(part.titles, start=1) if t.start in actions],
        "problems": _said(part.sentences, case.gold.problems),
        "plans": _said(part.sentences, case.gold.plans),
        "missed": missed,
    }


def _same(span: Span, one: GoldObservation) -> bool:
    shared = min(span.end, one.end) - max(span.start, one.start)
    return shared > 0 and 2 * shared >= max(span.end, one.end) - min(span.start, one.start)


def _quote(part: Part, one: GoldObservation) -> str | None:
    """The shortest words around an unmarked number that stand once in the part and hold it alone."""
    start, end = one.start - part.start, one.end - part.start
    for more in ROUND_A_NUMBER:
        quote = part.text[max(0, start - more) : end]
        if part.text.count(quote) == 1 and len(quantity.surfaces(part.text, max(0, start - more), end)) == 1:
            return quote
    return None


def _said(sentences: Sequence[Span], labelled: Iterable[Any]) -> list[int]:
    spans = [(one.start, one.end) for one in labelled]
    return [
        number
        for number, one in enumerate(sentences, start=1)
        if any(2 * (min(end, one.end) - max(start, one.start)) >= one.end - one.start for start, end in spans)
    ]


def section_answers(cases: Iterable[Case]) -> dict[str, dict[str, Any]]:
    """The reply to every section of the plain loop."""
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        for start, end in plain_loop.cut(case.text):
            inside = [one for one in case.gold.observations if start <= one.start < end]
            found[case.text[start:end]] = {"facts": [_fact(case, one) for one in inside]}
    return found


def _name_of(case: Case, one: GoldObservation) -> str:
    """Gold of real reports keeps no words of theirs: there the indicator's label is the name."""
    return one.name or load_codebook().indicators[one.indicator].label_zh


def _words(case: Case, field: str, words: Words | None) -> str:
    said = say(words, case.text)
    return f" {field}={said}" if isinstance(said, str) else ""


def _fact(case: Case, one: GoldObservation) -> dict[str, Any]:
    """As loops have it: the number again in a quote of its clause."""
    text = case.text
    left = max((text.rfind(stop, 0, one.start) for stop in "。;\uff1b,\uff0c\n"), default=-1) + 1
    right = min(
        (at for at in (text.find(stop, one.end) for stop in "。;\uff1b,\uff0c\n") if at >= 0), default=len(text)
    )
    return {
        "indicator": one.indicator,
        "name": _name_of(case, one),
        "value": one.value,
        "unit": one.unit,
        "qualifier": one.qualifier,
        "quote": text[left:right].strip(),
    }
