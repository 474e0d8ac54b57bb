"""
Whose recorded replies a cassette holds: model, day, prompt, and whether the prompt has changed since.

It reads what the recorder wrote at the head and knows nothing of how replies are played.
"""

from pathlib import Path

from evals.folder import CassetteNote


def note_of(path: Path, prompt: str) -> CassetteNote:
    """What the run record says of a cassette; filled when the cassette room lands."""
    return CassetteNote(path=path.name, model=None, recorded_at=None, prompt=None, replies=0, stale=prompt == "")
