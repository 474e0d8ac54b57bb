"""
Where a file is written before it is whole, and the libraries that only some formats need.

It knows paths and imports, and no format.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from service.errors import ConfigurationError


def beside(path: Path) -> Path:
    """The place next to `path` where it is written; it is moved when it is whole."""
    return path.with_name(f".{path.name}.tmp")


def need(module: str, form: str) -> Any:
    """A library of the `export` extra; ConfigurationError says how to get it."""
    try:
        return import_module(module)
    except ImportError:
        raise ConfigurationError(f"{form} needs the export extra: pip install 'fazhi[export]'.") from None
