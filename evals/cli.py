"""
The command line of the evaluation suite: `fazhi-eval`.

It turns arguments into calls and outcomes into words and exit codes: 0 good; 1 a target, gate or lint rule is broken;
2 wrong usage or configuration. It knows nothing of metrics.
"""

from pathlib import Path
from typing import Annotated

import typer

from evals import cli_gold, cli_run
from evals.cases import texts_folder
from evals.gold import HOME, Home
from service import run_command

app = typer.Typer(
    name="fazhi-eval",
    help="Measure fazhi against hand-labelled reports: accuracy with intervals, comparisons, gates, gold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (cli_gold.lint, cli_gold.draft, cli_gold.agreement):
    app.command()(command)
app.command("import-gold")(cli_gold.import_gold)

Texts = Annotated[
    Path | None, typer.Option(help="Folder of the real reports (else ../shared/reports where it is there).")
]
HomeFolder = Annotated[Path, typer.Option("--home", help="Folder with gold/, reports/, baseline.jsonl and gates.toml.")]
Only = Annotated[list[str] | None, typer.Option("--only", help="Only these reports, by name; may be repeated.")]


@app.command()
def run(
    texts: Texts = None,
    home: HomeFolder = HOME,
    only: Only = None,
    model: Annotated[str | None, typer.Option(help="Model name; without key and endpoint the offline model.")] = None,
    repeats: Annotated[int, typer.Option(min=1, max=50, help="Read everything N times; each repeat asks anew.")] = 1,
    cassette: Annotated[Path | None, typer.Option(help="Recorded replies to read instead of asking a model.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Reports at once.")] = 4,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither use nor fill the cache.")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where run folders go.")] = Path("runs"),
    label: Annotated[str, typer.Option(help="A word for this run, shown in comparisons.")] = "run",
    targets: Annotated[bool, typer.Option("--targets", help="Exit 1 where a target is not reached.")] = False,
) -> None:
    """
    Read all gold with the production extractor, judge it, and write a run folder with its reports.

    [bold]fazhi-eval run[/bold]  prints every target with what was measured, its interval and n.
    """
    request = cli_run.RunRequest(
        texts=texts_folder(texts),
        home=Home(home),
        only=tuple(only or ()),
        model=model,
        repeats=repeats,
        cassette=cassette,
        jobs=jobs,
        use_cache=not no_cache,
        label=label,
    )
    reached = cli_run.run_and_show(request, out)
    raise typer.Exit(0 if reached or not targets else 1)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="A run folder.")],
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a summary for a pull request here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
) -> None:
    """Show a run again, or write its reports elsewhere."""
    cli_run.show_again(folder, html=html, markdown=markdown, junit=junit)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="The run before.")],
    b: Annotated[Path, typer.Argument(help="The run after.")],
    metric: Annotated[str, typer.Option(help="The metric to test.")] = "observation_f1",
    markdown: Annotated[Path | None, typer.Option(help="Write the comparison as Markdown here.")] = None,
) -> None:
    """Say what changed between two runs over the same gold: difference, interval, test, mended and broken by name."""
    cli_run.show_comparison(a, b, metric, markdown)


@app.command()
def gate(
    folder: Annotated[
        Path | None, typer.Option("--run", help="A run folder to judge; else the gold is read now, offline.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Judge a live run by evals/gates.toml, not by the baseline.")
    ] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Make this run the baseline.")] = False,
    reason: Annotated[str, typer.Option(help="Why the new baseline is right; goes into CHANGELOG.md.")] = "",
    texts: Texts = None,
    home: HomeFolder = HOME,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
) -> None:
    """
    Hold the line. Offline: label by label against evals/baseline.jsonl. Live: lower bounds of evals/gates.toml.

    Exit codes: 0 the gate holds, 1 something broke, 2 wrong usage or configuration.
    """
    request = cli_run.RunRequest(texts=texts_folder(texts), home=Home(home), label="gate", use_cache=False)
    holds = cli_run.hold(request, folder, live=live, accept=accept, reason=reason, junit=junit)
    raise typer.Exit(0 if holds else 1)


def main() -> None:
    """Run the command."""
    run_command(app, "fazhi-eval")


if __name__ == "__main__":
    main()
