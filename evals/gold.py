"""
Gold: what a person says stands in a report. LABELS.md's form with a version, an annotator, a date and the text's hash.

Two forms of one type. `labels` holds the words, for reports of our own writing. `facts` holds offsets, values and codes
only, for reports whose words are not ours to commit: where words would stand there is a `Place` in the text, or, where
the text does not hold them verbatim, a `Seal` (their hash). It knows nothing of predictions or metrics.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from schemas.extraction import Action, Aspect, Level, Noun, Offset, Qualifier, Why
from service import CallerError

FORMAT: Final = "1"
HOME: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Home:
    """Where gold lives: `gold/`, facts of real reports in `gold/real/`, texts in `reports/`, and the gates."""

    folder: Path = HOME

    @property
    def gold(self) -> Path:
        """Labels of reports of our own."""
        return self.folder / "gold"

    @property
    def real(self) -> Path:
        """Facts of real reports."""
        return self.gold / "real"

    @property
    def reports(self) -> Path:
        """Texts of our own."""
        return self.folder / "reports"

    @property
    def agreement(self) -> Path:
        """What pairs of annotators agreed in."""
        return self.gold / "agreement.json"

    @property
    def baseline(self) -> Path:
        """Outcomes that were accepted."""
        return self.folder / "baseline.jsonl"

    @property
    def gates(self) -> Path:
        """Limits for live runs."""
        return self.folder / "gates.toml"


class Place(Noun):
    """Words that stay in the text: where they stand."""

    start: Offset
    end: Offset


class Seal(Noun):
    """Words that the text does not hold verbatim: the hash of them without spaces, widths folded."""

    sha256: str


Words = str | Place | Seal


class GoldObservation(Noun):
    """A statistic; `part_of` is the `start` of the observation of which it is a share."""

    start: Offset
    end: Offset
    surface: str | None = None
    value: str
    value_to: str | None = None
    unit: str | None
    qualifier: Qualifier
    indicator: str
    name: str | None = None
    aspect: Aspect | None = None
    area: Words | None = None
    period: Words | None = None
    part_of: int | None = None


class GoldSetAside(Noun):
    """Looks like a number and is no statistic; complete for Arabic digits alone."""

    start: Offset
    end: Offset
    surface: str | None = None
    why: Why


class GoldSection(Noun):
    """A numbered heading, at the start of its mark."""

    path: tuple[str, ...]
    heading: Words | None
    start: Offset


class GoldDocument(Noun):
    """A 《title》 at its first mention in a section; the span covers the brackets."""

    start: Offset
    end: Offset
    title: Words
    number: Words | None
    action: Action


class GoldSentence(Noun):
    """A sentence that states a problem or a plan."""

    start: Offset
    end: Offset


class GoldMeta(Noun):
    """Whose report, for which year; null where the text does not say."""

    title: Words | None
    jurisdiction: Words | None
    level: Level | None
    issuer: Words | None
    year: int | None
    published_on: date | None


class GoldReport(Noun):
    """All labels of one report. `version` rises with every change; `topics` are those labelled completely."""

    format: Literal["1"] = FORMAT
    form: Literal["labels", "facts"] = "labels"
    report: str = Field(description="file name of the text")
    version: int = Field(1, ge=1)
    annotator: str
    labelled_on: date
    codebook: str
    topics: tuple[str, ...] = Field(description="topics in which every statistic is labelled")
    sha256: str = Field(description="of the loaded text in UTF-8")
    meta: GoldMeta
    sections: tuple[GoldSection, ...]
    observations: tuple[GoldObservation, ...]
    set_aside: tuple[GoldSetAside, ...]
    documents: tuple[GoldDocument, ...]
    problems: tuple[GoldSentence, ...]
    plans: tuple[GoldSentence, ...]

    @property
    def name(self) -> str:
        """The report's short name: its file's stem."""
        return Path(self.report).stem


def plain(words: str) -> str:
    """Words as they are compared: no white space, full width and half width the same."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", words))


def seal(words: str) -> Seal:
    """The hash of words that must not be committed."""
    return Seal(sha256=hashlib.sha256(plain(words).encode()).hexdigest())


def say(words: Words | None, text: str) -> str | Seal | None:
    """The words themselves, read from the text where only their place is kept."""
    return text[words.start : words.end] if isinstance(words, Place) else words


def same_words(gold: str | Seal | None, said: str | Seal | None) -> bool:
    """Whether two readings of some words agree; a sealed one is compared by its hash."""
    if gold is None or said is None:
        return gold is said
    if isinstance(gold, Seal) or isinstance(said, Seal):
        left = gold if isinstance(gold, Seal) else seal(gold)
        return left == (said if isinstance(said, Seal) else seal(said))
    return plain(gold) == plain(said)


def read_gold(path: Path) -> GoldReport:
    """One gold file; CallerError says which field of it is wrong."""
    try:
        return GoldReport.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CallerError(f"The gold file {path} cannot be opened: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise CallerError(f"The gold file {path} is not well formed: {where}: {first['msg']}.") from None


def write_gold(path: Path, gold: GoldReport) -> None:
    """Write a gold file that a person can edit and a diff can show: one label a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_lines(gold)), encoding="utf-8")


def find_gold(folder: Path) -> tuple[Path, ...]:
    """The gold files of a folder, by name."""
    return tuple(sorted(path for path in folder.glob("*.json") if path.name != "agreement.json"))


def _lines(gold: GoldReport) -> Iterator[str]:
    shape = GoldReport.model_fields
    yield "{\n"
    for index, name in enumerate(shape):
        end = ",\n" if index < len(shape) - 1 else "\n"
        value = getattr(gold, name)
        if isinstance(value, tuple) and value and isinstance(value[0], Noun):
            rows = ",\n".join("  " + _row(row) for row in value)
            yield f' "{name}": [\n{rows}\n ]{end}'
        else:
            yield f' "{name}": {_json(gold, name)}{end}'
    yield "}\n"


def _row(row: Noun) -> str:
    dropped = {name for name in ("surface", "name", "value_to") if getattr(row, name, "") is None}
    return row.model_dump_json(exclude=dropped)


def _json(gold: GoldReport, name: str) -> str:
    whole = gold.model_dump_json(include={name})
    return whole[len(name) + 4 : -1]
