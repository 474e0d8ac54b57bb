"""
Whose recorded replies a cassette holds: model, day, prompt, and whether the prompt has changed since.

It reads what the recorder wrote at the head and knows nothing of how replies are played.
"""

from datetime import datetime
from pathlib import Path

from schemas.extraction import Noun
from service import Cassette, ConfigurationError


class CassetteNote(Noun):
    """Of which model, day and prompt recorded replies are; `stale` where the prompt has changed since."""

    path: str
    model: str
    recorded_at: datetime
    prompt: str
    replies: int
    stale: bool


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


def explain_miss(path: Path, prompt: str, miss: ConfigurationError) -> ConfigurationError:
    """Why recorded replies do not answer: stale where the prompt has changed since, else as the player says."""
    note = note_of(path, prompt)
    if not note.stale:
        return miss
    return ConfigurationError(
        f"The cassette {note.path} is stale: it holds replies of {note.model}, recorded {note.recorded_at:%Y-%m-%d} "
        f"with prompt {note.prompt}, and the prompt is now {prompt}. Record it again."
    )
