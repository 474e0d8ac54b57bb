"""
fazhi's production code, and the few names that the evaluation suite may use.

What is shown is what a stranger needs to read a report exactly as `fazhi read` does: settings, the program that wires
itself from them, the deterministic half (`plan`), what a number surface says (`read_quantity`), where sentences end
(`cut_sentences`), and the errors. Names are looked up when first used, so that importing `service` costs nothing and an
evaluation that only reads gold never loads a language-model client. It knows nothing of gold or metrics.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from service.cassette import Cassette as Cassette
    from service.errors import CallerError as CallerError
    from service.errors import ConfigurationError as ConfigurationError
    from service.errors import FazhiError as FazhiError
    from service.extract import Extractor as Extractor
    from service.extract import Plan as Plan
    from service.extract import Progress as Progress
    from service.extract import plan as plan
    from service.quantity import read as read_quantity
    from service.sentences import cut as cut_sentences
    from service.settings import Settings as Settings
    from service.settings import load_settings as load_settings
    from service.wiring import Program as Program
    from service.wiring import make_loader as make_loader
    from service.wiring import open_program as open_program

_SHOWN: Final = {
    "CallerError": ("service.errors", "CallerError"),
    "Cassette": ("service.cassette", "Cassette"),
    "ConfigurationError": ("service.errors", "ConfigurationError"),
    "Extractor": ("service.extract", "Extractor"),
    "FazhiError": ("service.errors", "FazhiError"),
    "Plan": ("service.extract", "Plan"),
    "Program": ("service.wiring", "Program"),
    "Progress": ("service.extract", "Progress"),
    "Settings": ("service.settings", "Settings"),
    "cut_sentences": ("service.sentences", "cut"),
    "load_settings": ("service.settings", "load_settings"),
    "make_loader": ("service.wiring", "make_loader"),
    "open_program": ("service.wiring", "open_program"),
    "plan": ("service.extract", "plan"),
    "read_quantity": ("service.quantity", "read"),
}


def __getattr__(name: str) -> object:
    """A shown name, loaded now; AttributeError for anything else."""
    if name not in _SHOWN:
        raise AttributeError(f"module 'service' shows no {name!r}")
    module, attribute = _SHOWN[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(_SHOWN)
