"""
Whose recorded replies a cassette holds: model, day, prompt, and whether the prompt has changed since.

It reads what the recorder wrote at the head and knows nothing of how replies are played.
"""

from datetime import datetime
from pathlib import Path

from evals.folder import CassetteNote
from service import Cassette


def note_of(path: Path, prompt: str) -> CassetteNote:
    """What a run record says of a cassette; `prompt` is the fingerprint that the program asks with now."""
    cassette = Cassette.load(path)
    head = cassette.head
    return CassetteNote(
        path=path.name,
        model=head.model,
        recorded_at=datetime.fromisoformat(head.recorded_at),
        prompt=head.prompt,
        replies=len(cassette),
        stale=head.prompt != prompt,
    )
