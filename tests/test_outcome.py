"""What a result means for its job."""

import pytest

from schemas.job import JobProgress
from service.jobs.outcome import outcome_of
from tests.made import labelled


@pytest.mark.parametrize("reason", ["model_unavailable", "model_refused"])
def test_a_section_without_numbers_that_nobody_read_makes_the_job_incomplete(reason: str) -> None:
    whole = labelled("qitong-2023")[0]
    section = whole.sections[-1].model_copy(update={"status": "unread", "reason": reason})
    holed = whole.model_copy(update={"sections": (*whole.sections[:-1], section), "unread": ()})
    outcome = outcome_of(holed, JobProgress(parts=5, read=5, from_cache=0, unread=1))
    assert outcome.status == "incomplete"
    assert [(one.section, one.code) for one in outcome.errors] == [(section.id, reason)]
    assert outcome.model_down is (reason == "model_unavailable")


def test_a_whole_result_completes_its_job() -> None:
    whole = labelled("qitong-2023")[0]
    assert outcome_of(whole, JobProgress(parts=5, read=5, from_cache=0, unread=0)).status == "completed"
