"""
The words around a number, as features.

Character n-grams by where they stand: right before and after the number, in its clause, between the numbers beside it, in
the clauses before it, in the headings; the unit; and what the neighbour before was taken for. It knows no indicator and no
weights; the learner in `evals` and the reader beside it use the same words, so that what is learnt is what is read. Features
are told by four characters, a hash of their words: names would fill the weights' file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import Final
from zlib import crc32

from schemas.outline import Span

CLAUSE: Final = re.compile(r"[,\uff0c;\uff1b、:\uff1a。!\uff01?\uff1f\n(\uff08)\uff09]")
HARD: Final = re.compile(r"[,\uff0c;\uff1b:\uff1a。!\uff01?\uff1f\n]")
SENTENCE: Final = re.compile(r"[。!\uff01?\uff1f\n;\uff1b]")
UNIT: Final = re.compile(r"[^\d０-９.,%％‰余多来几近约超逾以上内下万亿千百十\s一二两三四五六七八九零〇半]+[\s]*$")
DIGITS: Final = re.compile(r"[\d０-９]")
REACH: Final = 60
# Units that count the same kind of thing.
KINDS: Final = {
    unit: kind
    for kind, units in {
        "people": "人 名 位 余人 余名 人次",
        "cases": "件 起 宗 件次 例 批次 份 卷 件套",
        "times": "次 场 场次 期 轮 轮次 堂 课时 届",
        "places": "个 家 户 所 处 户次 家次 间 支 座",
        "items": "项 条 类 大类 方面 部",
        "money": "元 万元 亿元",
        "rate": "% 个百分点",
        "time": "个工作日 工作日 天 年 分钟 小时 个月",
    }.items()
    for unit in units.split()
}
SIGNS: Final = ascii_letters + digits + "+/"
PAIRS: Final = [first + second for first in SIGNS for second in SIGNS]
FOLD: Final = str.maketrans("，；：（）！？．％、", ",;:()!?.%、")


@dataclass(frozen=True, slots=True)
class Place:
    """
    A number in its text: `start`..`end` of `text`, and the headings over it, the innermost last.

    `floor` is where the number before it ends and `ceiling` where the next one starts: the words between are its own.
    """

    text: str
    start: int
    end: int
    headings: Sequence[str]
    floor: int = 0
    ceiling: int | None = None


def unit_at(text: str, mark: Span) -> str:
    """The unit of the number at `mark`, "" for none."""
    return unit_of(text[mark.start : mark.end])


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
    return [*around(place), *linked(place, previous)]


def around(place: Place) -> list[str]:
    """What the words around a number say, whatever the number before it was taken for."""
    return [_key(words) for words in set(_around(place))]


def linked(place: Place, previous: str) -> list[str]:
    """What `previous`, the code of the number before it in the sentence, says, alone and with the words right before."""
    topic = previous.partition(".")[0]
    last = DIGITS.sub("0", _near(_before(place)))[-2:]
    unit = unit_of(place.text[place.start : place.end])
    words = ("c:" + previous, "t:" + topic, f"cp:{previous}|{last}", f"tp:{topic}|{last}", f"cu:{previous}|{unit}")
    return [_key(one) for one in words]


def _key(words: str) -> str:
    number = crc32(words.encode())
    return PAIRS[number >> 12 & 0xFFF] + PAIRS[number & 0xFFF]


def _before(place: Place) -> str:
    return _last(SENTENCE, place.text[max(0, place.start - REACH) : place.start]).translate(FOLD)


def _near(before: str) -> str:
    """The clause right before a number, with the one before it where it is but a character."""
    near = _last(CLAUSE, before)
    if len(near) >= 2:
        return near
    return _last(CLAUSE, before[: len(before) - len(near)].rstrip("、,;:()")) + near


def _around(place: Place) -> Iterator[str]:
    text, start, end = place.text, place.start, place.end
    surface = text[start:end]
    unit = unit_of(surface)
    before = _before(place)
    after = _first(SENTENCE, text[end : end + REACH // 2]).translate(FOLD)
    near = _near(before)
    clause = _last(HARD, before)
    far = before[: len(before) - len(clause)]
    right = _first(HARD, after)
    own = clause[max(0, len(clause) - (start - place.floor)) :]
    mine = right if place.ceiling is None else right[: place.ceiling - end]

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
    for gram in _grams(own, (2, 3, 4)) | _grams(mine, (2, 3, 4)):
        yield "w" + gram
    kind = KINDS.get(unit, unit)
    yield "kn:" + kind
    for gram in _grams(own, (2,)) | _grams(mine, (2,)):
        yield f"x{kind}|{gram}"
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
