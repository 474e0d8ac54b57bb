"""The codebook: versions side by side, codes for ever."""

import pytest

from schemas.codebook import CODEBOOK_VERSION, load_codebook


def test_the_codes_of_2026_11_are_never_renamed_split_or_removed() -> None:
    old, new = load_codebook("2026-11"), load_codebook()
    assert len(old.indicators) == 213
    assert [code for code in new.indicators if code in old] == list(old.indicators)


def test_2026_12_sharpens_definitions_and_nothing_else() -> None:
    old, new = load_codebook("2026-11"), load_codebook("2026-12")
    for code, one in old.indicators.items():
        assert one.model_copy(update={"definition_zh": new.indicators[code].definition_zh}) == new.indicators[code]


def test_every_topic_has_an_other_and_every_neighbour_is_a_code() -> None:
    book = load_codebook(CODEBOOK_VERSION)
    topics = {one.topic for one in book.indicators.values()}
    assert {f"{topic}.other" for topic in topics} <= set(book.indicators)
    assert all(one.code.partition(".")[0] == one.topic == book.topic(one.code) for one in book.indicators.values())


def test_a_version_that_is_not_shipped_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        load_codebook("1999-01")
