"""The guard against work that does not end, itself."""

import pytest

from tests.bounded import ends


def test_what_does_not_end_fails() -> None:
    with pytest.raises(AssertionError, match="not ended"), ends(0.05):
        while True:
            pass


def test_what_ends_passes_and_leaves_no_timer() -> None:
    with ends(0.05):
        pass
    assert sum(range(3_000_000)) > 0
