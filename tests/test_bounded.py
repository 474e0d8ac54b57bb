"""The guard against work that does not end, itself."""

from itertools import count

import pytest

from tests.bounded import ends


def test_what_does_not_end_fails() -> None:
    with pytest.raises(AssertionError, match="not ended"):
        _count_for_ever()


def test_what_ends_passes_and_leaves_no_timer() -> None:
    with ends(0.05):
        pass
    assert sum(range(3_000_000)) > 0


def _count_for_ever() -> None:
    with ends(0.05):
        for _ in count():
            pass
