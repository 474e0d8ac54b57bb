"""
The commands that make and guard gold: draft, import-gold, agreement, lint.

It turns files into calls and outcomes into words; the rules are told in their own rooms.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals import agreement as agreements
from evals.adopt import adopt, companion_of, read_labels, sealed
from evals.cases import Case, find_cases, loader, texts_folder
from evals.draft import doubts_in, write_draft
from evals.draft import draft as draft_of
from evals.figures import is_enough
from evals.gold import HOME, GoldReport, Home, read_gold, write_gold
from evals.lint import Fault
from evals.lint import lint as faults_of
from evals.metrics import BY_NAME
from evals.outcome import Tally
from schemas.outline import LoadedText
from service import CallerError, load_settings, open_program

HomeFolder = Annotated[Path, typer.Option("--home", help="Folder with gold/ and reports/.")]
Texts = Annotated[Path | None, typer.Option(help="Folder of the real reports (else ../shared/reports).")]


def lint(
    texts: Texts = None,
    home: HomeFolder = HOME,
    strict: Annotated[bool, typer.Option("--strict", help="Doubts count as faults.")] = False,
) -> None:
    """
    Check all gold: offsets, surfaces, codes, units, duplicates, dangling links, overlaps, and every value read back.

    Exit codes: 0 clean, 1 faults, 2 a file that cannot be read.
    """
    cases = find_cases(loader(load_settings()), Home(home), texts_folder(texts))
    if not cases.found and not cases.absent:
        raise CallerError(f"There is no gold in {Home(home).gold}; give the folder that holds gold/ with --home.")
    faults = [fault for case in cases.found for fault in faults_of(case)]
    console = Console(soft_wrap=True)
    _show_faults(console, faults)
    observations = sum(len(case.gold.observations) for case in cases.found)
    console.print(f"Checked: reports {len(cases.found)}, observations {observations}; findings {len(faults)}.")
    if cases.absent:
        console.print(f"Not checked, their text is not here: {', '.join(cases.absent)}.", markup=False)
    raise typer.Exit(1 if any(fault.severe or strict for fault in faults) else 0)


def draft(
    report: Annotated[Path, typer.Argument(help="A report (.txt .md .html .docx .pdf).")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The label file to write.")] = None,
    annotator: Annotated[str, typer.Option(help="Who will correct it.")] = "draft",
    model: Annotated[str | None, typer.Option(help="Model name; without key and endpoint the offline model.")] = None,
) -> None:
    """Write a draft label file from a reading, every doubtful place marked `check`, for a person to correct."""
    target = output or report.with_name(f"{report.stem}.labels.json")
    if target.exists():
        raise CallerError(f"{target} is there already; a person's labels are never overwritten. Give --output.")
    loaded = _load(report)
    found = asyncio.run(_draft(loaded, annotator, model))
    target.write_text(write_draft(found), encoding="utf-8")
    if loaded.converted:
        target.with_suffix(".txt").write_text(loaded.text, encoding="utf-8", newline="")
    Console(soft_wrap=True).print(
        f"{target}: {len(found['observations'])} observations, {doubts_in(found)} labels marked `check`. "
        "See docs/labelling.md.",
        markup=False,
    )


async def _draft(loaded: LoadedText, annotator: str, model: str | None) -> dict[str, Any]:
    async with open_program(load_settings(model=model)) as program:
        extraction = await program.extractor.extract(loaded)
        return draft_of(extraction, loaded.text, annotator, program.codebook)


def import_gold(
    a: Annotated[Path, typer.Argument(help="A label file.")],
    b: Annotated[Path | None, typer.Argument(help="The second annotator's label file of the same report.")] = None,
    real: Annotated[bool, typer.Option("--real", help="Facts only: no words of the report are kept.")] = False,
    texts: Texts = None,
    home: HomeFolder = HOME,
    worksheet: Annotated[
        Path | None, typer.Option(help="Where the differences are written, or, if it is there, read as decided.")
    ] = None,
) -> None:
    """
    Make gold of a label file, or of two: their agreement is kept, and a worksheet lists what is to be decided.

    Without a worksheet, A stands wherever they differ.
    """
    raw = read_labels(a)
    loaded = _text_of(raw["report"], Home(home), real, texts)
    console = Console(soft_wrap=True)
    today = datetime.now(UTC).date()
    first = adopt(raw, loaded, companion_of(a), today)
    if first.left_out:
        console.print(f"{len(first.left_out)} set aside on the companion are not in the loaded text and are left out.")
    gold = first.gold
    if b is not None:
        other = adopt(read_labels(b), loaded, companion_of(b), today).gold
        gold = _adjudicate(console, gold, other, loaded.text, worksheet, Home(home).agreement)
    kept = sealed(gold, loaded.text) if real else gold
    path = (Home(home).real if real else Home(home).gold) / f"{gold.name}.json"
    kept = _numbered(kept, path)
    write_gold(path, kept)
    faults = faults_of(Case(kept, loaded, "real" if real else "samples"))
    _show_faults(console, faults)
    words = f"{path}: version {kept.version}, {len(kept.observations)} observations, {len(faults)} findings."
    console.print(words, markup=False)
    raise typer.Exit(1 if any(fault.severe for fault in faults) else 0)


def agreement(
    a: Annotated[Path | None, typer.Argument(help="A label file; without files, what import-gold kept.")] = None,
    b: Annotated[Path | None, typer.Argument(help="The second annotator's.")] = None,
    real: Annotated[bool, typer.Option("--real", help="The text is one of the real reports.")] = False,
    texts: Texts = None,
    home: HomeFolder = HOME,
) -> None:
    """Print how far two annotators agree: pairwise F1 by the program's own scorer, and field by field."""
    if a is not None and b is not None:
        raw = read_labels(a)
        loaded = _text_of(raw["report"], Home(home), real, texts)
        today = datetime.now(UTC).date()
        one = adopt(raw, loaded, companion_of(a), today).gold
        other = adopt(read_labels(b), loaded, companion_of(b), today).gold
        found, _ = agreements.compare_labels(one, other, loaded.text)
        kept = {found.report: found}
    elif a is None:
        kept = agreements.read_agreements(Home(home).agreement)
    else:
        raise CallerError("Give two label files, or none for what was kept.")
    if not kept:
        raise CallerError("No agreement was kept yet; `fazhi-eval import-gold A.json B.json` keeps one.")
    console = Console()
    console.print(agreement_table(kept))
    per = Table("report", "A", "B", "observation F1", "strict F1", box=None, header_style="bold")
    for one_report in kept.values():
        sizes, tallies = one_report.observations, one_report.tallies
        cells = (
            str(sizes[0]),
            str(sizes[1]),
            *(_share(name, tallies[name]) for name in ("observation_f1", "strict_f1")),
        )
        per.add_row(escape(one_report.report), *cells)
    console.print(per)


