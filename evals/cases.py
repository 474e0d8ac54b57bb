"""
Cases: gold with the very text that it was made on.

Texts of our own lie in `evals/reports`; real reports are read where a folder holds a text with the hash that their gold
names. A text that changed under its gold is an error, a text that is not here is told, never passed over in silence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from evals.gold import HOME, GoldReport, Home, find_gold, read_gold
from schemas.outline import LoadedText
from service import CallerError, Settings, load_text

Collection = Literal["samples", "real"]
Loader = Callable[[bytes, str], LoadedText]
SHARED_TEXTS: Final = HOME.parent.parent / "shared" / "reports"


@dataclass(frozen=True, slots=True)
class Case:
    """One report to be judged."""

    gold: GoldReport
    loaded: LoadedText
    collection: Collection

    @property
    def text(self) -> str:
        """The text that offsets refer to."""
        return self.loaded.text


@dataclass(frozen=True, slots=True)
class Cases:
    """What can be judged here; `absent` names gold whose text is not here."""

    found: tuple[Case, ...]
    absent: tuple[str, ...]


def loader(settings: Settings) -> Loader:
    """`load` with the limits of the settings, as `fazhi read` loads."""

    def load_within_limits(data: bytes, name: str) -> LoadedText:
        return load_text(data, name=name, max_bytes=settings.max_bytes, max_characters=settings.max_characters)

    return load_within_limits


def find_cases(load: Loader, home: Home, texts: Path | None = None) -> Cases:
    """Samples first, then real reports, each by name. CallerError where a text is not the one that was labelled."""
    found = [_sample(read_gold(path), home.reports, load) for path in find_gold(home.gold)]
    held = {one.sha256: one for one in _texts(texts, load)}
    absent = []
    for path in find_gold(home.real):
        labels = read_gold(path)
        if labels.sha256 in held:
            found.append(Case(labels, held[labels.sha256], "real"))
        else:
            absent.append(labels.name)
    return Cases(tuple(found), tuple(absent))


def texts_folder(given: Path | None) -> Path | None:
    """The folder of real texts: as given, else `../shared/reports` where it is there; CallerError for no folder."""
    if given is not None and not given.is_dir():
        raise CallerError(f"There is no folder {given}; give --texts the folder that holds the real reports.")
    return given or (SHARED_TEXTS if SHARED_TEXTS.is_dir() else None)


def _sample(gold: GoldReport, reports: Path, load: Loader) -> Case:
    path = reports / gold.report
    if not path.is_file():
        raise CallerError(f"The report {gold.report} of gold {gold.name} is not in {reports}.")
    loaded = load(path.read_bytes(), path.name)
    if loaded.sha256 != gold.sha256:
        raise CallerError(
            f"{gold.report} is not the text that was labelled (its sha256 differs); "
            "label it again, or move the labels with `fazhi-eval import-gold`."
        )
    return Case(gold, loaded, "samples")


def _texts(folder: Path | None, load: Loader) -> Iterable[LoadedText]:
    if folder is None:
        return
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in (".txt", ".md", ".html", ".docx", ".pdf"):
            try:
                yield load(path.read_bytes(), path.name)
            except CallerError:
                continue  # a file that is no report has no gold either
