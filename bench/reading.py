"""
How reading grows with the text: load, split, mark with values, and the whole way, by characters.

A text of n characters is made of the sample reports' own words with other figures. Targets: split + mark + values at 1 MB of
UTF-8 a second on one core, and cost a character at 1,000,000 characters at most 1.3 times that at 5,000.

Every size reads equally many characters: 200 texts of 5,000, one of 1,000,000. The fastest of many short runs falls into a
moment when the machine is quiet, which one long run never meets; compared so, a linear step looks 1.5 times dearer.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

from service import Settings, load_settings, open_program
from service.text import documents, mark, quantity, split
from service.text.load import load

SIZES = (5_000, 20_000, 100_000, 300_000, 1_000_000)
REPORTS = Path(__file__).parents[1] / "evals" / "reports"
READ = 100_000  # characters of each size read the whole way, at least one text
LIMIT = 50_000_000


def text_of(characters: int) -> str:
    """A report of that length: whole sample reports one after the other, each time with other figures."""
    chance = random.Random(characters)
    samples = [
        one.read_text("utf-8") for one in sorted(REPORTS.glob("qitong*.txt")) + sorted(REPORTS.glob("lanpu*.txt"))
    ]
    pieces: list[str] = []
    length = 0
    for sample in cycle(samples):
        pieces.append(re.sub(r"(?<![〔\d])\d{2,3}(?=[件次人名项])", lambda _: str(chance.randint(10, 999)), sample))
        length += len(pieces[-1])
        if length >= characters:
            return "".join(pieces)[:characters]
    raise AssertionError("cycle never ends")


def best_of(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """CPU microseconds a character, all texts read one after the other; the fastest of three such runs."""
    times: list[float] = []
    for _ in range(3):
        started = time.process_time()
        for text in texts:
            work(text)
        times.append(time.process_time() - started)
    return min(times) / sum(map(len, texts)) * 1e6


def deterministic(text: str) -> None:
    """Outline, titles, mentions, and what every open mention says."""
    outline = split.split(text)
    for mention in mark.mark(text, outline, documents.find_titles(text, outline)):
        if mention.why is None:
            quantity.read(text, mention.start, mention.end)


async def whole_way(settings: Settings, texts: Sequence[str]) -> float:
    """CPU microseconds a character to read the texts with the offline model, without the cache."""
    async with open_program(settings, use_cache=False) as program:
        await program.extractor.extract(program.load("二、成效\n办理案件3件。".encode(), "warm.txt"))
        started = time.process_time()
        for text in texts:
            await program.extractor.extract(program.load(text.encode(), "bench.txt"))
        return (time.process_time() - started) / sum(map(len, texts)) * 1e6


def main() -> int:
    """Print the table; 1 where a target is missed."""
    settings = load_settings(max_characters=LIMIT, max_bytes=LIMIT)
    longest = text_of(SIZES[-1])
    steps: dict[str, list[float]] = {"load": [], "split": [], "split+mark+values": [], "read": []}
    print(f"{'characters':>12}  " + "  ".join(f"{name:>18}" for name in steps) + "   microseconds of CPU a character")
    for size in SIZES:
        texts = [longest[at : at + size] for at in range(0, SIZES[-1], size)]
        few = texts[: max(1, READ // size)]
        steps["load"].append(best_of(_load, texts))
        steps["split"].append(best_of(split.split, texts))
        steps["split+mark+values"].append(best_of(deterministic, texts))
        steps["read"].append(asyncio.run(whole_way(settings, few)))
        print(f"{size:>12,}  " + "  ".join(f"{values[-1]:>18.3f}" for values in steps.values()), flush=True)
    missed = 0
    for name, values in steps.items():
        ratio = values[-1] / values[0]
        missed += ratio > 1.3
        print(f"{name}: {ratio:.2f} times the cost a character at {SIZES[-1]:,} of that at {SIZES[0]:,} (target 1.3)")
    speed = len(longest.encode()) / (steps["split+mark+values"][-1] * len(longest))
    missed += speed < 1
    print(f"split + mark + values: {speed:.2f} MB of UTF-8 a second on one core (target 1)")
    return int(missed > 0)


def _load(text: str) -> None:
    load(text.encode(), name="r.txt", max_bytes=LIMIT, max_characters=LIMIT)
