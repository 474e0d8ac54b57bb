"""
Where a file is written before it is whole, and the libraries that only some formats need.

It knows paths and imports, and no format.
"""

import hashlib
import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from service.errors import ConfigurationError

_READABLE: Final = 40  # characters: four bytes each and what follows stay under the 255 bytes of a name


def beside(path: Path) -> Path:
    """The place next to `path` where this process writes it, whatever the length of its name; it is moved when it is whole."""
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(f".{path.name[:_READABLE]}.{digest}.{os.getpid()}.tmp")


def need(module: str, form: str) -> Any:
    """A library of the `export` extra; ConfigurationError says how to get it."""
    try:
        return import_module(module)
    except ImportError:
        raise ConfigurationError(f"{form} needs the export extra: pip install 'fazhi[export]'.") from None
