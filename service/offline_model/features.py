"""
The words around a number, as features.

Character n-grams by where they stand: right before and after the number, in its clause, in the clauses before it, in
the headings; the unit; and what the neighbour before was taken for. It knows no indicator and no weights; the learner
in `evals` and the reader beside it use the same words, so that what is learnt is what is read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

CLAUSE: Final = re.compile(r"[,\uff0c;\uff1b、:\uff1a。!\uff01?\uff1f\n(\uff08)\uff09]")
HARD: Final = re.compile(r"[,\uff0c;\uff1b:\uff1a。!\uff01?\uff1f\n]")
SENTENCE: Final = re.compile(r"[。!\uff01?\uff1f\n;\uff1b]")
UNIT: Final = re.compile(r"[^\d０-９.,%％‰余多来几近约超逾以上内下万亿千百十\s一二两三四五六七八九零〇半]+[\s]*$")
DIGITS: Final = re.compile(r"[\d０-９]")
REACH: Final = 60
FOLD: Final = str.maketrans("，；：（）！？．％、", ",;:()!?.%、")


@dataclass(frozen=True, slots=True)
class Place:
    """A number in its text: `start`..`end` of `text`, and the headings over it, the innermost last."""

    text: str
    start: int
    end: int
    headings: Sequence[str]


def unit_of(surface: str) -> str:
    """The unit words of a number surface, "" where it has none; per cent is "%"."""
    surface = surface.translate(FOLD)
    if surface.endswith(("%", "‰")) or surface.startswith("百分之"):
        return "%"
    for hedge in ("以上", "以内", "以下", "左右", "上下"):
        surface = surface.removesuffix(hedge)
    found = UNIT.search(surface)
    return found[0].strip() if found else ""


def features(place: Place, previous: str) -> list[str]:
    """All features of one number; `previous` is what the number before it in the sentence was taken for, or ""."""
    return list(_features(place, previous))


def _features(place: Place, previous: str) -> Iterator[str]:
    text, start, end = place.text, place.start, place.end
    surface = text[start:end]
    unit = unit_of(surface)
    before = _last(SENTENCE, text[max(0, start - REACH) : start]).translate(FOLD)
    after = _first(SENTENCE, text[end : end + REACH // 2]).translate(FOLD)
    near = _last(CLAUSE, before)
    if len(near) < 2:
        near = _last(CLAUSE, before[: len(before) - len(near)].rstrip("、,;:()")) + near
    clause = _last(HARD, before)
    far = before[: len(before) - len(clause)]
    right = _first(HARD, after)

    yield "u:" + unit
    yield "k:" + _kind(surface)
    masked = DIGITS.sub("0", near)
    for size in (1, 2, 3, 4, 6):
        if len(masked) >= size:
            yield f"p{size}:{masked[-size:]}"
        if len(right) >= size:
            yield f"n{size}:{right[:size]}"
    yield f"up:{unit}|{masked[-2:]}"
    yield f"un:{unit}|{right[:2]}"
    for gram in _grams(DIGITS.sub("0", clause), (2, 3)):
        yield "l" + gram
    for gram in _grams(near, (2, 3)):
        yield "a" + gram
    for gram in _grams(right, (2, 3)):
        yield "r" + gram
    for gram in _grams(DIGITS.sub("0", far), (2,)):
        yield "s" + gram
    for gram in _grams(after[len(right) :], (2,)):
        yield "f" + gram
    headings = [heading for heading in place.headings if heading]
    for gram in _grams(headings[-1] if headings else "", (2, 3)):
        yield "h" + gram
    for heading in headings[:-1]:
        for gram in _grams(heading, (2,)):
            yield "g" + gram
    topic = previous.partition(".")[0]
    yield "c:" + previous
    yield "t:" + topic
    yield f"cp:{previous}|{masked[-2:]}"
    yield f"tp:{topic}|{masked[-2:]}"
    yield f"cu:{previous}|{unit}"
    if start and text[start - 1] in '“‘"(（':
        yield "q:open"
    if text[end : end + 1] in ("”", "’", '"'):
        yield "q:close"


def _kind(surface: str) -> str:
    if surface.endswith(("%", "％")):
        return "rate"
    if not DIGITS.search(surface):
        return "words" + str(min(len(surface), 3))
    return "digits"


def _grams(words: str, sizes: Sequence[int]) -> set[str]:
    return {words[at : at + size] for size in sizes for at in range(len(words) - size + 1)}


def _last(pattern: re.Pattern[str], words: str) -> str:
    at = 0
    for found in pattern.finditer(words):
        at = found.end()
    return words[at:]


def _first(pattern: re.Pattern[str], words: str) -> str:
    found = pattern.search(words)
    return words[: found.start()] if found else words
