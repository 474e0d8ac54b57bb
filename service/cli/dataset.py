"""
`fazhi dataset` and `fazhi compare`: many results in, tables or a page out.

It turns arguments into calls and outcomes into words, and knows no row, file format or chart.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.codebook import Codebook, load_codebook
from schemas.comparison import Comparison
from schemas.extraction import Extraction, Level
from schemas.outline import LoadedText
from schemas.table import Table as TableShape
from service.cli.words import count
from service.errors import CallerError
from service.results import dataset as tables_of
from service.results.comparison import Comparer
from service.results.result_files import Found, Texts, find_results, open_result
from service.results.tables import CsvFiles, Files, ParquetFiles, Workbook, Writer
from service.settings import load_settings
from service.text.load import load


class TableForm(StrEnum):
    """How tables are written."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


class LevelName(StrEnum):
    """The levels of a report."""

    province = "province"
    city = "city"
    county = "county"
    township = "township"
    department = "department"


Folders = Annotated[list[Path], typer.Argument(help="Folders of results, or results.", show_default=False)]
TextFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--texts",
        "-t",
        help="Where the reports lie, for each figure's sentence: a folder or a file; may be given several times. Else beside the results.",
        show_default=False,
    ),
]


def dataset(
    results: Folders,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder, or a file ending in .xlsx.", show_default=False)
    ],
    form: Annotated[
        list[TableForm] | None, typer.Option("--format", "-f", help="csv, xlsx, parquet; may be given several times.")
    ] = None,
    texts: TextFolders = None,
) -> None:
    """
    Make tidy tables out of many results.

    observations (one row each), wide (report × indicator), reports, documents, problems, plans, checks. Of several versions
    of one report (jurisdiction, issuer, year) the newest is taken. XLSX and Parquet need the extra: fazhi[export].

    [bold]fazhi dataset out -o tables[/bold]  writes CSV files that spreadsheets open.
    [bold]fazhi dataset out -o reports.xlsx[/bold]  writes one workbook.
    """
    started = time.monotonic()
    codebook = load_codebook()
    found = find_results(results)
    kept = _newest(found)
    tables = tables_of.tables(codebook)
    forms = list(dict.fromkeys(form or [])) or [TableForm.xlsx if _is_book(output) else TableForm.csv]
    observations, bare = 0, _Bare()
    with _writing(output), Files(_writers(output, forms, tables)) as files:
        for path, extraction, text in _results(kept, texts or ()):
            observations += len(extraction.observations)
            bare.count(extraction, text)
            for table, row in tables_of.rows(tables_of.Result(extraction, text, path.name), codebook):
                files.write(table, row)
    said = Console(stderr=True, soft_wrap=True)
    said.print(
        f"{count(len(kept), 'report')}, {count(observations, 'observation')} in {time.monotonic() - started:.1f} s{_left_out(found, kept)}.",
        highlight=False,
    )
    for path in files.paths:
        said.print(f"  {path}", highlight=False, markup=False)
    bare.tell(said)


def compare(
    results: Folders,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", "-i", help="A code; may be given several times. Else the most reported."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="An .html page; else tables on the terminal.", show_default=False),
    ] = None,
    level: Annotated[LevelName | None, typer.Option(help="Only this level.")] = None,
    year: Annotated[int | None, typer.Option(help="Only this year.")] = None,
    texts: TextFolders = None,
) -> None:
    """
    Put units side by side: each level and year by itself, rates with their bases, units over the years, and who reported.

    [bold]fazhi compare out -o compare.html[/bold]  makes a page in which each figure leads to its sentence.
    [bold]fazhi compare out -i administrative_review.accepted --level county[/bold]  prints a table.
    """
    codebook = load_codebook()
    unknown = [code for code in indicator or () if code not in codebook]
    if unknown:
        raise CallerError(f"No indicator {unknown[0]!r}; `fazhi codebook WORDS` finds codes.")
    found = find_results(results)
    kept = _newest(found)
    comparer, bare = Comparer(codebook), _Bare()
    for path, extraction, text in _results(kept, texts or ()):
        bare.count(extraction, text)
        comparer.add(extraction, text, _page_of(path, output))
    chosen: Level | None = level.value if level else None
    comparison = comparer.compare(indicator or (), level=chosen, year=year)
    said = Console(stderr=True, soft_wrap=True)
    if output is None:
        _print(comparison, codebook)
    else:
        from service import pages  # noqa: PLC0415  its patterns take a third of a second

        with _writing(output):
            pages.write_compare(output, comparison, codebook)
        said.print(f"{count(comparison.reports, 'report')} compared in {output}.", highlight=False, markup=False)
    bare.tell(said)


