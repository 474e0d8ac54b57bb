"""
Written numbers to exact decimals: digits with 万 and 亿, Chinese numerals, 分之.

The point is moved in the string of digits, so that nothing is ever rounded (but for fractions, to four places).
It knows nothing of units or hedges but the 余 inside a number, and nothing of where a number stands.
"""

import re
from decimal import Decimal
from typing import Final

from service.text.lexicon import BLANK, MORE

_WIDE: Final = str.maketrans(
    "０１２３４５６７８９．，萬億两兩〇○壹贰貳叁參肆伍陆陸柒捌玖拾佰仟",
    "0123456789.,万亿二二零零一二二三三四五六六七八九十百千",
)
_UPPER: Final = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
_ONES: Final = {ch: i for i, ch in enumerate("零一二三四五六七八九")} | {ch: i for i, ch in enumerate("0123456789")}
_SECTION: Final = re.compile(
    r"(?:([一二三四五六七八九]?)千)?零?(?:([一二三四五六七八九]?)百)?零?(?:([一二三四五六七八九]?)十)?零?([一二三四五六七八九]?)$"
)
_TWENTY: Final = {"廿": "二十", "卅": "三十"}
_ARABIC_PARTS: Final = re.compile(
    r"([0-9]+)(?:\.([0-9]+))?([十百千]?[万亿]|[百千])?(?:零?([0-9]+)([十百千]?万|[千百])?)?$"
)
# No count has more digits; longer runs are identifiers or rubbish.
_LONGEST: Final = 24
_NOISE: Final = re.compile(rf"[{BLANK}\r\n,{MORE}]")


def share_of(part: str) -> tuple[Decimal | None, str | None]:
    """百分之九十八 is 98 %, 千分之三 is 3 ‰, 三分之二 and 2/3 are fractions rounded to four places."""
    base, _, share = part.partition("分之")
    if not share:
        share, _, base = part.replace("／", "/").partition("/")
    value, _ = decimal_of(share)
    if base in ("百", "千", "万"):
        return (None, None) if value is None else (value, {"百": "%", "千": "‰", "万": "‱"}[base])
    whole, _ = decimal_of(base)
    if value is None or not whole:
        return None, None
    exact = value / whole
    return (exact if exact.as_tuple().exponent in range(-4, 1) else exact.quantize(Decimal("0.0001"))), None


def decimal_of(number: str) -> tuple[Decimal | None, str]:
    """The value of a number with its magnitude, and the hedge inside it (余, 多, 来)."""
    hedge = next((ch for ch in reversed(number) if ch in MORE), "")
    plain = _NOISE.sub("", number.translate(_WIDE))
    found = _ARABIC_PARTS.match(plain)
    if found is None:
        return _han_decimal(plain), hedge
    whole, decimals, magnitude, rest, rest_magnitude = found.groups()
    if len(whole) > _LONGEST or len(decimals or "") > _LONGEST:
        return None, hedge
    power = sum(_UPPER[ch] for ch in magnitude or "")
    value = _moved(whole, decimals or "", power)
    if rest:
        # 1亿2千 is 1亿2千万: what follows a magnitude without 零 is the next place below it.
        below = 4 if magnitude == "亿" and rest_magnitude == "千" else 0
        value += _moved(rest, "", below + sum(_UPPER[ch] for ch in rest_magnitude or ""))
    return value, hedge


def _moved(whole: str, decimals: str, power: int) -> Decimal:
    """`whole.decimals` times ten to the `power`, exactly; decimals stay as written where no magnitude moves them."""
    if not power:
        return Decimal(f"{whole}.{decimals}" if decimals else whole)
    decimals = decimals.ljust(power, "0")
    rest = decimals[power:].rstrip("0")
    return Decimal(f"{whole}{decimals[:power]}" + (f".{rest}" if rest else ""))


def moved(value: Decimal, power: int) -> Decimal:
    """`value`, a number as written, times ten to the `power`, exactly."""
    whole, _, decimals = f"{value:f}".partition(".")
    return _moved(whole, decimals, power)


def _han_decimal(plain: str) -> Decimal | None:
    if plain in ("半", "一半", "半数"):
        return Decimal("0.5")
    for short, long in _TWENTY.items():
        plain = plain.replace(short, long)
    whole, point, decimals = plain.partition("点")
    value = _han_whole(whole)
    if value is None or not point:
        return None if value is None else Decimal(value)
    if not decimals or any(ch not in _ONES for ch in decimals):
        return None
    return Decimal(f"{value}.{''.join(str(_ONES[ch]) for ch in decimals)}")


def _han_whole(plain: str) -> int | None:
    if not plain:
        return None
    for big in ("亿", "万"):
        head, sign, tail = plain.rpartition(big)
        if sign:
            high = _han_whole(head) if head else 1
            low = _han_whole(tail.lstrip("零")) if tail.lstrip("零") else 0
            if high is None or low is None:
                return None
            if len(tail) == 1 and tail in _ONES:
                low *= 10 ** (_UPPER[big] - 1)  # 三万五 is 35000
            elif big == "亿" and "万" not in tail and tail[1:2] == "千":
                low *= 10**4  # 一亿二千 is 一亿二千万
            return int(high * 10 ** _UPPER[big] + low)
    if plain == "零":
        return 0
    if len(plain) > 1 and all(ch in _ONES for ch in plain):
        return int("".join(str(_ONES[ch]) for ch in plain)) if "零" in plain and not plain.startswith("零") else None
    found = _SECTION.match(plain)
    if found is None:
        return None
    total = 0
    for sign, digit in zip("千百十", found.groups(), strict=False):
        if digit is not None:
            total += (_ONES[digit] if digit else 1) * 10 ** _UPPER[sign]
    return total + (_ONES[found[4]] if found[4] else 0)
