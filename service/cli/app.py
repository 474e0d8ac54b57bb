"""
The command line: `fazhi`.

It turns arguments into calls and outcomes into words, tables and exit codes (0 all read, 1 something unread, 2 wrong usage
or configuration). It knows nothing of models or Redis: `wiring` builds what it calls.
"""

import asyncio
import json
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.codebook import Codebook, Indicator, load_codebook
from schemas.extraction import Extraction
from service.batch import find_sources
from service.cli import dataset as cli_dataset
from service.cli import service as cli_service
from service.cli.exits import run_command
from service.errors import CallerError

app = typer.Typer(
    name="fazhi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"fazhi {version('fazhi')}")  # noqa: T201
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Read Chinese 法治政府建设年度报告 into observations: every number leads to its sentence."""


class Form(StrEnum):
    """How results are shown."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    html = "html"


@app.command()
def read(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files (.txt .md .html .docx .pdf), folders, or - for standard input.", show_default=False),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for results; an interrupted run goes on from here.")
    ] = None,
    form: Annotated[
        Form,
        typer.Option(
            "--format", "-f", help="table: an overview; json, jsonl, csv: to standard output; html: evidence pages."
        ),
    ] = Form.table,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Reports at once.")] = 4,
    model: Annotated[
        str | None, typer.Option(help="Model name (else FAZHI_MODEL; without key and endpoint: the offline model).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Read again what is already in the output folder.")] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither use nor fill the cache.")] = False,
    estimate: Annotated[
        bool,
        typer.Option(
            "--estimate", help="Print calls, tokens and cost that reading would take; nothing is asked or paid."
        ),
    ] = False,
) -> None:
    """
    Read reports: every number becomes an observation (indicator, value, unit, exact place) or is set aside with a reason.

    What could not be read is listed as unread, never dropped.

    [bold]fazhi read reports/ --output out[/bold]  reads a folder and writes one JSON file for each report.
    [bold]fazhi read report.docx --format csv[/bold]  prints a table for a spreadsheet.

    Exit codes: 0 all read, 1 some report or part unread (the rest is written), 2 wrong usage or configuration.
    """
    sources = find_sources(paths)
    from service.cli import read as cli_read  # noqa: PLC0415  slow to import: the model's client comes with it

    request = cli_read.ReadRequest(
        sources=sources, output=output, form=form.value, jobs=jobs, model=model, force=force, no_cache=no_cache
    )
    work = cli_read.estimate(request) if estimate else cli_read.read(request)
    try:
        code = asyncio.run(work)
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped. What was read is kept; the same command goes on from there.")
        code = 130
    raise typer.Exit(code)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a result."""
    print(json.dumps(Extraction.model_json_schema(), ensure_ascii=False, indent=2))  # noqa: T201


@app.command()
def codebook(
    code: Annotated[
        str | None,
        typer.Argument(
            help="A code (administrative_review.accepted), a topic, or words to look for.", show_default=False
        ),
    ] = None,
) -> None:
    """Explain the indicators: all topics, one topic, one code, or a search in labels and definitions."""
    book = load_codebook()
    console = Console()
    if code is None:
        _show_topics(console, book)
    elif code in book:
        _show_indicator(console, book.indicators[code])
    else:
        found = [one for one in book.indicators.values() if one.topic == code] or [
            one for one in book.indicators.values() if code in one.code + one.label_zh + one.definition_zh
        ]
        if not found:
            raise CallerError(f"No indicator, topic or definition has {code!r}; `fazhi codebook` lists the topics.")
        table = Table(box=None, header_style="bold")
        table.add_column("code", no_wrap=True)
        for name in ("label", "units", "definition"):
            table.add_column(name, overflow="fold")
        for one in found:
            table.add_row(one.code, one.label_zh, " ".join(one.units), one.definition_zh)
        console.print(table)


for command in (cli_dataset.dataset, cli_dataset.compare, cli_service.serve, cli_service.api, cli_service.worker):
    app.command()(command)
app.add_typer(cli_service.jobs_app, name="jobs")
app.add_typer(cli_service.cache_app, name="cache")


def _show_topics(console: Console, book: Codebook) -> None:
    table = Table("topic", "indicators", "first codes", box=None, header_style="bold")
    topics: dict[str, list[str]] = {}
    for one in book.indicators.values():
        topics.setdefault(one.topic, []).append(one.code.partition(".")[2])
    for topic, codes in topics.items():
        table.add_row(topic, str(len(codes)), ", ".join(codes[:5]) + " …")
    console.print(table)
    console.print(
        f"{len(book.indicators)} indicators, codebook {book.version}; `fazhi codebook TOPIC` or `CODE` explains them."
    )


def _show_indicator(console: Console, one: Indicator) -> None:
    rows = (
        ("code", one.code),
        ("label", one.label_zh),
        ("definition", one.definition_zh),
        ("kind", one.kind),
        ("usual units", "、".join(one.units) or "any"),
        ("phrasings", "; ".join(one.examples) or "none"),
        ("not", "; ".join(one.not_) or "none"),
    )
    for name, value in rows:
        console.print(f"[bold]{name:>12}[/bold]  {escape(value)}")


def main() -> None:
    """Run the command."""
    run_command(app, "fazhi")
