"""
The targets of reading in one table: what was measured against what was asked. `python -m evals.score`.

It reads all gold with the production extractor, without the cache. Exit code 0 where every target is reached, else 1.
"""

import asyncio
import sys

from rich.console import Console

from evals.cases import find_cases, loader, texts_folder
from evals.gold import Home
from evals.report_terminal import scorecard
from evals.run import run
from evals.summary import summarise
from service import load_settings


def main() -> int:
    """Read all gold with the production extractor and print the table of each collection."""
    return asyncio.run(_main())


async def _main() -> int:
    settings = load_settings()
    cases = find_cases(loader(settings), Home(), texts_folder(None))
    judged = await run(cases.found, settings, use_cache=False)
    console, whole = Console(), True
    for collection in dict.fromkeys(case.collection for case in cases.found):
        summary = summarise(
            collection, [one.score for one in judged], [outcome for one in judged for outcome in one.outcomes]
        )
        table, reached = scorecard(summary)
        whole = whole and reached
        console.print(table)
    for name in cases.absent:
        console.print(f"{name}: its text is not here; give --texts DIR.")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
