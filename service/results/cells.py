"""
Lines of CSV for spreadsheets: CRLF, no cell that is run as a formula, no half of a character.

It knows cells and nothing of what stands in them.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

BOM: Final = "\ufeff"
# Spreadsheets in East Asian languages take the full-width signs for the others.
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
LONE: Final = re.compile("[\ud800-\udfff]")


def guarded(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return "'" + words if words.startswith(_FORMULA) else words


def csv_line(cells: Iterable[object]) -> str:
    """One line with its end; None is an empty cell, and a lone surrogate becomes U+FFFD."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return LONE.sub("\ufffd", buffer.getvalue())