def agreement_table(kept: dict[str, agreements.Agreement]) -> Table:
    """Micro over all reports that two people labelled."""
    table = Table(
        "agreement", "share", "n", box=None, header_style="bold", title=f"{len(kept)} reports", title_justify="left"
    )
    for name in agreements.SHOWN:
        total = sum((one.tallies[name] for one in kept.values() if name in one.tallies), Tally())
        table.add_row(BY_NAME[name].label, _share(name, total), str(total.denominator))
    return table


def _share(name: str, tally: Tally) -> str:
    if tally.share is None:
        return "–"
    return f"{tally.share:.3f}" if is_enough(name, tally.denominator) else f"{tally.numerator}/{tally.denominator}"


def _adjudicate(
    console: Console, gold: GoldReport, other: GoldReport, text: str, worksheet: Path | None, kept: Path
) -> GoldReport:
    found, decisions = agreements.compare_labels(gold, other, text)
    agreements.keep_agreement(found, kept)
    console.print(agreement_table({found.report: found}))
    if worksheet is None:
        return gold
    if not worksheet.exists():
        agreements.write_decisions(worksheet, decisions)
        console.print(
            f"{worksheet}: {len(decisions)} differences; set each `take`, then run the same command again.",
            markup=False,
        )
        return gold
    return agreements.adjudicate(gold, other, agreements.read_decisions(worksheet))


def _numbered(gold: GoldReport, path: Path) -> GoldReport:
    """The next version where the labels differ from those that are there."""
    if not path.exists():
        return gold
    old = read_gold(path)
    same = old.model_copy(update={"labelled_on": gold.labelled_on, "version": gold.version}) == gold
    return old if same else gold.model_copy(update={"version": old.version + 1})


def _text_of(report: str, home: Home, real: bool, texts: Path | None) -> LoadedText:
    folder = texts_folder(texts) if real else home.reports
    if folder is None or not (folder / report).is_file():
        raise CallerError(
            f"The text {report} is not in {folder or '../shared/reports'}; give --texts DIR for real reports."
        )
    return _load(folder / report)


def _load(path: Path) -> LoadedText:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CallerError(f"{path} cannot be opened: {error.strerror}.") from None
    return loader(load_settings())(data, path.name)


def _show_faults(console: Console, faults: list[Fault] | tuple[Fault, ...]) -> None:
    for fault in faults:
        colour = "red" if fault.severe else "yellow"
        words = escape(f"{fault.report} {fault.where}: {fault.what}")
        console.print(f"[{colour}]{fault.rule}[/] {words}", highlight=False)
