"""
The unit that a table gives to the number in a cell: its column's header, its row's label, or a line 单位：件 above.

It knows nothing of numbers. It looks back a bounded way, so that a long table costs linear time.
"""

import re
from typing import Final

from service.text.lexicon import UNIT

_FAR: Final = 4000
_CELL: Final = 24
_LINE: Final = 600
_IN_BRACKETS: Final = re.compile(rf"[（(][^（()）]{{0,6}}?(?P<magnitude>[十百千]?[万亿]|[百千])?(?P<unit>{UNIT})[)）]")
_LINE_ABOVE: Final = re.compile(rf"单位[：:]\s*(?P<magnitude>[十百千]?[万亿]|[百千])?(?P<unit>{UNIT})\s*[)）]?\s*$")
_POWERS: Final = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}


def header_unit(text: str, at: int) -> tuple[int, str] | None:
    """The power of ten and the unit that a table gives to the cell at `at`; None where no table gives one."""
    near = text[max(0, at - _CELL) : at + _CELL]
    if "|" not in near and "\t" not in near:
        return None
    line_start = text.rfind("\n", max(0, at - _LINE), at) + 1 or max(0, at - _LINE)
    line_end = text.find("\n", at, at + _LINE)
    line = text[line_start : line_end if line_end >= 0 else at + _LINE]
    bar = next((mark for mark in "|\t" if line.count(mark) >= 2), None)
    if bar is None:
        return None
    column = text.count(bar, line_start, at)
    lines = text[max(0, line_start - _FAR) : line_start].split("\n")[:-1]
    found = None
    while lines and lines[-1].count(bar) >= 2:
        cells = lines.pop().split(bar)
        if column < len(cells) and (hit := _IN_BRACKETS.search(cells[column])):
            found = hit
    if found is None:
        label = next((cell for cell in line[: at - line_start].split(bar) if cell.strip()), "")
        found = _IN_BRACKETS.search(label) or next(
            (hit for above in reversed(lines[-2:]) if (hit := _LINE_ABOVE.search(above))), None
        )
    if found is None:
        return None
    return sum(_POWERS[sign] for sign in found["magnitude"] or ""), found["unit"].replace("％", "%")
