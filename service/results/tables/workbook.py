"""
Tables as one XLSX workbook, written row by row.

The library makes the book (sheets, headers, styles), and the rows are written here: cell by cell through the library a thousand
reports take half a minute. What stands in the sheet of reports is not repeated in the others. It knows what a sheet
cannot hold (control characters, cells over 32,767 characters, rows beyond its end), and nothing of results.
"""

import io
import re
import shutil
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from schemas.table import Kind, Row, Table, Value
from service.errors import CallerError
from service.results.tables.beside import beside, need

SHEET_ROWS: Final = 1_048_575  # and the header
CELL_CHARACTERS: Final = 32_767  # in UTF-16, as spreadsheets count
EXACT_DIGITS: Final = 15  # that a spreadsheet's number keeps
_DAY_ZERO: Final = date(1899, 12, 30)
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Workbook:
    """One XLSX file, a sheet for each table, headers bold and frozen."""

    def __init__(self, path: Path, tables: Sequence[Table]) -> None:
        self._empty, day_style = _empty_book(tables)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._sheets = {table.name: _Sheet(table, day_style) for table in tables}

    def write(self, table: str, row: Row) -> None:
        """Add a row to a table."""
        self._sheets[table].write(row)

    def close(self) -> tuple[Path, ...]:
        """Make it whole; what was written."""
        sheets = {f"xl/worksheets/sheet{number}.xml": one for number, one in enumerate(self._sheets.values(), start=1)}
        with (
            zipfile.ZipFile(io.BytesIO(self._empty)) as empty,
            zipfile.ZipFile(beside(self._path), "w", zipfile.ZIP_DEFLATED) as book,
        ):
            for name in empty.namelist():
                if name in sheets:
                    sheets[name].put_into(book, name, empty.read(name))
                else:
                    book.writestr(name, empty.read(name))
        beside(self._path).replace(self._path)
        self._drop_rows()
        return (self._path,)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._drop_rows()
        beside(self._path).unlink(missing_ok=True)

    def _drop_rows(self) -> None:
        for sheet in self._sheets.values():
            sheet.drop()


class _Sheet:
    """The rows of a table as a sheet has them, in a nameless file until the book is put together."""

    def __init__(self, table: Table, day_style: int) -> None:
        letter_of = need("openpyxl", "XLSX").utils.get_column_letter
        kept = [(at, column.kind) for at, column in enumerate(table.columns) if not column.repeated]
        self._columns = [(at, kind, letter_of(place)) for place, (at, kind) in enumerate(kept, start=1)]
        self._table = table.name
        self._day_style = day_style
        self._last = 1
        self._file = TemporaryFile()  # noqa: SIM115  closed by `drop`

    def write(self, row: Row) -> None:
        if self._last > SHEET_ROWS:
            raise CallerError(f"A sheet holds {SHEET_ROWS:,} rows and `{self._table}` has more: choose CSV or Parquet.")
        self._last += 1
        cells = [self._cell(f"{letter}{self._last}", kind, row[at]) for at, kind, letter in self._columns]
        self._file.write(f'<row r="{self._last}">{"".join(cells)}</row>'.encode())

    def put_into(self, book: zipfile.ZipFile, name: str, empty: bytes) -> None:
        """Write the sheet that holds a header alone with the rows below it."""
        head, end, tail = empty.rpartition(b"</sheetData>")
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.file_size = len(empty) + self._file.tell()  # tells whether the entry needs the form for large files
        self._file.seek(0)
        with book.open(entry, "w") as sheet:
            sheet.write(head)
            shutil.copyfileobj(self._file, sheet)
            sheet.write(end + tail)

    def drop(self) -> None:
        self._file.close()

    def _cell(self, place: str, kind: Kind, value: Value) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
        if isinstance(value, int):
            return f'<c r="{place}"><v>{value}</v></c>'
        if kind == "date":
            return f'<c r="{place}" s="{self._day_style}"><v>{(date.fromisoformat(value) - _DAY_ZERO).days}</v></c>'
        if kind in ("number", "figure") and len(value) <= EXACT_DIGITS and _PLAIN.fullmatch(value):
            return f'<c r="{place}"><v>{value}</v></c>'
        # An inline string is text, whatever it begins with.
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{_escaped(value)}</t></is></c>'


def _empty_book(tables: Sequence[Table]) -> tuple[bytes, int]:
    """A book of sheets with headers and no rows, and the style of a cell that holds a day."""
    openpyxl = need("openpyxl", "XLSX")
    cell_of, bold = openpyxl.cell.WriteOnlyCell, openpyxl.styles.Font(bold=True)
    book = openpyxl.Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "A2"
        for letter, width in (("A", 24), ("B", 12), ("E", 20), ("F", 30)):
            sheet.column_dimensions[letter].width = width
        header = [cell_of(sheet, value=column.name) for column in table.columns if not column.repeated]
        for cell in header:
            cell.font = bold
        sheet.append(header)
    day = cell_of(sheet)
    day.number_format = "yyyy-mm-dd"
    day_style: int = day.style_id  # asked for, it becomes one of the book's styles
    made = io.BytesIO()
    book.save(made)
    return made.getvalue(), day_style


def _escaped(text: str) -> str:
    if not text.isprintable():
        text = _NOT_IN_XML.sub("\ufffd", text)
    if len(text) > CELL_CHARACTERS // 2:
        text = text.encode("utf-16-le")[: 2 * CELL_CHARACTERS].decode("utf-16-le", "ignore")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
