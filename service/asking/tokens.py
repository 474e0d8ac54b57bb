"""
About how many tokens a text is, for limits, budgets and estimates made before a call; bills come from the endpoint.

Fitted to o200k on reports, codebook and replies: within a tenth of it. It knows no tokenizer.
"""

import re
from functools import lru_cache
from typing import Final

_CHINESE: Final = re.compile("[\u3400-\u9fff]")
_LETTER: Final = re.compile("[A-Za-z_ ]")
TOKENS_PER_CHINESE: Final = 0.725
TOKENS_PER_LETTER: Final = 0.185
TOKENS_PER_OTHER: Final = 0.81


@lru_cache(maxsize=256)  # the fixed part of a prompt is counted at every call
def approximate(text: str) -> int:
    """Tokens of `text`, roughly."""
    chinese, letters = len(_CHINESE.findall(text)), len(_LETTER.findall(text))
    others = len(text) - chinese - letters
    return round(chinese * TOKENS_PER_CHINESE + letters * TOKENS_PER_LETTER + others * TOKENS_PER_OTHER)
