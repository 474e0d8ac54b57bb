"""
The headings over a number, as far as the request tells: those sent with the part, then those in its own text.

It knows how headings are marked and nothing of roles or indicators.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

_HAN: Final = "[一二三四五六七八九十]{1,3}"
_HEADING: Final = re.compile(
    rf"(?:^|(?<=[\n。;；…]))[ \t\u3000\xa0]*(?:(?P<one>{_HAN}、)|(?P<two>[(（]{_HAN}[)）])|(?P<three>\d{{1,2}}[.．、](?!\d))|"
    rf"(?P<four>{_HAN}(?:是|要)))(?P<words>[^。\n;；:：]{{2,60}})"
)
_LEVELS: Final = {"one": 1, "two": 2, "three": 3, "four": 4}


class Headings:
    """The path of headings at any place of a part; asked in text order or not."""

    def __init__(self, text: str, path: Sequence[str]) -> None:
        stack = [(level, words) for level, words in enumerate(path, start=1)]
        self._starts = [0]
        self._paths = [tuple(words for _, words in stack)]
        for found in _HEADING.finditer(text):
            level = _LEVELS[_mark(found)]
            while stack and stack[-1][0] >= level:
                stack.pop()
            stack.append((level, found["words"]))
            self._starts.append(found.start("words"))
            self._paths.append(tuple(words for _, words in stack))

    def at(self, offset: int) -> tuple[str, ...]:
        """The headings over `offset`, the innermost last."""
        return self._paths[bisect_right(self._starts, offset) - 1]


def _mark(found: re.Match[str]) -> str:
    return next(name for name in _LEVELS if found[name])
