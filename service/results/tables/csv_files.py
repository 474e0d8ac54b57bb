"""
Tables as CSV for spreadsheets: UTF-8 with a BOM, CRLF, and no cell that a spreadsheet would run as a formula.

It knows CSV and nothing of results.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schemas.table import Column, Row, Table, Value
from service.results.cells import BOM, csv_line, guarded
from service.results.tables.beside import beside


def csv_lines(table: Table, found: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV file without BOM, header first."""
    yield csv_line(table.names)
    for row in found:
        yield _csv_row(table.columns, row)


class CsvFiles:
    """One `<table>.csv` each, UTF-8 with a BOM, CRLF."""

    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._columns = {table.name: table.columns for table in tables}
        self._paths = {table.name: folder / f"{table.name}.csv" for table in tables}
        self._files = {name: beside(path).open("w", encoding="utf-8", newline="") for name, path in self._paths.items()}
        for table in tables:
            self._files[table.name].write(BOM + csv_line(table.names))

    def write(self, table: str, row: Row) -> None:
        """Add a row to a table."""
        self._files[table].write(_csv_row(self._columns[table], row))

    def close(self) -> tuple[Path, ...]:
        """Make it whole; what was written."""
        for name, file in self._files.items():
            file.close()
            beside(self._paths[name]).replace(self._paths[name])
        return tuple(self._paths.values())

    def drop(self) -> None:
        """Leave nothing behind."""
        for name, file in self._files.items():
            file.close()
            beside(self._paths[name]).unlink(missing_ok=True)


def _csv_row(columns: Sequence[Column], row: Row) -> str:
    return csv_line(_cell(value, text=column.kind == "text") for column, value in zip(columns, row, strict=True))


def _cell(value: Value, *, text: bool) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if text and isinstance(value, str) else value
