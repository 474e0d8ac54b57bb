"""
The signs between numbers that the rooms above read alike.

It knows signs and nothing of what they part.
"""

import re
from typing import Final

# Where a sentence ends.
STOP: Final = re.compile(r"[。!\uff01?\uff1f\n]")
AND: Final = re.compile(r"\s*[和及与、]\s*")
