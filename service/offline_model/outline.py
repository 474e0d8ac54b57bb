"""
The headings over a place, as far as the request tells: those sent with the part, then those in its own text.

It knows how headings are marked and which parts of a report they name, in the words of `text.roles`. It knows nothing of
indicators.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from schemas.extraction import Role
from schemas.outline import Span
from service.text.roles import roles_of

_HAN: Final = "[一二三四五六七八九十]{1,3}"
_HEADING: Final = re.compile(
    rf"(?:^|(?<=[\n。;；…]))[ \t\u3000\xa0]*(?:(?P<zero>第{_HAN}(?:部分|章))[、 \t\u3000\xa0]*|(?P<one>{_HAN}、)|(?P<two>[(（]{_HAN}[)）])|"
    rf"(?P<three>\d{{1,2}}[.．、](?!\d))|(?P<four>[(（]\d{{1,2}}[)）])|(?P<five>{_HAN}(?:是|要)))(?P<words>[^。\n;；:：]{{2,60}})"
)
_LEVELS: Final = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_INLINE: Final = 5
_FIRST: Final = re.compile(r"(?<![十二三])一(?!十)|(?<!\d)1(?!\d)")
# A year and what is to be done in it; the request does not tell which year is reported on.
_COMING: Final = re.compile(
    r"^(?:19|20)\d\d年度?[^,\uff0c。]{0,16}(?:任务|安排|打算|计划|思路|目标|谋划|设想|展望|规划|要点|重点|工作)$"
)
_NOT_COMING: Final = re.compile(r"落实|完成|开展|推进|情况|成效|回顾|总结|主要工作$")
_SECTION: Final = re.compile(r"存在|不足|问题|短板|下一?步|打算|今后|明年|安排|计划|思路|原因")


class Headings:
    """The path of headings at any place of a part; asked in text order or not. What `asked` holds is no heading."""

    def __init__(self, text: str, path: Sequence[str], asked: Sequence[Span] = ()) -> None:
        found = [one for one in _HEADING.finditer(text) if not _inside(asked, one.start("words"))]
        stack = _sent(path, next((one for one in found if _level(one) < _INLINE), None))
        self._starts = [0]
        self._paths = [tuple(stack)]
        for one in found:
            level = _level(one)
            while stack and stack[-1][0] >= level:
                stack.pop()
            stack.append((level, one["words"].strip()))
            self._starts.append(one.start("words"))
            self._paths.append(tuple(stack))

    def at(self, offset: int) -> tuple[str, ...]:
        """The headings over `offset`, the innermost last."""
        return tuple(words for _, words in self._over(offset))

    def parts_at(self, offset: int) -> tuple[tuple[str, ...], tuple[Role, ...]]:
        """The headings over `offset` that stand in lines of their own, and the parts of a report that they name."""
        over = tuple(words for level, words in self._over(offset) if level < _INLINE)
        roles: tuple[Role, ...] = ()
        for words in over:
            named = named_by(words)
            child_of_none = not roles or roles[0] in ("achievements", "other")
            if named and (child_of_none or (roles[0] == "problems" and "plans" in named and _is_section(words))):
                roles = named if not roles or _is_section(words) else roles
        return over, roles

    def _over(self, offset: int) -> tuple[tuple[float, str], ...]:
        return self._paths[bisect_right(self._starts, offset) - 1]


@lru_cache(maxsize=512)
def named_by(heading: str) -> tuple[Role, ...]:
    """The parts of a report that a heading names, in its order; the reported year is not known here."""
    words = heading.strip()
    if _COMING.match(words) and not _NOT_COMING.search(words):
        return ("plans",)
    years = sorted({int(year) for year in re.findall(r"(?:19|20)\d\d(?=年)", words)})
    return roles_of(words, years[0] if len(years) > 1 else None)


def _is_section(words: str) -> bool:
    """Whether a heading under another names a part of the report, not a task that mentions one."""
    return len(words) <= 16 and (_SECTION.search(words) is not None or _COMING.match(words) is not None)


def _sent(path: Sequence[str], first: re.Match[str] | None) -> list[tuple[float, str]]:
    """The headings sent with a part, which have no marks: beside the first heading of the text, or over it where that is number one."""
    if first is None:
        return [(float(level), words) for level, words in enumerate(path, start=1)]
    last = _level(first) - (0.5 if _FIRST.search(first[_name(first)]) else 0)
    return [(last - len(path) + at, words) for at, words in enumerate(path, start=1)]


def _level(found: re.Match[str]) -> int:
    return _LEVELS[_name(found)]


def _name(found: re.Match[str]) -> str:
    return next(name for name in _LEVELS if found[name])


def _inside(asked: Sequence[Span], at: int) -> bool:
    before = bisect_right(asked, at, key=lambda one: one.start) - 1
    return before >= 0 and at < asked[before].end
