"""
Tables: their names and their columns. Between the room that fills them and the room that writes them to files.

They know nothing of results or of file formats.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "yes_no", "date", "figure"]
Value = str | int | bool | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """`number` holds decimal digits as a string, so that nothing is rounded on the way; `date` an ISO date.

    A `figure` is a number where it looks like one, else words. `repeated`: it stands in the table of reports too.
    """

    name: str
    kind: Kind = "text"
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name (of its file or sheet) and its columns."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(column.name for column in self.columns)
