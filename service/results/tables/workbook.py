"""
Tables as one XLSX workbook, written row by row.

What stands in the sheet of reports is not repeated in the others: it would make the file twice as large and slow.
It knows what a sheet cannot hold (control characters, cells over 32,767 characters, rows beyond its end) and that text which
begins with `=` is text. It knows nothing of results.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from schemas.table import Column, Row, Table, Value
from service.errors import CallerError
from service.results.tables.beside import beside, need

SHEET_ROWS: Final = 1_048_575  # and the header
CELL_CHARACTERS: Final = 32_767
EXACT_DIGITS: Final = 15  # that a spreadsheet's number keeps
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


class Workbook:
    """One XLSX file, a sheet for each table, headers bold and frozen."""

    def __init__(self, path: Path, tables: Sequence[Table]) -> None:
        openpyxl = need("openpyxl", "XLSX")
        self._cell = import_module("openpyxl.cell").WriteOnlyCell
        bold = import_module("openpyxl.styles").Font(bold=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._book = openpyxl.Workbook(write_only=True)
        self._tables = {table.name: table for table in tables}
        self._sheets: dict[str, Any] = {}
        self._rows = dict.fromkeys(self._tables, 0)
        for table in tables:
            sheet = self._book.create_sheet(table.name)
            sheet.freeze_panes = "A2"
            for letter, width in (("A", 24), ("B", 12), ("E", 20), ("F", 30)):
                sheet.column_dimensions[letter].width = width
            header = [self._cell(sheet, value=column.name) for column in table.columns if not column.repeated]
            for cell in header:
                cell.font = bold
            sheet.append(header)
            self._sheets[table.name] = sheet

    def write(self, table: str, row: Row) -> None:
        """Add a row to a table."""
        self._rows[table] += 1
        if self._rows[table] > SHEET_ROWS:
            raise CallerError(f"A sheet holds {SHEET_ROWS:,} rows and `{table}` has more: choose CSV or Parquet.")
        sheet = self._sheets[table]
        columns = self._tables[table].columns
        cells = zip(columns, row, strict=True)
        sheet.append([self._value(sheet, column, value) for column, value in cells if not column.repeated])

    def close(self) -> tuple[Path, ...]:
        """Make it whole; what was written."""
        self._book.save(beside(self._path))
        beside(self._path).replace(self._path)
        return (self._path,)

    def drop(self) -> None:
        """Leave nothing behind."""
        for sheet in self._sheets.values():
            sheet.close()
        beside(self._path).unlink(missing_ok=True)

    def _value(self, sheet: Any, column: Column, value: Value) -> object:
        if value is None or isinstance(value, bool | int):
            return value
        if column.kind == "number" and len(value) <= EXACT_DIGITS:
            return Decimal(value)
        if column.kind == "date":
            return date.fromisoformat(value)
        if column.kind == "figure" and len(value) <= EXACT_DIGITS and _PLAIN.fullmatch(value):
            return Decimal(value)
        clean = _NOT_IN_XML.sub("\ufffd", value)[:CELL_CHARACTERS]
        if not clean.startswith("="):
            return clean
        cell = self._cell(sheet, value=clean)
        cell.data_type = "s"  # text, whatever it begins with
        return cell
