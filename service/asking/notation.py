"""
How a part is written for a model, and read back: `[3]` marks, `[d1]` titles, `[s1]` sentences, data tags.

Text is shown with its own brackets made full-width, one code point for one, so that no report can forge a mark or
close the data block, and offsets stay. It knows nothing of codebooks, wording or replies.
"""

import re
from typing import Final

HEADINGS: Final = "标题"
BEFORE: Final = "上文"
NOTES: Final = "注"
BODY: Final = "正文"

MARK: Final = re.compile(r"\[([sd]?)(\d+)\]")

_FULL_WIDTH: Final = {"[": "［", "]": "］", "<": "＜", ">": "＞"}
# C0 controls (but tab and line ends), DEL and lone surrogates cannot travel in every JSON body.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TO_SHOWN: Final = str.maketrans(_FULL_WIDTH)


def shown(text: str) -> str:
    """The text as a prompt shows it: as long as the original, without ASCII brackets or unfit characters."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text.translate(_TO_SHOWN))


def unmarked(quote: str) -> str:
    """A model's quote without the marks it copied along."""
    return MARK.sub("", quote)


def tagged(tag: str, content: str) -> str:
    """A data block; `content` must have been through `shown`."""
    return f"<{tag}>{content}</{tag}>"


def untagged(tag: str, message: str) -> str:
    """The content of a data block of a rendered message, empty where there is none."""
    start, end = message.find(f"<{tag}>"), message.find(f"</{tag}>")
    return message[start + len(tag) + 2 : end] if 0 <= start < end else ""
