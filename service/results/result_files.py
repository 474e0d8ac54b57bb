"""
Folders of results: which JSON files are results, which of them are the newest, and where their texts lie.

A text is at hand where it stands beside its result (`<stem>.loaded.txt` or a report of the same stem) or in a folder that
the caller names; it counts only if its hash is the result's. It knows paths and the contract, and no tables or pages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.extraction import Extraction, Report
from schemas.outline import LoadedText
from service.errors import CallerError

Loader = Callable[[bytes, str], LoadedText]


class _Made(BaseModel):
    model_config = ConfigDict(extra="ignore")
    created_at: datetime


class Head(BaseModel):
    """What of a result tells whose it is and when it was made."""

    model_config = ConfigDict(extra="ignore")
    schema_version: str
    report: Report
    provenance: _Made


@dataclass(frozen=True, slots=True)
class Found:
    """Results by path, in order, and how many JSON files were none."""

    heads: dict[Path, Head]
    others: int


def find_results(paths: Sequence[Path]) -> Found:
    """All results in the paths, folders walked in name order; CallerError where there is none."""
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(sorted(one for one in path.rglob("*.json") if not one.name.startswith("."))))
        elif path.is_file():
            files[path] = None
        else:
            raise CallerError(f"There is no file or folder {path}.")
    heads: dict[Path, Head] = {}
    for path in files:
        try:
            heads[path] = Head.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
    if not heads:
        places = ", ".join(str(path) for path in paths)
        raise CallerError(f"No result in {places}: make some with `fazhi read … --output DIR`.")
    return Found(heads, len(files) - len(heads))


def open_result(path: Path) -> Extraction:
    """One result; CallerError where it is not whole."""
    try:
        return Extraction.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CallerError(f"The result {path} cannot be opened: {error.strerror}.") from error
    except ValidationError:
        raise CallerError(f"The result {path} is not of this version's form: read its report again.") from None


class Texts:
    """Finds the loaded text of a result."""

    def __init__(self, folders: Sequence[Path], load: Loader) -> None:
        for folder in folders:
            if not folder.exists():
                raise CallerError(f"There is no file or folder {folder}.")
        self._folders = folders
        self._load = load

    def of(self, path: Path, report: Report) -> str | None:
        """The text, or None where no file at hand has the result's hash."""
        for candidate in self._candidates(path, report):
            try:
                loaded = self._load(candidate.read_bytes(), candidate.name)
            except (OSError, ValueError, CallerError):  # not there, no name of a file here, or no report
                continue
            if loaded.sha256 == report.sha256:
                return loaded.text
        return None

    def _candidates(self, path: Path, report: Report) -> Iterator[Path]:
        yield path.with_suffix(".loaded.txt")
        names = (Path(report.name or "").name, f"{path.stem}.txt", f"{path.stem}.md")
        for name in dict.fromkeys(filter(None, names)):
            yield path.parent / name
            yield from self._named.get(name, ())

    @cached_property
    def _named(self) -> dict[str, list[Path]]:
        named: dict[str, list[Path]] = {}
        for folder in self._folders:
            for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
                named.setdefault(file.name, []).append(file)
        return named
