"""Many results become tables."""

import csv
import io
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
import typer
from made import MADE_AT, NAMES, REPORTS, labelled
from openpyxl import load_workbook
from typer.testing import CliRunner

from schemas.codebook import load_codebook
from schemas.extraction import Extraction, SetAside, Statement, Unread
from schemas.table import Column, Table
from service.cli import dataset as cli_dataset
from service.errors import CallerError
from service.results import dataset, export
from service.results.headline import headlines, without
from service.results.tables import CsvFiles, Files, ParquetFiles, Workbook, csv_lines

BOOK = load_codebook()
APP = typer.Typer()
APP.command()(cli_dataset.dataset)
APP.command()(cli_dataset.compare)
RUN = CliRunner()


def keep(folder: Path, *names: str, **more: int) -> None:
    folder.mkdir(exist_ok=True)
    for name in names or NAMES:
        (folder / f"{name}.json").write_text(labelled(name, **more)[0].model_dump_json(), "utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes().decode("utf-8")
    assert raw.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(raw[1:])))


def run(*arguments: object) -> str:
    outcome = RUN.invoke(APP, [str(one) for one in arguments], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_every_observation_is_a_row_with_its_sentence_its_base_and_where_it_is_from(tmp_path: Path) -> None:
    keep(tmp_path / "in")
    run("dataset", tmp_path / "in", "-o", tmp_path / "out", "--texts", REPORTS)
    found = rows(tmp_path / "out/observations.csv")
    every = [labelled(name) for name in NAMES]
    assert len(found) == sum(len(one.observations) for one, _ in every)
    texts = {one.report.name: text for one, text in every}
    for row in found:
        text = texts[row["report"]]
        assert text[int(row["start"]) : int(row["end"])] == row["quote"]
        assert row["quote"] in row["sentence"]
        assert row["sentence"] in text
        assert row["model"] == "hand labels"
        assert row["label"]
    rate = next(row for row in found if row["indicator"] == "dispute_resolution.success_rate" and row["part_of"])
    assert rate["base_value"]
    assert rate["base_name"]


def test_without_the_text_the_sentence_is_empty_and_the_command_says_so(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022")
    said = run("dataset", tmp_path / "in", "-o", tmp_path / "out")
    count = len(labelled("shilu-2022")[0].observations)
    assert said.splitlines()[-1] == (
        f"{count} observations without a sentence: the text of 1 report is not at hand. "
        "Name the folder where the reports lie: --texts FOLDER."
    )
    assert {row["sentence"] for row in rows(tmp_path / "out/observations.csv")} == {""}


def test_a_text_that_is_not_the_one_that_was_read_gives_no_sentence(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022")
    (tmp_path / "in/shilu-2022.txt").write_text("另一份报告，5 次。" * 100, "utf-8")
    assert "without a sentence" in run("dataset", tmp_path / "in", "-o", tmp_path / "out")


def test_texts_that_are_not_there_are_said_and_a_name_that_no_file_can_have_is_no_text(tmp_path: Path) -> None:
    extraction, _ = labelled("shilu-2022")
    for at, name in enumerate(("长" * 300, "a\x00b", "..", "/")):
        report = extraction.report.model_copy(update={"name": name, "jurisdiction": str(at)})
        (tmp_path / f"r{at}.json").write_text(
            extraction.model_copy(update={"report": report}).model_dump_json(), "utf-8"
        )
    assert "the text of 4 reports is not at hand" in run("dataset", tmp_path, "-o", tmp_path / "out")
    with pytest.raises(CallerError, match="nowhere"):
        run("dataset", tmp_path, "-o", tmp_path / "out", "--texts", tmp_path / "nowhere")


def test_the_converted_text_beside_a_result_is_found(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022")
    (tmp_path / "in/shilu-2022.loaded.txt").write_bytes(labelled("shilu-2022")[1].encode())
    assert "without" not in run("dataset", tmp_path / "in", "-o", tmp_path / "out")


def test_a_cell_takes_whole_figures_lists_several_and_never_sums() -> None:
    extraction, _ = labelled("huaijin-2023")
    cells = headlines(extraction, BOOK)
    for code, cell in cells.items():
        mine = [one for one in extraction.observations if one.indicator == code]
        assert set(cell.figures) <= set(mine)
        assert all(one.aspect is None and one.area is None for one in cell.figures)
        assert cell.standing == ("reported" if cell.figures else "parts_only")
    several = next(cell for cell in cells.values() if len(cell.figures) > 1)
    wide = dict(dataset.rows(dataset.Result(extraction, None, "a.json"), BOOK))["wide"]
    assert "; ".join(one.value for one in several.figures) in wide


def test_a_rate_that_names_its_base_is_no_part() -> None:
    extraction, _ = labelled("shilu-2022")
    rate = next(one for one in extraction.observations if one.indicator == "dispute_resolution.success_rate")
    assert rate.part_of
    assert headlines(extraction, BOOK)[rate.indicator].figures == (rate,)


def test_a_stage_of_another_indicator_is_no_part_and_a_share_of_its_own_is() -> None:
    extraction, _ = labelled("qitong-2023")
    accepted = next(one for one in extraction.observations if one.indicator == "administrative_review.accepted")
    whole = next(one for one in extraction.observations if one.id == accepted.part_of)
    assert whole.indicator == "administrative_review.applications"
    assert headlines(extraction, BOOK)[accepted.indicator].figures == (accepted,)
    share = accepted.model_copy(update={"indicator": whole.indicator})
    shared = extraction.model_copy(update={"observations": (whole, share)})
    assert headlines(shared, BOOK)[whole.indicator].figures == (whole,)


def test_not_reported_is_said_only_where_nothing_is_unread_or_doubtful() -> None:
    assert without(labelled("shilu-2022")[0]).standing == "not_reported"
    assert without(labelled("shilu-2022", unread=1)[0]).standing == "unknown"
    assert without(labelled("shilu-2022", doubtful=1)[0]).standing == "unknown"


def test_zero_is_zero(tmp_path: Path) -> None:
    extraction, _ = labelled("shilu-2022")
    first = extraction.observations[0].model_copy(update={"value": "0", "indicator": "legislation.other"})
    changed = extraction.model_copy(update={"observations": (first,)})
    wide = dict(dataset.rows(dataset.Result(changed, None, "a"), BOOK))["wide"]
    names = dataset.wide_table(BOOK).names
    assert wide[names.index("legislation.other")] == "0"
    assert wide[names.index("judicial.other")] == "not_reported"


def test_the_newest_version_of_a_report_wins_and_strangers_are_kept_apart(tmp_path: Path) -> None:
    keep(tmp_path, "shilu-2022", "lanpu-2022")
    newer, _ = labelled("shilu-2022", unread=1, created_at=MADE_AT + timedelta(days=1))
    (tmp_path / "again.json").write_text(newer.model_dump_json(), "utf-8")
    for name in ("nobody", "nowhere"):
        report = newer.report.model_copy(
            update={"jurisdiction": None, "issuer": None, "sha256": name[-1].encode().hex().rjust(64, "0")}
        )
        (tmp_path / f"{name}.json").write_text(newer.model_copy(update={"report": report}).model_dump_json(), "utf-8")
    (tmp_path / "other.json").write_text('{"a": 1}', "utf-8")
    said = run("dataset", tmp_path, "-o", tmp_path / "out")
    assert "1 older version left out" in said
    assert "1 other JSON file skipped" in said
    kept = {row["result"] for row in rows(tmp_path / "out/reports.csv")}
    assert kept == {"again.json", "lanpu-2022.json", "nobody.json", "nowhere.json"}


def test_a_spreadsheet_runs_no_cell_of_ours(tmp_path: Path) -> None:
    extraction, _ = labelled("shilu-2022")
    bad = '=HYPERLINK("http://x")\x07\ud800'
    odd = {"name": bad, "area": "+1", "period": "@a", "unit": "-2", "quote": "\uff1d1+1"}
    one = extraction.observations[0].model_copy(update=odd)
    dirty = extraction.model_copy(update={"observations": (one,)})
    result = dataset.Result(dirty, None, "a.json")
    tables = dataset.tables(BOOK)
    with Files([lambda: CsvFiles(tmp_path, tables), lambda: Workbook(tmp_path / "a.xlsx", tables)]) as files:
        for table, row in dataset.rows(result, BOOK):
            files.write(table, row)
    (row,) = rows(tmp_path / "observations.csv")
    assert row["name"].startswith("'=")
    assert [row["area"], row["period"], row["unit"], row["quote"]] == ["'+1", "'@a", "'-2", "'\uff1d1+1"]
    sheet = load_workbook(tmp_path / "a.xlsx")["observations"]
    header = [cell.value for cell in sheet[1]]
    cell = sheet.cell(2, header.index("name") + 1)
    assert cell.data_type == "s"
    assert str(cell.value).startswith("=HYPERLINK")
    assert sheet.cell(2, header.index("value") + 1).data_type == "n"


def test_a_number_below_zero_is_a_number_in_every_table(tmp_path: Path) -> None:
    extraction, _ = labelled("shilu-2022")
    one = extraction.observations[0].model_copy(update={"value": "-3.2"})
    lower = extraction.model_copy(update={"observations": (one,)})
    (printed,) = csv.DictReader(export.to_csv([lower], BOOK))
    assert printed["value"] == "-3.2"
    tables = dataset.tables(BOOK)
    with Files([lambda: CsvFiles(tmp_path, tables), lambda: Workbook(tmp_path / "a.xlsx", tables)]) as files:
        for table, row in dataset.rows(dataset.Result(lower, None, "a.json"), BOOK):
            files.write(table, row)
    assert [row["value"] for row in rows(tmp_path / "observations.csv")] == ["-3.2"]
    sheet = load_workbook(tmp_path / "a.xlsx")["observations"]
    assert sheet.cell(2, [cell.value for cell in sheet[1]].index("value") + 1).value == -3.2


def test_half_a_character_leaves_as_one_replacement_and_offsets_still_count(tmp_path: Path) -> None:
    extraction, text = labelled("shilu-2022")
    first = extraction.observations[0]
    at = first.start - 1
    broken = f"{text[:at]}\ud842{text[at + 1 : first.start]}\udfb7{text[first.start + 1 :]}"
    spoiled = extraction.model_copy(
        update={
            "observations": (first.model_copy(update={"quote": broken[first.start : first.end]}),),
            "problems": (Statement(start=at, end=first.end, text=broken[at : first.end], section=None),),
            "unread": (Unread(section=None, start=at, end=at + 1, quote=broken[at], reason="\ud800"),),
            "set_aside": (
                SetAside(
                    section=None,
                    start=at,
                    end=at + 2,
                    quote=broken[at : at + 2],
                    why="other",
                    by="scanner",
                    doubt=False,
                ),
            ),
        }
    )
    whole = broken.replace("\ud842", "\ufffd").replace("\udfb7", "\ufffd")
    for written in (export.to_json(spoiled), export.to_json_line(spoiled)):
        read = Extraction.model_validate_json(written)
        places = (*read.observations, *read.unread, *read.set_aside)
        assert all(whole[one.start : one.end] == one.quote for one in places)
        assert [whole[one.start : one.end] for one in read.problems] == [one.text for one in read.problems]
    assert export.to_json(spoiled) == export.to_json(read)
    "".join(export.to_csv([spoiled], BOOK)).encode()

    tables = dataset.tables(BOOK)
    with Files(
        [
            lambda: CsvFiles(tmp_path, tables),
            lambda: Workbook(tmp_path / "a.xlsx", tables),
            lambda: ParquetFiles(tmp_path, tables),
        ]
    ) as files:
        for table, row in dataset.rows(dataset.Result(spoiled, broken, "a.json"), BOOK):
            files.write(table, row)
    (row,) = rows(tmp_path / "observations.csv")
    assert row["quote"] == whole[first.start : first.end]
    assert row["quote"] in row["sentence"]
    (framed,) = pyarrow.parquet.read_table(tmp_path / "observations.parquet").to_pylist()
    sheet = load_workbook(tmp_path / "a.xlsx")["observations"]
    in_sheet = dict(zip(*sheet.iter_rows(values_only=True), strict=True))
    assert row["sentence"] == framed["sentence"] == in_sheet["sentence"]


def test_a_sheet_keeps_text_numbers_days_and_answers_as_such_and_cuts_what_no_cell_holds(tmp_path: Path) -> None:
    cells = (
        ("text", "  <b>&amp;\r\n\t]]>", "  <b>&amp;\r\n\t]]>"),
        ("text", "<r><t>x</t></r>", "<r><t>x</t></r>"),
        ("text", "1.5", "1.5"),
        ("text", "", None),
        ("text", None, None),
        ("text", "甲" * 40_000, "甲" * 32_767),
        ("text", "\U00020bb7" * 20_000, "\U00020bb7" * 16_383),  # a spreadsheet counts each twice
        ("number", "84.62", 84.62),
        ("number", "1234567890123456", "1234567890123456"),  # more digits than a spreadsheet keeps
        ("number", "nan", "nan"),
        ("figure", "0", 0),
        ("figure", "3; 5", "3; 5"),
        ("integer", 7, 7),
        ("yes_no", True, True),
        ("yes_no", False, False),
        ("date", "2023-04-01", datetime(2023, 4, 1)),
    )
    shape = Table("表 1", tuple(Column(f"c{at}", kind) for at, (kind, *_) in enumerate(cells)))  # type: ignore[arg-type]
    with Files([lambda: Workbook(tmp_path / "a.xlsx", (shape, Table("empty", (Column("a"),))))]) as files:
        files.write("表 1", tuple(value for _, value, _ in cells))
    book = load_workbook(tmp_path / "a.xlsx")
    header, row = book["表 1"].iter_rows()
    assert all(cell.font.bold for cell in header)
    assert book["表 1"].freeze_panes == "A2"
    assert [cell.value for cell in row] == [shown for *_, shown in cells]
    assert {cell.data_type for cell in row} == {"s", "n", "b", "d"}
    assert row[-1].number_format == "yyyy-mm-dd"
    assert book["empty"].max_row == 1


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022")
    (tmp_path / "out/dataset.xlsx").mkdir(parents=True)
    (tmp_path / "file").write_text("", "utf-8")
    for output, form in (("out", "xlsx"), ("file", "csv"), ("file", "parquet"), ("all.csv", "csv")):
        with pytest.raises(CallerError, match=output):
            run("dataset", tmp_path / "in", "-o", tmp_path / output, "-f", form)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["dataset.xlsx", "file", "in", "out", "shilu-2022.json"]


def test_a_workbook_may_have_the_longest_name_that_a_file_can_have(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022")
    run("dataset", tmp_path / "in", "-o", tmp_path / f"{'表' * 83}.XLSX")
    assert [path.name for path in tmp_path.glob("*")].count(f"{'表' * 83}.XLSX") == 1


def test_csv_xlsx_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022", "lanpu-2022")
    run("dataset", tmp_path / "in", "-o", tmp_path / "out", "-f", "csv", "-f", "xlsx", "-f", "parquet", "-t", REPORTS)
    for table in dataset.tables(BOOK):
        count = len(rows(tmp_path / f"out/{table.name}.csv"))
        frame = pyarrow.parquet.read_table(tmp_path / f"out/{table.name}.parquet")
        assert frame.num_rows == count
        assert frame.column_names == list(table.names)
        assert load_workbook(tmp_path / "out/dataset.xlsx")[table.name].max_row == count + 1
    assert not list((tmp_path / "out").glob(".*"))


def test_a_missing_extra_is_said_in_one_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    keep(tmp_path / "in", "shilu-2022")
    script = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from pathlib import Path; from service.cli.dataset import TableForm, dataset\n"
        f"dataset([Path({str(tmp_path / 'in')!r})], Path({str(tmp_path / 'out')!r}), [TableForm.csv, TableForm.xlsx], None)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "ConfigurationError: XLSX needs the export extra: pip install 'fazhi[export]'." in done.stderr
    assert not list((tmp_path / "out").iterdir())


def test_no_result_and_a_broken_one_are_said(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(CallerError):
            RUN.invoke(APP, ["dataset", str(folder), "-o", str(tmp_path / "o")], catch_exceptions=False)


def test_csv_lines_stream_without_a_file() -> None:
    result = dataset.Result(*labelled("shilu-2022"), "a.json")
    mine = (row for table, row in dataset.rows(result, BOOK) if table == "observations")
    lines = list(csv_lines(dataset.OBSERVATIONS, mine))
    assert len(lines) == len(result.extraction.observations) + 1


def test_200_results_of_as_many_units_make_200_rows(tmp_path: Path) -> None:
    made = [labelled(name)[0] for name in NAMES]
    (tmp_path / "in").mkdir()
    for at in range(200):
        one: Extraction = made[at % len(made)]
        report = one.report.model_copy(update={"jurisdiction": f"{one.report.jurisdiction}{at}"})
        (tmp_path / f"in/r{at}.json").write_text(one.model_copy(update={"report": report}).model_dump_json(), "utf-8")
    run("dataset", tmp_path / "in", "-o", tmp_path / "out", "-t", REPORTS)
    assert len(rows(tmp_path / "out/reports.csv")) == 200


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_as_many_cells_as_its_table_has_columns(name: str) -> None:
    widths = {table.name: len(table.columns) for table in dataset.tables(BOOK)}
    for table, row in dataset.rows(dataset.Result(*labelled(name), name), BOOK):
        assert len(row) == widths[table]
