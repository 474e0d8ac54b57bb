"""
Learn the offline model's weights from the phrasebook: `python -m evals.learn`.

Multinomial logistic regression over character n-grams, from invented labelled sentences and the codebook's own phrasings;
no real report is read. The result is small and committed: `service/offline_model/weights.json`. Deterministic.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from schemas.codebook import load_codebook
from service import Place, offline_features

PHRASEBOOK: Final = Path(__file__).parent / "phrasebook"
WEIGHTS: Final = Path(__file__).parents[1] / "service" / "offline_model" / "weights.json"
TAG: Final = re.compile(r"\{([^{}|]*)\|([^{}|]*)(?:\|([^{}|]*))?\}")
SENTENCE: Final = re.compile(r"[。!\uff01?\uff1f\n]")
NONE: Final = "-"


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


def instances(source: Iterator[Example]) -> tuple[list[list[str]], list[str]]:
    """
    Features and code of every number; the number before it is taken as labelled.

    Every sentence counts twice, with and without its headings: the phrasebook's name the matter more plainly than reports' do.
    """
    seen, codes = [], []
    for example in source:
        for headings in dict.fromkeys((example.headings, ())):
            previous, end = "", 0
            for start, stop, code in example.numbers:
                if SENTENCE.search(example.text, end, start):
                    previous = ""
                seen.append(offline_features(Place(example.text, start, stop, headings), previous))
                codes.append(code)
                previous = previous if code == NONE else code
                end = stop
    return seen, codes


def learn(
    seen: Sequence[Sequence[str]], codes: Sequence[str], *, strength: float, iterations: int, keep: int
) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """
    Feature names (seen twice or more), classes, and weights of shape (features, classes), all but `keep` of them 0.

    Learnt twice: on everything, then once more with only the largest weights of the first time.
    """
    counts = Counter(feature for features in seen for feature in set(features))
    names = sorted(feature for feature, count in counts.items() if count >= 2)
    column = {feature: index for index, feature in enumerate(names)}
    classes = sorted(set(codes))
    indices, pointers = [], [0]
    for features in seen:
        indices += sorted({column[feature] for feature in features if feature in column})
        pointers.append(len(indices))
    ones = np.ones(len(indices), np.float32)
    matrix = sparse.csr_matrix((ones, indices, pointers), shape=(len(seen), len(names)))
    truth = np.zeros((len(codes), len(classes)), np.float32)
    truth[np.arange(len(codes)), [classes.index(code) for code in codes]] = 1
    first = _fit(matrix, truth, np.ones((len(names), len(classes)), bool), strength=strength, iterations=iterations)
    least = np.partition(np.abs(first), -keep, axis=None)[-keep] if keep < first.size else 0.0
    return names, classes, _fit(matrix, truth, np.abs(first) >= least, strength=strength, iterations=iterations)


def _fit(
    matrix: sparse.csr_matrix, truth: NDArray[np.float32], free: NDArray[np.bool_], *, strength: float, iterations: int
) -> NDArray[np.float32]:
    """Weights that explain `truth` best, those that are not `free` held at 0."""
    transposed = matrix.T.tocsr()

    def spread(flat: NDArray[np.float64]) -> NDArray[np.float32]:
        weights = np.zeros(free.shape, np.float32)
        weights[free] = flat
        return weights

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = spread(flat)
        scores = matrix @ weights
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        total = raised.sum(axis=1, keepdims=True)
        surprise = float(np.log(total).sum() - (scores * truth).sum())
        gradient = transposed @ (raised / total - truth)
        penalty = 0.5 * strength * float(flat @ flat)
        return surprise + penalty, gradient[free].astype(np.float64) + strength * flat

    start = np.zeros(int(free.sum()))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 5})
    return spread(found.x)


def as_features(names: Sequence[str], weights: NDArray[np.float32]) -> dict[str, list[int]]:
    """The weights in hundredths, as feature -> [class, weight, class, weight, …]; what rounds to 0 is left out."""
    rounded = np.rint(weights * 100).astype(int)
    return {
        name: [number for position in np.flatnonzero(row) for number in (int(position), int(row[position]))]
        for name, row in zip(names, rounded, strict=True)
        if row.any()
    }


def write(path: Path, classes: Sequence[str], features: dict[str, list[int]]) -> None:
    """One feature a line, so that a change of the phrasebook shows as a change of lines."""
    lines = [
        f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(pairs, separators=(',', ':'))}"
        for name, pairs in sorted(features.items())
    ]
    head = json.dumps(list(classes), ensure_ascii=False)
    path.write_text(f'{{"classes":{head},\n"features":{{\n' + ",\n".join(lines) + "\n}}\n", "utf-8")


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strength", type=float, default=0.6, help="L2 regularisation")
    parser.add_argument("--iterations", type=int, default=40)
    parser.add_argument("--keep", type=int, default=80_000, help="weights kept")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    seen, codes = instances(examples())
    names, classes, weights = learn(
        seen, codes, strength=arguments.strength, iterations=arguments.iterations, keep=arguments.keep
    )
    features = as_features(names, weights)
    write(arguments.output, classes, features)
    size = arguments.output.stat().st_size
    print(f"{len(codes)} numbers, {len(classes)} classes, {len(features)} features, {size:,} bytes: {arguments.output}")  # noqa: T201


if __name__ == "__main__":
    main()
