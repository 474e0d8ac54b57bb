"""
Tables as Parquet, in row groups of a bounded size.

It knows Arrow types and nothing of results.
"""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from schemas.table import Column, Row, Table, Value
from service.results.tables.beside import beside, need

GROUP_ROWS: Final = 5_000  # held in memory
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff]")


class ParquetFiles:
    """One `<table>.parquet` each; `number` is a 64-bit float, as every reader has it."""

    def __init__(self, folder: Path, tables: Sequence[Table]) -> None:
        self._arrow = need("pyarrow", "Parquet")
        parquet = need("pyarrow.parquet", "Parquet")
        folder.mkdir(parents=True, exist_ok=True)
        kinds = {
            "text": self._arrow.string(),
            "integer": self._arrow.int64(),
            "number": self._arrow.float64(),
            "yes_no": self._arrow.bool_(),
            "date": self._arrow.date32(),
            "figure": self._arrow.string(),
        }
        self._tables = {table.name: table for table in tables}
        self._paths = {table.name: folder / f"{table.name}.parquet" for table in tables}
        self._schemas = {
            table.name: self._arrow.schema([(column.name, kinds[column.kind]) for column in table.columns])
            for table in tables
        }
        self._files = {
            name: parquet.ParquetWriter(beside(path), self._schemas[name], compression="zstd")
            for name, path in self._paths.items()
        }
        self._held: dict[str, list[Row]] = {table.name: [] for table in tables}

    def write(self, table: str, row: Row) -> None:
        """Add a row to a table."""
        self._held[table].append(row)
        if len(self._held[table]) >= GROUP_ROWS:
            self._flush(table)

    def close(self) -> tuple[Path, ...]:
        """Make it whole; what was written."""
        for name, file in self._files.items():
            self._flush(name)
            file.close()
            beside(self._paths[name]).replace(self._paths[name])
        return tuple(self._paths.values())

    def drop(self) -> None:
        """Leave nothing behind."""
        for name, file in self._files.items():
            file.close()
            beside(self._paths[name]).unlink(missing_ok=True)

    def _flush(self, table: str) -> None:
        held = self._held[table]
        if not held:
            return
        columns = zip(self._tables[table].columns, zip(*held, strict=True), strict=True)
        arrays = [[_arrow_value(column, value) for value in values] for column, values in columns]
        self._files[table].write_table(self._arrow.table(arrays, schema=self._schemas[table]))
        held.clear()


def _arrow_value(column: Column, value: Value) -> object:
    if value is None or not isinstance(value, str):
        return value
    match column.kind:
        case "number":
            return float(value)
        case "date":
            return date.fromisoformat(value)
        case _:
            return _NO_CHARACTER.sub("\ufffd", value)
