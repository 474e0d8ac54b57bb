"""Many files: found once, named apart, written whole, gone on with, and never ended by one bad file."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from schemas.codebook import load_codebook
from schemas.mention import Part
from schemas.reading import Reading, Spent
from service.asking.model import Purse
from service.asking.part_source import SourcedReading
from service.asking.read_part import PartOutcome
from service.batch import Batch, ReportRead, ReportUnread, find_sources, write_atomically
from service.errors import CallerError
from service.extract import Extractor, Versions
from service.results import export
from service.text.load import load

REPORT = "青岚县2023年法治政府建设年度报告\n一、主要举措和成效\n全年审核规范性文件{0}件。\n"


class Refusing:
    """A source that refuses every mark and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self, part: Part, *, report: str, purse: Purse) -> SourcedReading:
        self.asked += 1
        reading = Reading(not_statistics=tuple(range(1, len(part.marks) + 1)))
        return SourcedReading(PartOutcome(reading, Spent(calls=1)), from_cache=False)


def make(source: Refusing, output: Path | None, *, force: bool = False) -> Batch:
    extractor = Extractor(source, load_codebook(), Versions(prompt="p", model="m", mode="x"))
    return Batch(
        extractor,
        lambda data, name: load(data, name=name, max_bytes=10_000, max_characters=10_000),
        output=output,
        render=export.to_json,
        current=extractor.provenance(),
        force=force,
    )


def outcomes(batch: Batch, *paths: Path) -> list[ReportRead | ReportUnread]:
    async def run() -> list[ReportRead | ReportUnread]:
        return [one async for one in batch.read_all(find_sources(paths), jobs=2)]

    return asyncio.run(run())


def test_folders_are_walked_and_each_file_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("甲", "utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text("乙", "utf-8")
    (tmp_path / "c.png").write_bytes(b"x")
    found = find_sources([tmp_path, tmp_path / "a.txt", Path("-")])
    assert [one.result_name for one in found] == ["a.json", "b.json", "stdin.json"]


def test_results_of_equal_stems_are_named_by_the_whole_file_name(tmp_path: Path) -> None:
    for name in ("r.txt", "r.html", "other.md"):
        (tmp_path / name).write_text("甲", "utf-8")
    assert {one.result_name for one in find_sources([tmp_path])} == {"r.txt.json", "r.html.json", "other.json"}


@pytest.mark.parametrize("name", ["missing.txt", "empty"])
def test_a_path_with_nothing_to_read_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CallerError, match=name):
        find_sources([tmp_path / name])


def test_a_second_run_keeps_what_is_done_and_force_reads_again(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(REPORT.format(7), "utf-8")
    source = Refusing()
    for force, skipped in ((False, False), (False, True), (True, False)):
        (one,) = outcomes(make(source, tmp_path / "out", force=force), tmp_path / "r.txt")
        assert isinstance(one, ReportRead)
        assert one.skipped is skipped
    assert source.asked == 2


def test_a_changed_text_is_read_again(tmp_path: Path) -> None:
    source, path = Refusing(), tmp_path / "r.txt"
    for number in (7, 8):
        path.write_text(REPORT.format(number), "utf-8")
        outcomes(make(source, tmp_path / "out"), path)
    assert source.asked == 2


def test_a_bad_file_costs_its_siblings_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"")
    (tmp_path / "good.txt").write_text(REPORT.format(7), "utf-8")
    kinds = {one.source.name: type(one) for one in outcomes(make(Refusing(), tmp_path / "out"), tmp_path)}
    assert kinds == {"bad.txt": ReportUnread, "good.txt": ReportRead}
    assert (tmp_path / "out" / "good.json").exists()


def test_the_loaded_text_of_a_converted_file_is_written_beside_its_result(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text(f"<html><body><p>{REPORT.format(7)}</p></body></html>", "utf-8")
    (one,) = outcomes(make(Refusing(), tmp_path / "out"), tmp_path / "r.html")
    assert isinstance(one, ReportRead)
    assert (tmp_path / "out" / "r.loaded.txt").read_text("utf-8") == one.text.text


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    write_atomically(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(target, "\ud800")
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["r.json"]


def test_a_name_as_long_as_the_file_system_allows_is_written(tmp_path: Path) -> None:
    target = tmp_path / f"{'报' * 83}.json"
    write_atomically(target, "甲")
    assert target.read_text("utf-8") == "甲"
    assert os.listdir(tmp_path) == [target.name]


def test_reports_with_names_as_long_as_the_file_system_allows_have_results_of_their_own(tmp_path: Path) -> None:
    for last in "甲乙":
        page = f"<html><body><p>{REPORT.format(7)}</p></body></html>"
        (tmp_path / f"{'报' * 82}{last}.html").write_text(page, "utf-8")
    read = outcomes(make(Refusing(), tmp_path / "out"), tmp_path)
    assert all(isinstance(one, ReportRead) for one in read)
    assert len(os.listdir(tmp_path / "out")) == 4  # results and loaded texts


def test_every_file_has_a_result_name_of_its_own(tmp_path: Path) -> None:
    for folder in ("a/2023", "b/2023", "B/2024"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "report.txt").write_text("甲", "utf-8")
    (tmp_path / "stdin.txt").write_text("甲", "utf-8")
    (tmp_path / "page.loaded.txt").write_text("甲", "utf-8")
    found = find_sources([tmp_path, Path("-")])
    assert sorted(one.result_name for one in found) == [
        "2024_report.txt.json",
        "a_2023_report.txt.json",
        "b_2023_report.txt.json",
        "stdin.json",
        "stdin.txt.json",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_file_named_in_another_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode("报告.txt".encode("gb18030"))).write_text(REPORT.format(3), "utf-8")
    (read,) = outcomes(make(Refusing(), tmp_path / "out"), tmp_path)
    assert isinstance(read, ReportRead)
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_result_that_cannot_be_written_costs_its_siblings_nothing(tmp_path: Path) -> None:
    for name in ("good.txt", "bad.txt"):
        (tmp_path / name).write_text(REPORT.format(3), "utf-8")
    (tmp_path / "out/bad.json").mkdir(parents=True)
    read = outcomes(make(Refusing(), tmp_path / "out"), tmp_path)
    (unread,) = (one for one in read if isinstance(one, ReportUnread))
    assert "cannot be written" in str(unread.error)
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["bad.json", "good.json"]
