"""The HTTP contract: statuses, headers, owners, limits; nothing sent in can break it or get out again."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service_parts import TEXT, ended, serving, settings_for, submit, working

from service.api import parse_keys
from service.errors import ConfigurationError
from service.settings import Settings
from service.wiring_service import is_loopback, open_api

ANN, BOB = "ann-0123456789abcdef", "bob-0123456789abcdef"
KEYS = f"ann:{ANN},bob:sha256:{hashlib.sha256(BOB.encode()).hexdigest()}"
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> \"><img src=x onerror=alert(1)> ../../etc/passwd {{7*7}} \u202e"


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return settings_for(redis_url, max_bytes=100_000, max_characters=20_000, max_queue=50)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(settings) as client:
        yield client


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    said = answer.json()
    assert answer.status_code == status, said
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["type"] == f"urn:fazhi:problem:{code}"
    assert said["status"] == status
    assert said["request_id"] == answer.headers["x-request-id"]
    return dict(said)


async def test_a_submitted_report_is_there_at_once(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/extractions", json={"text": TEXT, "name": "n", "metadata": {"a": "b"}})
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/v1/extractions/{job['id']}"
    assert answer.headers["retry-after"] == "1"
    look = await client.get(answer.headers["location"])
    assert (look.status_code, look.json()) == (200, job)
    assert look.headers["retry-after"] == "1"
    assert (job["status"], job["metadata"], job["object"]) == ("queued", {"a": "b"}, "extraction")
    text = await client.get(f"{answer.headers['location']}/text")
    assert text.text == TEXT
    problem(await client.get(f"{answer.headers['location']}/result"), 409, "not_ready")


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=gbk", TEXT.encode("gbk"), TEXT),
        ("text/plain", b"\xef\xbb\xbf" + TEXT.encode(), TEXT),
        ("text/markdown", TEXT.encode("utf-16"), TEXT),
        ("text/html", f"<html><body><p>{TEXT}</p></body></html>".encode(), None),
        ("application/octet-stream", TEXT.encode(), TEXT),
    ],
)
async def test_a_file_may_be_the_whole_body(
    client: httpx2.AsyncClient, kind: str, body: bytes, text: str | None
) -> None:
    answer = await client.post(
        "/v1/extractions", content=body, headers={"content-type": kind}, params={"name": "县.txt", "source": "s"}
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["name"] == "县.txt"
    loaded = (await client.get(f"{answer.headers['location']}/text")).text
    assert "68件" in loaded
    assert text is None or loaded == text


async def test_a_file_may_come_in_a_form_and_its_name_is_only_a_word(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/v1/extractions",
        files={"file": ("C:\\reports\\..\\..\\县报告.txt", TEXT.encode(), "text/plain")},
        data={"source": "s", "metadata": '{"a": "b"}'},
    )
    assert answer.status_code == 202, answer.text
    assert (answer.json()["name"], answer.json()["metadata"]) == ("县报告.txt", {"a": "b"})
    named = await client.post(
        "/v1/extractions", files={"file": ("../../x.txt", TEXT.encode(), "text/plain")}, data={"name": "mine"}
    )
    assert named.json()["name"] == "mine"
    problem(await client.post("/v1/extractions", files={"other": ("x", b"x")}), 422, "invalid_request")
    broken = {"content-type": "multipart/form-data; boundary=x"}
    problem(await client.post("/v1/extractions", content=b"nonsense", headers=broken), 400, "malformed_form")
    problem(
        await client.post("/v1/extractions", content=b"x", headers={"content-type": "multipart/form-data"}),
        400,
        "malformed_form",
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"", 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b'{"text": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}", 400, "malformed_json"),
        (b'{"text": "\\ud800"}', 400, "malformed_json"),
        (b'{"text": "\xff"}', 400, "malformed_json"),
        (b"[]", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"text": "a", "html": "b"}', 422, "invalid_request"),
        (b'{"text": 5}', 422, "invalid_request"),
        (b'{"text": "a", "path": "/etc/passwd"}', 422, "invalid_request"),
        (b'{"text": "a", "metadata": {"x": {"y": 1}}}', 422, "invalid_request"),
        (json.dumps({"text": "a", "metadata": {str(n): "v" for n in range(17)}}).encode(), 422, "invalid_request"),
        (json.dumps({"text": "a", "name": "n" * 256}).encode(), 422, "invalid_request"),
        (b'{"text": "  \\n "}', 422, "unreadable_input"),
        (json.dumps({"text": "字" * 20_001}).encode(), 413, "too_large"),
    ],
)
async def test_a_body_that_is_no_report_is_refused_with_a_reason(
    client: httpx2.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await client.post("/v1/extractions", content=body, headers={"content-type": "application/json"})
    said = problem(answer, status, code)
    assert "passwd" not in json.dumps(said["detail"])


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("application/x-www-form-urlencoded", b"text=a", 415, "unsupported_media_type"),
        ("image/png", b"\x89PNG\r\n", 415, "unsupported_media_type"),
        ("text/plain", b"\x89PNG\r\n", 415, "unsupported_media_type"),
        ("text/plain", b"\x00\x01\x02\x03" * 100, 422, "unreadable_input"),
        ("application/pdf", b"%PDF-1.4 broken", 422, "unreadable_input"),
        ("text/plain", b"a" * 100_001, 413, "too_large"),
        ("application/json", b"a" * 10_000_000, 413, "too_large"),
    ],
)
async def test_a_file_that_is_not_read_here_is_refused_with_a_reason(
    client: httpx2.AsyncClient, kind: str, body: bytes, status: int, code: str
) -> None:
    problem(await client.post("/v1/extractions", content=body, headers={"content-type": kind}), status, code)


async def test_what_is_hostile_comes_back_as_it_was_and_nowhere_else(
    client: httpx2.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    async with working(settings, tmp_path / "ledger"):
        job_id = await submit(client, f"{HOSTILE}\x00 68件", name=HOSTILE, source=HOSTILE, metadata={"<b>": HOSTILE})
        job = await ended(client, job_id)
    assert (job["status"], job["name"]) == ("completed", HOSTILE)
    table = await client.get(f"/v1/extractions/{job_id}/result", params={"format": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == f'attachment; filename="{job_id}.csv"'
    assert table.text.startswith("\ufeff")
    assert "'=受理行政复议案件" in table.text
    assert "\n=" not in table.text
    assert ",=" not in table.text
    page = await client.get(f"/v1/extractions/{job_id}/result", params={"format": "html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "<script>alert(1)" not in page.text
    assert "<img src=x" not in page.text
    dataset = await client.get("/v1/dataset")
    assert dataset.text.count("administrative_review.accepted") == 1


async def test_the_same_key_and_body_give_the_same_job(client: httpx2.AsyncClient) -> None:
    headers = {"idempotency-key": "k"}
    first = await client.post("/v1/extractions", json={"text": TEXT}, headers=headers)
    # The same report in another wrapping is the same.
    again = await client.post("/v1/extractions", json={"metadata": {}, "text": TEXT}, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = await client.post("/v1/extractions", json={"text": TEXT + "x"}, headers=headers)
    problem(other, 422, "idempotency_key_reused")


async def test_waiting_for_the_end_answers_with_the_ended_job(
    client: httpx2.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    late = await client.post("/v1/extractions", json={"text": TEXT}, headers={"prefer": "wait=1"})
    assert (late.status_code, late.headers["preference-applied"]) == (202, "wait=1")
    async with working(settings, tmp_path / "ledger"):
        done = await client.post("/v1/extractions", json={"text": "seconds=0.3 68件"}, headers={"prefer": "wait=20"})
        assert (done.status_code, done.json()["status"]) == (200, "completed")
        assert "retry-after" not in done.headers
        job_id = await submit(client, "seconds=0.3 69件")
        job = (await client.get(f"/v1/extractions/{job_id}", params={"wait": 20})).json()
        assert job["status"] == "completed"
    for wrong in ("31", "-1", "x"):
        problem(await client.get(f"/v1/extractions/{job_id}", params={"wait": wrong}), 422, "invalid_request")


async def test_an_unchanged_job_is_not_sent_again(client: httpx2.AsyncClient) -> None:
    job_id = await submit(client)
    look = await client.get(f"/v1/extractions/{job_id}")
    tag = look.headers["etag"]
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        same = await client.get(f"/v1/extractions/{job_id}", headers={"if-none-match": header})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    waiting = asyncio.create_task(
        client.get(f"/v1/extractions/{job_id}", params={"wait": 20}, headers={"if-none-match": tag})
    )
    await asyncio.sleep(0.2)
    await client.post(f"/v1/extractions/{job_id}/cancel")
    changed = await asyncio.wait_for(waiting, 2)
    assert (changed.status_code, changed.json()["status"]) == (200, "cancelled")
    assert changed.headers["etag"] != tag


async def test_events_tell_of_every_state_and_end_with_the_job(
    client: httpx2.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    job_id = await submit(client, "parts=3 seconds=0.2 at_once=1 68件")
    said: list[tuple[str, dict[str, Any]]] = []
    numbers: list[int] = []
    async with (
        working(settings, tmp_path / "ledger"),
        client.stream("GET", f"/v1/extractions/{job_id}/events") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        kind = ""
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                said.append((kind, json.loads(value)))
            elif name == "id":
                numbers.append(int(value))
    statuses = [job["status"] for kind, job in said if kind == "status"]
    assert statuses[-1] == "completed"
    assert "in_progress" in statuses
    assert {job["progress"]["read"] for kind, job in said if kind == "progress"} & {1, 2}
    assert numbers == sorted(set(numbers))
    over = await client.get(f"/v1/extractions/{job_id}/events", headers={"last-event-id": str(numbers[-1])})
    assert over.status_code == 204
    missed = await client.get(f"/v1/extractions/{job_id}/events", headers={"last-event-id": str(numbers[-2])})
    assert missed.text.count("data: ") == 1


async def test_cancel_and_delete_may_be_said_twice(client: httpx2.AsyncClient) -> None:
    job_id = await submit(client)
    for _ in range(2):
        answer = await client.post(f"/v1/extractions/{job_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    for _ in range(2):
        assert (await client.delete(f"/v1/extractions/{job_id}")).status_code == 204
    for path in ("", "/result", "/text", "/events"):
        problem(await client.get(f"/v1/extractions/{job_id}{path}"), 410, "gone")
    problem(await client.post(f"/v1/extractions/{job_id}/cancel"), 410, "gone")


async def test_pages_go_through_all_jobs(client: httpx2.AsyncClient) -> None:
    ids = [await submit(client, f"{TEXT}{number}") for number in range(5)]
    seen: list[str] = []
    after = None
    while True:
        params = {"limit": 2} | ({"after": after} if after else {})
        page = (await client.get("/v1/extractions", params=params)).json()
        seen += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        after = page["next"]
    assert seen == ids[::-1]
    for wrong in ({"limit": 0}, {"limit": 101}, {"status": "done"}, {"after": "../x"}):
        problem(await client.get("/v1/extractions", params=wrong), 422, "invalid_request")


async def test_a_full_queue_says_when_to_come_back(redis_url: str) -> None:
    async with serving(settings_for(redis_url, max_queue=1)) as client:
        await submit(client)
        answer = await client.post("/v1/extractions", json={"text": TEXT})
        problem(answer, 429, "queue_full")
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "path", ["/nope", "/v1/extractions/ext_x", "/v1/extractions/ext_x/result", "/v1/extractions/%00"]
)
async def test_what_is_not_there_is_a_problem_too(client: httpx2.AsyncClient, path: str) -> None:
    problem(await client.get(path), 404, "not_found")


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/v1/extractions")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


async def test_every_answer_has_security_headers_and_a_request_id(client: httpx2.AsyncClient) -> None:
    for path in ("/healthz", "/nope", "/docs", "/openapi.json", "/v1/schema"):
        headers = (await client.get(path, headers={"x-request-id": "abc.1"})).headers
        assert headers["x-request-id"] == "abc.1"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in headers
    assert (await client.get("/healthz", headers={"x-request-id": "bad id"})).headers["x-request-id"].startswith("req_")


async def test_without_keys_pages_of_other_sites_and_other_hosts_are_turned_away(client: httpx2.AsyncClient) -> None:
    foreign = await client.post("/v1/extractions", json={"text": TEXT}, headers={"origin": "https://evil.example"})
    problem(foreign, 403, "forbidden")
    problem(await client.get("/v1/extractions", headers={"host": "rebound.example"}), 403, "forbidden")
    own = {"origin": f"http://{client.base_url.host}:{client.base_url.port}"}
    assert (await client.post("/v1/extractions", json={"text": TEXT}, headers=own)).status_code == 202
    assert "access-control-allow-origin" not in (await client.get("/healthz", headers=own)).headers


async def test_a_caller_sees_only_its_own(redis_url: str) -> None:
    async with serving(settings_for(redis_url, api_keys=KEYS)) as client:
        ann, bob = {"authorization": f"Bearer {ANN}"}, {"x-api-key": BOB}
        made = await client.post("/v1/extractions", json={"text": TEXT}, headers=ann)
        assert made.status_code == 202
        place = made.headers["location"]
        for method, path in (
            ("GET", place), ("GET", f"{place}/result"), ("GET", f"{place}/text"), ("GET", f"{place}/events"),
            ("POST", f"{place}/cancel"), ("DELETE", place),
        ):  # fmt: skip
            problem(await client.request(method, path, headers=bob), 404, "not_found")
        assert (await client.get("/v1/extractions", headers=bob)).json()["data"] == []
        assert len((await client.get("/v1/extractions", headers=ann)).json()["data"]) == 1
        key = {"idempotency-key": "k"}
        first = await client.post("/v1/extractions", json={"text": TEXT}, headers=ann | key)
        second = await client.post("/v1/extractions", json={"text": TEXT + "x"}, headers=bob | key)
        assert first.json()["id"] != second.json()["id"]
        for headers in (
            {},
            {"authorization": "Bearer wrong-wrong-wrong"},
            {"authorization": f"Basic {ANN}"},
            {"x-api-key": b"\xe9"},
        ):
            for path in ("/v1/extractions", place, "/metrics", "/v1/dataset"):
                answer = await client.get(path, headers=headers)
                problem(answer, 401, "unauthorized")
                assert answer.headers["www-authenticate"] == "Bearer"
        for path in ("/healthz", "/docs", "/openapi.json", "/v1/codebook", "/v1/schema"):
            assert (await client.get(path)).status_code == 200


async def test_too_many_requests_with_a_key_are_told_when_to_come_back(redis_url: str) -> None:
    async with serving(settings_for(redis_url, api_keys=KEYS, requests_per_key_per_minute=30)) as client:
        ann, bob = {"authorization": f"Bearer {ANN}"}, {"authorization": f"Bearer {BOB}"}
        answers = [await client.get("/v1/extractions", headers=ann) for _ in range(8)]
        problem(answers[-1], 429, "too_many_requests")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 4
        assert (await client.get("/v1/extractions", headers=bob)).status_code == 200


@pytest.mark.parametrize("wrong", ["no-colon-anywhere-here", "ann:s3cr3t", "a b:0123456789abcdef", "ann:"])
def test_keys_that_cannot_be_meant_are_refused_without_showing_them(wrong: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_keys([wrong])
    for secret in ("no-colon-anywhere-here", "s3cr3t", "0123456789abcdef"):
        assert secret not in str(refused.value)


def test_keys_are_kept_as_hashes_only() -> None:
    ring = parse_keys(KEYS.split(","))
    assert ANN not in repr(ring)
    assert (ring.owner_of(ANN), ring.owner_of(BOB), ring.owner_of("x")) == ("ann", "bob", None)


async def test_without_keys_only_this_machine_is_served(redis_url: str) -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "example.org")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    with pytest.raises(ConfigurationError, match="FAZHI_API_KEYS"):
        async with open_api(settings_for(redis_url, host="0.0.0.0")):
            pass


async def test_a_body_that_is_cut_off_leaves_nothing_behind(client: httpx2.AsyncClient) -> None:
    _, writer = await hand_in_a_piece(client)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/v1/extractions")).json()["data"] == []


async def test_bodies_that_never_end_are_refused_and_hang_up(redis_url: str) -> None:
    async with serving(settings_for(redis_url), body_seconds=0.3) as client, asyncio.timeout(10):
        slow = [await hand_in_a_piece(client) for _ in range(20)]
        assert (await client.get("/healthz")).status_code == 200
        for reader, writer in slow:
            told = await reader.read()  # to the end: the server hangs up by itself
            head, _, body = told.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ")
            assert b"connection: close" in head.lower()
            assert json.loads(body)["type"] == "urn:fazhi:problem:request_timeout"
            writer.close()
        assert (await client.get("/v1/extractions")).json()["data"] == []


async def hand_in_a_piece(client: httpx2.AsyncClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which a thousand bytes were announced and three came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    head = (
        "POST /v1/extractions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n"
    )
    writer.write(head.encode() + b"abc")
    await writer.drain()
    return reader, writer


async def test_of_two_who_correct_at_once_one_is_told_to_load_again(
    client: httpx2.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    async with working(settings, tmp_path / "ledger"):
        place = f"/v1/extractions/{await submit(client)}"
        await ended(client, place.rsplit("/", 1)[1])
    none = (await client.get(f"{place}/corrections")).json()
    answers = await asyncio.gather(*(client.put(f"{place}/corrections", json=none) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    problem(next(one for one in answers if one.status_code == 409), 409, "revision_conflict")
    (kept,) = (one.json() for one in answers if one.status_code == 200)
    assert (await client.get(f"{place}/corrections")).json() == kept
    assert kept["revision"] == 1


async def test_health_and_readiness_tell_apart_alive_and_able(
    client: httpx2.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    assert (await client.get("/healthz")).json() == {"alive": True}
    idle = await client.get("/readyz")
    assert (idle.status_code, idle.json()["workers"], idle.json()["store"]) == (503, 0, True)
    async with working(settings, tmp_path / "ledger"):
        await ended(client, await submit(client))
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        await asyncio.sleep(2.2)
        counted = (await client.get("/metrics")).text
    for line in (
        'fazhi_jobs_total{status="completed"} 1.0',
        "fazhi_queue_depth 0.0",
        "fazhi_workers 1.0",
        'fazhi_parts_total{outcome="read"} 1.0',
        'fazhi_http_requests_total{method="POST",route="/v1/extractions",status="202"} 1.0',
    ):
        assert line in counted
    assert (await client.get("/readyz")).json()["workers"] == 0


async def test_the_docs_are_one_page_that_needs_nothing_else(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")
    assert "script" not in page.text.split("</style>")[0]
    assert "/v1/extractions/{id}/events" in page.text
    assert "http" not in page.headers["content-security-policy"]
    document = (await client.get("/openapi.json")).json()
    for operations in document["paths"].values():
        for one in operations.values():
            assert one["responses"]
            assert "HTTPValidationError" not in json.dumps(one)
