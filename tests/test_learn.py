"""The learner: what it reads, that it explains what it read, and that the reader reads what it wrote."""

import json
from pathlib import Path

import numpy as np
import pytest

from evals.learn import WEIGHTS, Example, Vector, as_lines, descend, instances, learn, read_line, repeated, write
from schemas.codebook import load_codebook
from service import Place, offline_features
from service.offline_model.reader import NONE, Weights

LINES = (
    "普法\t举办讲座{8场|legal_publicity.lectures},培训骨干{40名|training.trainees}。",
    "普法工作\t全年举办讲座{12场|legal_publicity.lectures},落实“{三项|-}”制度。",
    "\t培训骨干{9名|training.trainees};落实“{三项|-}”制度。",
)


def learnt(*, keep: int) -> tuple[list[str], list[str]]:
    seen, codes, sentences = instances(iter([read_line(line) for line in LINES]))
    names = repeated(seen, sentences)
    classes, weights = learn(seen, codes, names, strength=0.1, iterations=30, keep=keep)
    return classes, as_lines(names, weights)


def test_a_line_tells_headings_text_and_numbers() -> None:
    line = "甲/乙\t排查{12件|dispute_resolution.screened|part},{三项|-}制度"
    numbers = ((2, 5, "dispute_resolution.screened"), (6, 8, NONE))
    assert read_line(line) == Example(("甲", "乙"), "排查12件,三项制度", numbers)


def test_a_line_without_a_tab_is_refused() -> None:
    with pytest.raises(ValueError, match="a tab"):
        read_line("排查{12件|dispute_resolution.screened}")


def test_a_sentence_with_headings_counts_twice_and_one_without_once() -> None:
    _, codes, sentences = instances(iter([read_line(line) for line in LINES]))
    assert sentences == [0] * 4 + [1] * 4 + [2] * 2
    assert codes.count(NONE) == 3


def test_a_number_sees_its_own_words_and_those_of_neighbours_apart() -> None:
    text = "培训8次12名"
    alone = set(offline_features(Place(text, 2, 4, ()), ""))
    bounded = set(offline_features(Place(text, 2, 4, (), floor=0, ceiling=4), ""))
    assert bounded < alone


def test_only_what_two_sentences_share_is_learnt() -> None:
    assert repeated([["a", "b"], ["b"], ["a"], ["c"]], [0, 0, 1, 2]) == ["a"]


def test_descending_finds_the_lowest_place() -> None:
    lowest = np.array([3, -1, 0.5], np.float32)
    slopes = np.array([1, 10, 100], np.float32)

    def loss(at: Vector) -> tuple[float, Vector]:
        away = at - lowest
        return float(slopes @ away**2), 2 * slopes * away

    assert descend(loss, np.zeros(3, np.float32), 30) == pytest.approx(lowest, abs=1e-3)


def test_what_is_learnt_is_what_is_read(tmp_path: Path) -> None:
    classes, lines = learnt(keep=10_000)
    path = tmp_path / "weights.json"
    write(path, classes, lines)
    weights = Weights(json.loads(path.read_text("utf-8")))
    text = "全年举办讲座31场"
    scores = weights.scores(offline_features(Place(text, 6, 9, ()), ""))
    assert weights.classes[scores.index(max(scores))] == "legal_publicity.lectures"
    first = weights.scores([lines[0][:4]])
    assert any(first)


def test_learning_twice_gives_the_same_lines_and_few_where_few_are_kept() -> None:
    assert learnt(keep=10_000) == learnt(keep=10_000)
    assert sum((len(line) - 4) // 2 for line in learnt(keep=20)[1]) <= 20


def test_the_committed_weights_are_small_and_know_the_codebook() -> None:
    raw = json.loads(WEIGHTS.read_text("utf-8"))
    assert WEIGHTS.stat().st_size < 2_200_000
    assert set(raw["classes"]) <= {NONE, *load_codebook().indicators}
    scores = Weights(raw).scores(line[:4] for line in raw["features"][::100])
    assert any(scores)
