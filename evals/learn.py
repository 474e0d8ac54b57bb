"""
Learn the offline model's weights from the phrasebook: `python -m evals.learn`.

Multinomial logistic regression over character n-grams, from invented labelled sentences and the codebook's own phrasings;
no real report is read. A feature has weights for the codes that it was seen with and no others: there lies nearly all that
can be learnt, in a hundredth of the room. The result is committed: `service/offline_model/weights.json`. Deterministic.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from schemas.codebook import load_codebook
from service import Place, offline_features

PHRASEBOOK: Final = Path(__file__).parent / "phrasebook"
WEIGHTS: Final = Path(__file__).parents[1] / "service" / "offline_model" / "weights.json"
TAG: Final = re.compile(r"\{([^{}|]*)\|([^{}|]*)(?:\|([^{}|]*))?\}")
SENTENCE: Final = re.compile(r"[。!\uff01?\uff1f\n]")
NONE: Final = "-"
# How the file writes a class and a weight, as the reader's `Weights` reads them; a weight is told in twentieths.
FIRST_CLASS: Final = 0x100
ZERO: Final = 80
STEPS: Final = 20
LARGEST: Final = 45
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with its labelled numbers: (start, end, code)."""

    headings: tuple[str, ...]
    text: str
    numbers: tuple[tuple[int, int, str], ...]


def read_line(line: str) -> Example:
    """`heading/path<TAB>text with {surface|code}`; ValueError for a line without a tab."""
    path, tab, tagged = line.rstrip("\n").partition("\t")
    if not tab:
        raise ValueError("a phrasebook line is: headings, a tab, the text")
    pieces, numbers, at, length = [], [], 0, 0
    for found in TAG.finditer(tagged):
        pieces += [tagged[at : found.start()], found[1]]
        length += found.start() - at
        numbers.append((length, length + len(found[1]), found[2]))
        length += len(found[1])
        at = found.end()
    pieces.append(tagged[at:])
    headings = tuple(word for word in re.split(r"[/／]", path) if word)
    return Example(headings=headings, text="".join(pieces), numbers=tuple(numbers))


