"""
The unit that a table gives to the number in a cell: its column's header, its row's label, or a line 单位：件 above.

It knows nothing of numbers. It looks back a bounded way, so that a long table costs linear time.
"""

import re
from typing import Final

from service.text.lexicon import UNIT

_FAR: Final = 4000
_LINE: Final = 600
_LINES: Final = 60  # lines back in which a table without bars has its header
_SHORT: Final = 24  # characters of a cell that stands on a line of its own
_IN_BRACKETS: Final = re.compile(rf"[（(][^（()）]{{0,6}}?(?P<magnitude>[十百千]?[万亿]|[百千])?(?P<unit>{UNIT})[)）]")
_CAPTION: Final = re.compile(rf"单位[：:]\s*(?P<magnitude>[十百千]?[万亿]|[百千])?(?P<unit>{UNIT})\s*[)）]?\s*$")
_POWERS: Final = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
_BARS: Final = {bar: re.compile(re.escape(bar)) for bar in "|\t"}
_WIDE: Final = re.compile("[ \xa0]*[\u3000\t][ \xa0\u3000\t]*|[ \xa0]{2,}")
_BLANK: Final = " \t\r\xa0\u3000"
_PROSE: Final = re.compile(r"[。，；！？：:]|,(?!\d)|^\s*[（(]?[一二三四五六七八九十]+[、)）]")
_NUMBER: Final = re.compile(r"[\d.．,，]+[万亿]?")


def header_unit(text: str, at: int) -> tuple[int, str] | None:
    """The power of ten and the unit that a table gives to the cell at `at`; None where no table gives one."""
    line_start = text.rfind("\n", max(0, at - _LINE), at) + 1 or max(0, at - _LINE)
    line_end = text.find("\n", at, at + _LINE)
    line = text[line_start : line_end if line_end >= 0 else at + _LINE]
    if (bars := _bars(line)) is None:
        return None
    column = len(_cells(line[: at - line_start], bars)) - 1
    cells = _cells(line, bars)
    if bars is _WIDE and not _NUMBER.fullmatch(cells[column].rstrip(_BLANK)):
        return None
    lines = text[max(0, line_start - _FAR) : line_start].split("\n")[:-1]
    if len(cells) == 1:
        found = _of_lines(lines[-_LINES:])
    else:
        found = _of_rows(
            lines[-_LINES:] if bars is _WIDE else lines,
            bars,
            column,
            next((cell for cell in cells[:column] if cell.strip(_BLANK)), ""),
        )
    if found is None:
        return None
    return sum(_POWERS[sign] for sign in found["magnitude"] or ""), found["unit"].replace("％", "%")


def _bars(line: str) -> re.Pattern[str] | None:
    """What parts the cells of a row: bars, tabs, wide blanks; None for prose."""
    for bar, pattern in _BARS.items():
        if line.count(bar) >= 2:
            return pattern
    return None if _PROSE.search(line) else _WIDE


def _cells(line: str, bars: re.Pattern[str]) -> list[str]:
    return bars.split(line.lstrip(_BLANK) if bars is _WIDE else line)


def _of_rows(lines: list[str], bars: re.Pattern[str], column: int, label: str) -> re.Match[str] | None:
    """The unit of the column's header, else of the row's label, else of the line over the table."""
    header = caption = None
    while lines and caption is None and _bars(lines[-1]) is bars and len(cells := _cells(lines[-1], bars)) >= 2:
        caption = _CAPTION.search(lines.pop())
        if column < len(cells) and (hit := _IN_BRACKETS.search(cells[column])):
            header = hit
    above = (hit for one in reversed(lines[-2:]) if (hit := _CAPTION.search(one)))
    return header or _IN_BRACKETS.search(label) or caption or next(above, None)


def _of_lines(lines: list[str]) -> re.Match[str] | None:
    """The unit of the cells above, where each cell has a line of its own; None where they name several."""
    found: dict[str, re.Match[str]] = {}
    while lines and len(line := lines.pop().strip(_BLANK)) <= _SHORT:
        if caption := _CAPTION.search(line):
            return caption
        if _PROSE.search(line):
            break
        if hit := _IN_BRACKETS.search(line):
            found[hit.group()] = hit
    return next(iter(found.values())) if len(found) == 1 else None
