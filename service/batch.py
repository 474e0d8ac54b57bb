"""
Many files in, many results out: find, skip what is done, read, write.

It knows paths and the contract; nothing of terminals or settings. A file that cannot be read is an outcome, never the end
of the batch, and a result is either whole on disk or not there.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from schemas.extraction import Extraction, Provenance
from schemas.outline import LoadedText
from service.errors import CallerError, FazhiError
from service.results.tables.beside import beside
from service.text.load import SUFFIXES

if TYPE_CHECKING:
    from service.extract import Extractor, Progress

STDIN: Final = "-"
# Documents that are not read here: in a folder they are told as unread, never passed over in silence.
FOREIGN: Final = (".doc", ".wps", ".rtf", ".odt", ".ofd")
STDIN_NAME: Final = "stdin"
LOADED_SUFFIX: Final = ".loaded.txt"
NAME_BYTES: Final = 230  # of a result's name: a suffix and a number after it stay under the 255 that file systems allow
Loader = Callable[[bytes, str], LoadedText]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or standard input, and the name of its result."""

    path: Path | None
    name: str
    result_name: str


@dataclass(frozen=True, slots=True)
class ReportRead:
    """A report with its result; `skipped` where the result on disk was good."""

    source: Source
    extraction: Extraction
    text: LoadedText
    skipped: bool


@dataclass(frozen=True, slots=True)
class ReportUnread:
    """A file that could not be read at all, or whose result could not be written, and why."""

    source: Source
    error: FazhiError


def find_sources(paths: Sequence[Path]) -> tuple[Source, ...]:
    """
    The files of all paths, folders walked in name order, each once; `-` is standard input.

    Results are named by stem, or by the whole file name where two stems collide, with as many folders before it as keep
    every name apart. A loaded text that an earlier run wrote beside its result is no report. CallerError for a path that
    is not there or a folder without a report.
    """
    files: dict[Path, None] = {}
    stdin = False
    for path in paths:
        if str(path) == STDIN:
            stdin = True
        elif os.path.isdir(path):
            inside = sorted(one for one in path.rglob("*") if _may_be_report(one))
            if not inside:
                raise CallerError(f"The folder {path} holds no report; reports end in {', '.join(SUFFIXES)}.")
            files.update(dict.fromkeys(inside))
        elif os.path.isfile(path):
            files[path] = None
        else:
            raise CallerError(f"There is no file or folder {path}; give files, folders, or - for standard input.")
    results = _result_names(tuple(files), reserved={STDIN_NAME} if stdin else set())
    sources = [
        Source(path=path, name=_readable(path.name), result_name=f"{result}.json") for path, result in results.items()
    ]
    if stdin:
        sources.append(Source(path=None, name=STDIN_NAME, result_name=f"{STDIN_NAME}.json"))
    return tuple(sources)


def _result_names(files: Sequence[Path], reserved: set[str]) -> dict[Path, str]:
    """A name of its own for every file; case does not tell names apart, since some file systems do not."""
    names = {path: path.stem for path in files}
    for folders in range(max((len(path.parts) for path in files), default=0)):
        taken = Counter([*(name.casefold() for name in names.values()), *reserved])
        twice = [path for path, name in names.items() if taken[name.casefold()] > 1]
        for path in twice:
            names[path] = "_".join(part for part in path.parts[-1 - folders :] if part != path.anchor)
    names = {path: _fitting(name) for path, name in names.items()}
    taken = Counter(name.casefold() for name in names.values())
    return {
        path: f"{name}_{number}" if taken[name.casefold()] > 1 else name
        for number, (path, name) in enumerate(names.items(), start=1)
    }


def _fitting(name: str) -> str:
    raw = os.fsencode(name)
    return name if len(raw) <= NAME_BYTES else raw[:NAME_BYTES].decode("utf-8", "ignore")


def _may_be_report(path: Path) -> bool:
    return path.suffix.lower() in {*SUFFIXES, *FOREIGN} and not path.name.endswith(LOADED_SUFFIX) and path.is_file()


def _readable(name: str) -> str:
    """A file's name as text; one in another encoding than the system's holds bytes that no JSON can."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_bytes(source: Source) -> bytes:
    """What the file or standard input holds; CallerError where it cannot be opened."""
    try:
        return sys.stdin.buffer.read() if source.path is None else source.path.read_bytes()
    except OSError as error:
        raise CallerError(f"It cannot be opened: {error.strerror}.") from error


def write_atomically(path: Path, content: str) -> None:
    """Write beside the target and move into place; a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = beside(path)
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class Batch:
    """Reads sources with one extractor, several at a time."""

    def __init__(
        self,
        extractor: "Extractor",
        load: Loader,
        *,
        output: Path | None,
        render: Callable[[Extraction], str],
        current: Provenance,
        force: bool,
    ) -> None:
        self._extractor = extractor
        self._load = load
        self._output = output
        self._render = render
        self._current = current
        self._force = force

    async def read_all(
        self,
        sources: Iterable[Source],
        jobs: int,
        on_progress: Callable[[Source, "Progress"], None] = lambda _source, _progress: None,
    ) -> AsyncIterator[ReportRead | ReportUnread]:
        """Outcomes as they come, at most `jobs` at once."""
        todo = iter(sources)
        running: set[asyncio.Task[ReportRead | ReportUnread]] = set()
        try:
            while True:
                while len(running) < jobs and (source := next(todo, None)) is not None:
                    running.add(asyncio.create_task(self._read(source, on_progress)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _read(
        self, source: Source, on_progress: Callable[[Source, "Progress"], None]
    ) -> ReportRead | ReportUnread:
        try:
            loaded = await asyncio.to_thread(lambda: self._load(read_bytes(source), source.name))
        except CallerError as error:
            return ReportUnread(source, error)

        done = self._done(source, loaded)
        if done is not None:
            return ReportRead(source, done, loaded, skipped=True)

        async def tell(progress: "Progress") -> None:
            on_progress(source, progress)

        extraction = await self._extractor.extract(loaded, tell)
        if self._output is not None:
            try:
                await asyncio.to_thread(self._write, source, loaded, extraction)
            except OSError as error:
                return ReportUnread(source, CallerError(f"Its result cannot be written: {error.strerror}."))
        return ReportRead(source, extraction, loaded, skipped=False)

    def _done(self, source: Source, loaded: LoadedText) -> Extraction | None:
        """The result on disk where it is of this text and these versions, and whole."""
        if self._output is None or self._force:
            return None
        try:
            kept = Extraction.model_validate_json((self._output / source.result_name).read_bytes())
        except (OSError, ValidationError):
            return None
        same = kept.provenance.model_copy(update={"created_at": self._current.created_at}) == self._current
        return kept if same and kept.is_whole and kept.report.sha256 == loaded.sha256 else None

    def _write(self, source: Source, loaded: LoadedText, extraction: Extraction) -> None:
        target = (self._output or Path()) / source.result_name
        if loaded.converted:
            write_atomically(target.with_suffix(LOADED_SUFFIX), loaded.text)
        write_atomically(target, self._render(extraction))
