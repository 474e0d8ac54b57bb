"""
fazhi's production code, and the few names that the evaluation suite may use.

What is shown is what a stranger needs to read a report exactly as `fazhi read` does: settings, the program that wires
itself from them, the deterministic half (`plan`), what a number surface says (`read_quantity`), where sentences end
(`cut_sentences`), how a command ends (`run_command`), and the errors. Names are looked up when first used, so that
importing `service` costs nothing and an evaluation that only reads gold never loads a language-model client. It knows
nothing of gold or metrics.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from service.asking.cassette import Cassette
    from service.cli.exits import run_command
    from service.errors import CallerError, ConfigurationError, FazhiError
    from service.extract import Extractor, Plan, Progress, plan
    from service.offline_model.features import Place
    from service.offline_model.features import features as offline_features
    from service.settings import Settings, load_settings
    from service.text.load import load as load_text
    from service.text.quantity import read as read_quantity
    from service.text.sentences import cut as cut_sentences
    from service.wiring import Program, open_program

__all__ = [
    "CallerError",
    "Cassette",
    "ConfigurationError",
    "Extractor",
    "FazhiError",
    "Place",
    "Plan",
    "Program",
    "Progress",
    "Settings",
    "cut_sentences",
    "load_settings",
    "load_text",
    "offline_features",
    "open_program",
    "plan",
    "read_quantity",
    "run_command",
]

_SHOWN: Final = {
    "CallerError": ("service.errors", "CallerError"),
    "Cassette": ("service.asking.cassette", "Cassette"),
    "ConfigurationError": ("service.errors", "ConfigurationError"),
    "Extractor": ("service.extract", "Extractor"),
    "FazhiError": ("service.errors", "FazhiError"),
    "Place": ("service.offline_model.features", "Place"),
    "Plan": ("service.extract", "Plan"),
    "Program": ("service.wiring", "Program"),
    "Progress": ("service.extract", "Progress"),
    "Settings": ("service.settings", "Settings"),
    "cut_sentences": ("service.text.sentences", "cut"),
    "load_settings": ("service.settings", "load_settings"),
    "offline_features": ("service.offline_model.features", "features"),
    "load_text": ("service.text.load", "load"),
    "open_program": ("service.wiring", "open_program"),
    "plan": ("service.extract", "plan"),
    "read_quantity": ("service.text.quantity", "read"),
    "run_command": ("service.cli.exits", "run_command"),
}


def __getattr__(name: str) -> object:
    """A shown name, loaded now; AttributeError for anything else."""
    if name not in _SHOWN:
        raise AttributeError(f"module 'service' shows no {name!r}")
    module, attribute = _SHOWN[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return list(__all__)
