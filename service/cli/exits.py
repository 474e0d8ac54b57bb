"""
How a command ends: 0 or 1 by its own word, 2 for wrong usage or configuration, and one sentence for every error of ours.

It knows errors and exit codes, and nothing of what commands do. `fazhi` and `fazhi-eval` end alike.
"""

import sys
from collections.abc import Callable
from typing import Never

from rich.console import Console
from rich.markup import escape

from service.errors import CallerError, ConfigurationError, FazhiError


def run_command(command: Callable[[], object], name: str) -> None:
    """Run `command`, which may exit by itself; an error is told after `name`, never with a traceback."""
    try:
        command()
    except (CallerError, ConfigurationError) as error:
        _fail(name, error, 2)
    except FazhiError as error:
        _fail(name, error, 1)
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        _fail(name, f"{error.filename} cannot be opened or written: {error.strerror}. Choose another path.", 2)


def _fail(name: str, error: FazhiError | str, code: int) -> Never:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]{name}:[/bold red] {escape(str(error))}")
    sys.exit(code)
