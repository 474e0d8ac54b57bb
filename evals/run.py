"""
The production extractor over the gold: every case read and judged.

It knows the order (read, judge) and nothing of tables, pages or gates.
"""

import asyncio
from collections.abc import Callable, Sequence

from evals.cases import Case
from evals.judged import Judged, judge_case
from service import Settings, open_program


async def run(
    cases: Sequence[Case],
    settings: Settings,
    *,
    repeats: int = 1,
    jobs: int = 4,
    use_cache: bool = True,
    on_done: Callable[[Judged], None] = lambda _judged: None,
) -> list[Judged]:
    """Read and judge every case `repeats` times, `jobs` reports at once; in case order, repeat by repeat."""
    gate = asyncio.Semaphore(jobs)
    async with open_program(settings, use_cache=use_cache) as program:

        async def one(case: Case, repeat: int) -> Judged:
            async with gate:
                extraction = await program.extractor.extract(case.loaded)
            judged = await asyncio.to_thread(judge_case, case, extraction, program.codebook, repeat)
            on_done(judged)
            return judged

        judged: list[Judged] = []
        for repeat in range(repeats):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(case, repeat)) for case in cases]
            judged.extend(task.result() for task in tasks)
    return judged