class _Bare:
    """Counts what lacks its sentence because its text is not at hand."""

    def __init__(self) -> None:
        self._reports = self._observations = 0

    def count(self, extraction: Extraction, text: str | None) -> None:
        if text is None:
            self._reports += 1
            self._observations += len(extraction.observations)

    def tell(self, console: Console) -> None:
        if self._observations:
            console.print(
                f"{count(self._observations, 'observation')} without a sentence: the text of {count(self._reports, 'report')} "
                "is not at hand. Name the folder where the reports lie: --texts FOLDER.",
                highlight=False,
            )


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    """What the system refuses is said in one sentence."""
    try:
        yield
    except OSError as error:
        raise CallerError(f"{output} cannot be written: {error.strerror}.") from error


def _newest(found: Found) -> tuple[Path, ...]:
    heads = {str(path): (head.report, head.provenance.created_at) for path, head in found.heads.items()}
    return tuple(Path(name) for name in tables_of.newest(heads))


def _results(kept: Sequence[Path], folders: Sequence[Path]) -> Iterator[tuple[Path, Extraction, str | None]]:
    settings = load_settings()

    def load_text(data: bytes, name: str) -> LoadedText:
        return load(data, name=name, max_bytes=settings.max_bytes, max_characters=settings.max_characters)

    texts = Texts(folders, load_text)
    for path in kept:
        extraction = open_result(path)
        yield path, extraction, texts.of(path, extraction.report)


def _writers(output: Path, forms: Sequence[TableForm], tables: Sequence[TableShape]) -> list[Callable[[], Writer]]:
    """What makes each writer, when all is checked."""
    if _is_book(output) and forms != [TableForm.xlsx]:
        raise CallerError("An .xlsx file holds one workbook: give a folder for other formats.")
    if output.suffix.lower() in (".csv", ".parquet"):
        raise CallerError(f"{output} is one file for {len(tables)} tables: give a folder, or a file ending in .xlsx.")
    book = output if _is_book(output) else output / "dataset.xlsx"
    makers: dict[TableForm, Callable[[], Writer]] = {
        TableForm.csv: lambda: CsvFiles(output, tables),
        TableForm.xlsx: lambda: Workbook(book, tables),
        TableForm.parquet: lambda: ParquetFiles(output, tables),
    }
    return [makers[form] for form in forms]


def _is_book(output: Path) -> bool:
    return output.suffix.lower() == ".xlsx"


def _left_out(found: Found, kept: Sequence[Path]) -> str:
    words = []
    if older := len(found.heads) - len(kept):
        words.append(f"{count(older, 'older version')} left out")
    if found.others:
        words.append(f"{count(found.others, 'other JSON file')} skipped")
    return "".join(f"; {one}" for one in words)


def _page_of(result: Path, output: Path | None) -> str | None:
    """The evidence page beside a result, as seen from the page that is written."""
    page = result.with_suffix(".html")
    if output is None or not page.is_file():
        return None
    try:
        return quote(page.resolve().relative_to(output.resolve().parent).as_posix())
    except ValueError:
        return page.resolve().as_uri()


def _print(comparison: Comparison, codebook: Codebook) -> None:
    from service import pages  # noqa: PLC0415  as above

    console = Console()
    for subject in comparison.subjects:
        code = subject.indicator
        label = codebook.indicators[code].label_zh if code in codebook else ""
        table = Table(title=escape(f"{label}  {code}"), title_justify="left", box=None, header_style="bold")
        for name in ("level", "year", "unit of government", "value", "of what", "base", "quote in its sentence"):
            table.add_column(name, overflow="fold")
        for group in subject.groups:
            for one in group.figures:
                value = pages.figure_words(one)
                row = (
                    one.level or "",
                    str(one.year or ""),
                    one.whose,
                    value,
                    one.name,
                    one.base or "",
                    one.sentence or one.quote,
                )
                table.add_row(*map(escape, row))
        for absence in subject.absences:
            for unit, standing in absence.whose:
                table.add_row(absence.level or "", str(absence.year or ""), escape(unit), standing.replace("_", " "))
        console.print(table)
