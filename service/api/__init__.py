"""
The HTTP side: hand in a report, follow it, fetch what it became.

`app` puts the wing together; `intake` reads bodies, `extractions` and `results` answer for jobs, `events` waits with
the caller, `status` tells about the service, `access` knows keys, `shield` stands around all of it, `problems` is how
errors look. The wing knows HTTP, and nothing of models, of Redis or of how a report is read.
"""

from service.api.access import KeyRing, parse_keys
from service.api.app import create_app
from service.api.desk import Desk, Limits

__all__ = ["Desk", "KeyRing", "Limits", "create_app", "parse_keys"]
