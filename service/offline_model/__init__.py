"""
The offline model: an OpenAI-compatible application inside the process, the default without a key or an endpoint.

`wire` speaks the wire format, `request` reads a part back out of its prompt, `reader` answers it, `faults` plays what
endpoints do wrong. It reads only the request that it is sent.
"""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from service.offline_model.wire import OfflineModel as OfflineModel

OFFLINE_NAME: Final = "fazhi-offline"


@cache
def offline_fingerprint() -> str:
    """Eight hex digits over the code and weights that shape its answers."""
    folder = files(__name__)
    shaping = sorted(one.name for one in folder.iterdir() if one.name.endswith((".py", ".json")))
    content = b"\0".join(folder.joinpath(name).read_bytes() for name in shaping)
    return hashlib.sha256(content).hexdigest()[:8]