def examples() -> Iterator[Example]:
    """The phrasebook, then the codebook's own phrasings with and without their label."""
    for path in sorted(PHRASEBOOK.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                yield read_line(line)
    for indicator in load_codebook().indicators.values():
        for phrase in indicator.examples:
            at = phrase.rfind("N")
            if at < 0:
                continue
            unit = next(
                (u for u in sorted(indicator.units, key=len, reverse=True) if phrase[at + 1 :].startswith(u)), ""
            )
            text = phrase.replace("N", "8")
            yield Example((indicator.label_zh,), text, ((at, at + 1 + len(unit), indicator.code),))
            shift = len(indicator.label_zh)
            number = (shift + at, shift + at + 1 + len(unit), indicator.code)
            yield Example((), indicator.label_zh + text, (number,))


def instances(source: Iterator[Example]) -> tuple[list[list[str]], list[str], list[int]]:
    """
    Features, code and sentence of every number; the number before it is taken as labelled.

    Every sentence counts twice, with and without its headings: the phrasebook's name the matter more plainly than reports' do.
    """
    seen, codes, sentences = [], [], []
    for sentence, example in enumerate(source):
        for headings in dict.fromkeys((example.headings, ())):
            previous, end = "", 0
            for index, (start, stop, code) in enumerate(example.numbers):
                if SENTENCE.search(example.text, end, start):
                    previous = ""
                after = example.numbers[index + 1 :]
                place = Place(example.text, start, stop, headings, floor=end, ceiling=after[0][0] if after else None)
                seen.append(offline_features(place, previous))
                codes.append(code)
                sentences.append(sentence)
                previous = previous if code == NONE else code
                end = stop
    return seen, codes, sentences


def repeated(seen: Sequence[Sequence[str]], sentences: Sequence[int]) -> list[str]:
    """The features of two sentences or more."""
    first: dict[str, int] = {}
    more: set[str] = set()
    for features, sentence in zip(seen, sentences, strict=True):
        more.update(feature for feature in features if first.setdefault(feature, sentence) != sentence)
    return sorted(more)


def learn(
    seen: Sequence[Sequence[str]],
    codes: Sequence[str],
    names: Sequence[str],
    *,
    strength: float,
    iterations: int,
    keep: int,
) -> tuple[list[str], Vector]:
    """
    Classes, and weights of shape (names, classes), all but the `keep` largest 0.

    Learnt twice: with all features, then on with only the largest weights of the first time.
    """
    column = {feature: index for index, feature in enumerate(names)}
    classes = sorted(set(codes))
    number = {code: index for index, code in enumerate(classes)}
    indices, pointers = [], [0]
    for features in seen:
        indices += sorted({column[feature] for feature in features if feature in column})
        pointers.append(len(indices))
    ones = np.ones(len(indices), np.float32)
    matrix = sparse.csr_matrix((ones, indices, pointers), shape=(len(seen), len(names)))
    truth = np.array([number[code] for code in codes])
    told = sparse.csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), truth)), shape=(len(codes), len(classes)))
    together = (matrix.T @ told).tocoo()
    free = np.sort(together.row.astype(np.int64) * len(classes) + together.col)
    loss = _Loss(matrix, truth, len(classes), strength)
    weights = descend(loss.of(free), np.zeros(len(free), np.float32), iterations)
    if keep < len(free):
        largest = np.sort(np.argpartition(-np.abs(weights), keep)[:keep])
        free = free[largest]
        weights = descend(loss.of(free), weights[largest], iterations // 2)
    return classes, loss.spread(free, weights)


class _Loss:
    """How badly weights explain the codes, and which way that changes; weights that are not free are 0."""

    def __init__(self, matrix: sparse.csr_matrix, truth: NDArray[np.int64], classes: int, strength: float) -> None:
        self._matrix, self._transposed, self._truth = matrix, matrix.T.tocsr(), truth
        self._shape, self._strength = (matrix.shape[1], classes), strength

    def spread(self, free: NDArray[np.int64], weights: Vector) -> Vector:
        whole = np.zeros(self._shape, np.float32)
        whole.reshape(-1)[free] = weights
        return whole

    def of(self, free: NDArray[np.int64]) -> Callable[[Vector], tuple[float, Vector]]:
        """Loss and gradient as a function of the free weights."""
        rows = np.arange(len(self._truth))

        def loss(weights: Vector) -> tuple[float, Vector]:
            scores = self._matrix @ self.spread(free, weights)
            scores -= scores.max(axis=1, keepdims=True)
            chances = np.exp(scores)
            total = chances.sum(axis=1)
            surprise = float((np.log(total) - scores[rows, self._truth]).sum(dtype=np.float64))
            chances /= total[:, None]
            chances[rows, self._truth] -= 1
            gradient = (self._transposed @ chances).reshape(-1)[free]
            penalty = 0.5 * self._strength * _dot(weights, weights)
            return surprise + penalty, gradient + np.float32(self._strength) * weights

        return loss


def descend(loss: Callable[[Vector], tuple[float, Vector]], at: Vector, steps: int, memory: int = 6) -> Vector:
    """L-BFGS in single precision: scipy's is twice as slow at half a million weights."""
    value, gradient = loss(at)
    moves: list[tuple[Vector, Vector]] = []
    for _ in range(steps):
        way, shares = gradient.copy(), []
        for move, turn in reversed(moves):
            shares.append(_dot(move, way) / _dot(move, turn))
            way -= np.float32(shares[-1]) * turn
        way *= np.float32(_scale(moves, gradient))
        for (move, turn), share in zip(moves, reversed(shares), strict=True):
            way += np.float32(share - _dot(turn, way) / _dot(move, turn)) * move
        slope, length = _dot(gradient, way), 1.0
        lower, other = loss(at - way)
        while lower > value - 1e-4 * length * slope and length > 1e-3:
            length /= 2
            lower, other = loss(at - np.float32(length) * way)
        move, turn = np.float32(-length) * way, other - gradient
        if _dot(move, turn) > 0:
            moves = [*moves[1 - memory :], (move, turn)]
        at, value, gradient = at + move, lower, other
    return at


def _scale(moves: Sequence[tuple[Vector, Vector]], gradient: Vector) -> float:
    if not moves:
        return 1 / max(sqrt(_dot(gradient, gradient)), 1e-9)
    move, turn = moves[-1]
    return _dot(move, turn) / _dot(turn, turn)


def _dot(one: Vector, other: Vector) -> float:
    """Summed by numpy itself: a threaded BLAS would add up in an order that depends on the machine's cores."""
    return float(np.multiply(one, other, dtype=np.float64).sum())


def as_lines(names: Sequence[str], weights: Vector) -> list[str]:
    """A string for each feature: its name, then a character for each class and one for its weight; what rounds to 0 is left out."""
    rounded = np.clip(np.rint(weights * STEPS), -LARGEST, LARGEST).astype(int)
    return [
        name + "".join(chr(FIRST_CLASS + place) + chr(ZERO + row[place]) for place in np.flatnonzero(row))
        for name, row in zip(names, rounded, strict=True)
        if row.any()
    ]


def write(path: Path, classes: Sequence[str], lines: Sequence[str]) -> None:
    """One feature a line, so that a change of the phrasebook shows as a change of lines."""
    head = json.dumps(list(classes), ensure_ascii=False)
    body = ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(f'{{"classes":{head},\n"features":[\n{body}\n]}}\n', "utf-8")


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strength", type=float, default=0.6, help="L2 regularisation")
    parser.add_argument("--iterations", type=int, default=40)
    parser.add_argument("--keep", type=int, default=320_000, help="weights kept")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    seen, codes, sentences = instances(examples())
    names = repeated(seen, sentences)
    classes, weights = learn(
        seen, codes, names, strength=arguments.strength, iterations=arguments.iterations, keep=arguments.keep
    )
    lines = as_lines(names, weights)
    write(arguments.output, classes, lines)
    size = arguments.output.stat().st_size
    print(f"{len(codes)} numbers, {len(classes)} classes, {len(lines)} features, {size:,} bytes: {arguments.output}")  # noqa: T201


if __name__ == "__main__":
    main()
