"""
The production extractor over the gold: every case read and judged.

It knows the order (read, judge) and nothing of tables, pages or gates.
"""

import asyncio
from collections.abc import Callable, Sequence

from evals.cases import Case
from evals.cassettes import explain_miss
from evals.judged import Judged, judge_case
from service import ConfigurationError, Program, Settings, open_program


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
    judged: list[Judged] = []
    if settings.cassette_mode != "off":
        # one program for all repeats: a cassette tells repeats apart by how often a request was made
        async with open_program(settings, use_cache=False) as program:
            try:
                for repeat in range(repeats):
                    judged += await _read_all(program, cases, repeat, jobs, on_done)
            except ConfigurationError as miss:
                if settings.cassette is None or settings.cassette_mode != "replay":
                    raise
                raise explain_miss(settings.cassette, program.provenance.prompt, miss) from None
        return judged
    for repeat in range(repeats):
        async with open_program(settings, use_cache=use_cache, repeat=repeat) as program:
            judged += await _read_all(program, cases, repeat, jobs, on_done)
    return judged


async def _read_all(
    program: Program, cases: Sequence[Case], repeat: int, jobs: int, on_done: Callable[[Judged], None]
) -> list[Judged]:
    gate = asyncio.Semaphore(jobs)

    async def read(case: Case) -> Judged:
        async with gate:
            extraction = await program.extractor.extract(case.loaded)
        judged = await asyncio.to_thread(judge_case, case, extraction, program.codebook, repeat)
        on_done(judged)
        return judged

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read(case)) for case in cases]
    except BaseExceptionGroup as failed:
        raise _first(failed) from None
    return [task.result() for task in tasks]


def _first(failed: BaseException) -> BaseException:
    """What went wrong first; a run is not worth its figures when one report could not be read at all."""
    while isinstance(failed, BaseExceptionGroup):
        failed = failed.exceptions[0]
    return failed
