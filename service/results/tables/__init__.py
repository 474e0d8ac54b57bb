"""
Tables as files: CSV, one XLSX workbook, Parquet. Rows are written as they come; a file is whole or not there.

The wing knows formats and what would go wrong in each, and nothing of results.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from schemas.table import Row
from service.results.cells import BOM
from service.results.tables.csv_files import CsvFiles, csv_lines
from service.results.tables.parquet import ParquetFiles
from service.results.tables.workbook import Workbook


class Writer(Protocol):
    """Takes rows table by table; `close` makes the files whole, `drop` leaves nothing else behind."""

    def write(self, table: str, row: Row) -> None: ...  # noqa: D102
    def close(self) -> tuple[Path, ...]: ...  # noqa: D102
    def drop(self) -> None: ...  # noqa: D102


class Files:
    """Several writers as one; whole at the end of the block, nothing left behind by an error."""

    def __init__(self, makers: Sequence[Callable[[], Writer]]) -> None:
        self._makers = makers
        self._writers: list[Writer] = []
        self.paths: tuple[Path, ...] = ()

    def write(self, table: str, row: Row) -> None:
        """A row for every writer."""
        for writer in self._writers:
            writer.write(table, row)

    def __enter__(self) -> Self:
        try:
            for make in self._makers:
                self._writers.append(make())
        except BaseException:
            self._drop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.paths = tuple(path for writer in self._writers for path in writer.close())
        finally:
            self._drop()

    def _drop(self) -> None:
        for writer in self._writers:
            writer.drop()


__all__ = ["BOM", "CsvFiles", "Files", "ParquetFiles", "Workbook", "Writer", "csv_lines"]
