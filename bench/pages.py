"""
Pages and tables: the size of an evidence page and the time to make it, and a thousand results to a dataset.

Made of the sample reports as the offline model reads them, copied with other places. Targets: a page of 80 observations under
400 KB; 1,000 results to CSV and to a workbook in under 20 s and 500 MB each.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from schemas.codebook import load_codebook
from schemas.extraction import Extraction
from service import load_settings, open_program
from service.pages import evidence_html

REPORTS = Path(__file__).parents[1] / "evals" / "reports"
RESULTS = 1_000
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"


async def read_samples() -> list[tuple[Extraction, str]]:
    """Every text sample, read."""
    async with open_program(load_settings(), use_cache=False) as program:
        loaded = [program.load(path.read_bytes(), path.name) for path in sorted(REPORTS.glob("*.txt"))]
        return [(await program.extractor.extract(one), one.text) for one in loaded]


def write_copies(samples: list[tuple[Extraction, str]], folder: Path) -> None:
    """A thousand results of as many units."""
    for number in range(RESULTS):
        extraction, _ = samples[number % len(samples)]
        report = extraction.report.model_copy(
            update={"jurisdiction": f"样县{number}", "issuer": f"样县{number}人民政府"}
        )
        copy = extraction.model_copy(update={"report": report})
        (folder / f"r{number:04}.json").write_text(copy.model_dump_json(), "utf-8")


def main() -> int:
    """Print the figures; 1 where a target is missed."""
    samples = asyncio.run(read_samples())
    extraction, text = max(samples, key=lambda one: len(one[0].observations))
    started = time.process_time()
    page = evidence_html(extraction, text, load_codebook())
    size, seconds = len(page.encode()) / 1024, time.process_time() - started
    print(
        f"evidence page, {len(extraction.observations)} observations: {size:.0f} KB (target 400), {seconds:.2f} s CPU"
    )
    missed = size > 400
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where) / "results"
        folder.mkdir()
        write_copies(samples, folder)
        for target in ("tables", "tables.xlsx"):
            command = [
                str(Path(sys.executable).parent / "fazhi"),
                "dataset",
                str(folder),
                "-o",
                str(Path(where) / target),
            ]
            watched = f"import subprocess; subprocess.run({command!r}, check=True, capture_output=True); {PEAK}"
            started = time.monotonic()
            peak = int(subprocess.run([sys.executable, "-c", watched], check=True, capture_output=True).stdout)
            took = time.monotonic() - started
            missed |= took > 20 or peak > 500
            print(f"{RESULTS:,} results to {target}: {took:.1f} s (target 20), {peak} MB (target 500)")
    return int(missed)
