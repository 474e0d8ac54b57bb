"""The OpenAPI document and the service agree: no 5xx, no undocumented status, nothing outside its schema."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from service_parts import ended, serving, settings_for, submit, valkey, working

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
# The service runs in a thread of this process and draws random numbers (jitter), which hypothesis takes for the test's.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address of a service in a thread of its own, and the id of a job that has ended."""
    ready, over = threading.Event(), threading.Event()
    found: list[str] = []

    async def serve(url: str, ledger: Path) -> None:
        chosen = settings_for(url, requests_per_key_per_minute=1_000_000)
        async with serving(chosen) as client, working(chosen, ledger):
            job_id = await submit(client)
            await ended(client, job_id)
            found.extend((str(client.base_url).rstrip("/"), job_id))
            ready.set()
            await asyncio.to_thread(over.wait)

    with valkey() as server:
        thread = threading.Thread(
            target=lambda: asyncio.run(serve(server.url, tmp_path_factory.mktemp("l") / "ledger"))
        )
        thread.start()
        try:
            assert ready.wait(30)
            yield found[0], found[1]
        finally:
            over.set()
            thread.join(20)


def test_every_answer_is_one_that_the_document_promises(served: tuple[str, str]) -> None:
    address, job_id = served
    document = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [one.ok() for one in document.get_all_operations()]
    assert len(operations) >= 14
    for operation in operations:
        # One that streams until a job ends, and one whose answer is a page for people.
        if operation.path.endswith("/events"):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            if case.query and "wait" in case.query:
                case.query["wait"] = 0
            if case.headers:
                case.headers.pop("Prefer", None)
            case.call_and_validate(checks=CHECKS, timeout=20)
            # An invented id finds nothing: ask for the one there is, too.
            if case.path_parameters and case.operation.method.upper() == "GET":
                case.path_parameters["id"] = job_id
                case.call_and_validate(checks=CHECKS, timeout=20)

        check()
