"""The long variants of the service's tests: `make soak`. Each is bounded."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest
from proxy import proxied
from redis.asyncio import Redis
from service_parts import (
    ended,
    look_until,
    paid,
    serving,
    settings_for,
    start_worker,
    submit,
    until,
    valkey,
    working,
)

pytestmark = pytest.mark.soak
KEYS = "ann:ann-0123456789abcdef,bob:bob-0123456789abcdef"


async def test_twenty_kills_of_workers_lose_nothing_and_pay_once(tmp_path: Path) -> None:
    chance = random.Random(5)
    ledger = tmp_path / "ledger"
    with valkey() as server:
        async with serving(settings_for(server.url)) as client:
            ids = [await submit(client, f"parts=6 seconds=0.3 at_once=2 {n}", name=f"r{n}") for n in range(100)]
            workers = [start_worker(server.url, ledger, FAZHI_WORKER_CONCURRENCY="2") for _ in range(2)]
            for _ in range(20):
                await asyncio.sleep(chance.uniform(2, 5))
                victim = chance.randrange(2)
                workers[victim].kill()
                workers[victim].wait()
                workers[victim] = start_worker(server.url, ledger, FAZHI_WORKER_CONCURRENCY="2")
            jobs = [await ended(client, job_id, 300) for job_id in ids]
            for one in workers:
                one.terminate()
                one.wait(30)
    assert Counter(job["status"] for job in jobs) == {"completed": 100}
    # A part whose call was under way when its worker died is paid again; a finished one never is: the ledger is written
    # a moment before the cache, so a kill between the two may double a line.
    doubled = {line: times for line, times in Counter(paid(ledger)).items() if times > 1}
    assert len(doubled) <= 2, doubled
    assert len(set(paid(ledger))) == 600


async def test_redis_killed_ten_times_under_load_loses_no_accepted_job(tmp_path: Path) -> None:
    with valkey() as server:
        settings = settings_for(server.url, lease_seconds=3.0)
        async with serving(settings) as client, working(settings, tmp_path / "ledger"):
            accepted: list[str] = []
            statuses: Counter[int] = Counter()
            over = asyncio.Event()

            async def load(name: int) -> None:
                number = 0
                while not over.is_set():
                    number += 1
                    answer = await client.post("/v1/extractions", json={"text": f"parts=3 seconds=0.1 {name} {number}"})
                    statuses[answer.status_code] += 1
                    if answer.status_code == 202:
                        accepted.append(answer.json()["id"])
                    else:
                        assert answer.headers["retry-after"]
                    await asyncio.sleep(0.5)

            loads = [asyncio.create_task(load(name)) for name in range(5)]
            for _ in range(10):
                await asyncio.sleep(1.5)
                assert server._process is not None
                server._process.kill()
                await asyncio.sleep(0.5)
                await asyncio.to_thread(server.revive)
            over.set()
            await asyncio.gather(*loads)
            for job_id in accepted:
                assert (await ended(client, job_id, 120))["status"] == "completed"
    assert set(statuses) <= {202, 503}


async def test_a_model_that_is_away_for_a_minute_only_delays(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    down = ledger.with_suffix(".down")
    down.touch()
    with valkey() as server:
        settings = settings_for(server.url)
        async with serving(settings) as client, working(settings, ledger):
            ids = [await submit(client, f"down parts=2 {n}") for n in range(10)]
            await asyncio.sleep(60)
            down.unlink()
            for job_id in ids:
                assert (await ended(client, job_id, 120))["status"] == "completed"
    assert len(paid(ledger)) == 20


async def test_a_job_whose_delivery_a_stale_worker_ended_is_found_again(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    with valkey() as server:
        url = server.url
        async with serving(settings_for(url)) as client:
            workers = [start_worker(url, ledger, FAZHI_LEASE_SECONDS="1") for _ in range(2)]
            await look_until(client, "/readyz", lambda ready: ready["workers"] == 2)
            job_id = await submit(client, "block=3 parts=12 seconds=0.5 at_once=1 68件")
            await until(lambda: "woke" in paid(ledger))
            async with Redis.from_url(url) as redis:
                # The one that woke finds the job taken over, and ends the delivery that the other one works under.
                while (await redis.xinfo_groups("fazhi-queue:stream"))[0]["pending"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                holder = int((await redis.hget(f"fazhi:job:{job_id}", "worker")).decode().split("-")[-2])
            for one in workers:
                if one.pid == holder:
                    one.kill()
                    one.wait()
            assert (await ended(client, job_id, 30))["status"] == "completed"
            for one in workers:
                if one.pid != holder:
                    one.terminate()
                    assert one.wait(timeout=10) == 0


@pytest.mark.parametrize("what", ["reset", "cut", "stall"])
async def test_a_broken_line_between_worker_and_redis_gives_one_result(tmp_path: Path, what: str) -> None:
    ledger = tmp_path / "ledger"
    with valkey() as server:
        async with proxied(server.url) as proxy, serving(settings_for(server.url)) as client:
            worker = start_worker(proxy.url, ledger, FAZHI_LEASE_SECONDS="3")
            for round_number in range(3):
                job_id = await submit(client, f"parts=10 seconds=0.4 at_once=1 {round_number}")
                while len(paid(ledger)) % 10 < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                getattr(proxy, what)()
                await asyncio.sleep(5)
                proxy.join()
                job = await ended(client, job_id, 120)
                assert job["status"] == "completed"
                assert (await client.get(f"/v1/extractions/{job_id}/result")).status_code == 200
                await asyncio.to_thread(_fill, ledger)
            worker.terminate()
            await asyncio.to_thread(worker.wait, 30)  # not here: the proxy has to go on


async def test_two_hundred_clients_and_a_thousand_reports(tmp_path: Path) -> None:
    with valkey() as server:
        settings = settings_for(server.url, api_keys=KEYS, requests_per_key_per_minute=1_000_000)
        seen: dict[str, set[str]] = {"ann": set(), "bob": set()}
        statuses: Counter[int] = Counter()
        async with serving(settings) as client:
            workers = [start_worker(server.url, tmp_path / "ledger", FAZHI_WORKER_CONCURRENCY="8") for _ in range(2)]

            async def caller(number: int) -> None:
                owner = ("ann", "bob")[number % 2]
                headers = {"authorization": f"Bearer {owner}-0123456789abcdef"}
                for turn in range(5):
                    made = await client.post("/v1/extractions", json={"text": f"68件 {number} {turn}"}, headers=headers)
                    statuses[made.status_code] += 1
                    job_id = made.json()["id"]
                    seen[owner].add(job_id)
                    while True:
                        look = await client.get(f"/v1/extractions/{job_id}", params={"wait": 5}, headers=headers)
                        statuses[look.status_code] += 1
                        if look.json().get("completed_at"):
                            break

            async with asyncio.timeout(400):
                await asyncio.gather(*(caller(number) for number in range(200)))
            for owner, other in (("ann", "bob"), ("bob", "ann")):
                headers = {"authorization": f"Bearer {owner}-0123456789abcdef"}
                found, after = set(), None
                while True:
                    params = {"limit": 100} | ({"after": after} if after else {})
                    page = (await client.get("/v1/extractions", params=params, headers=headers)).json()
                    found |= {one["id"] for one in page["data"]}
                    after = page["next"]
                    if after is None:
                        break
                assert found == seen[owner]
                foreign = next(iter(seen[other]))
                assert (await client.get(f"/v1/extractions/{foreign}", headers=headers)).status_code == 404
            for one in workers:
                one.terminate()
                one.wait(30)
    assert set(statuses) == {200, 202}
    assert statuses[202] == 1000


def _fill(ledger: Path) -> None:
    """Up to a full ten, so that the next round counts from its own start."""
    with ledger.open("a") as file:
        for _ in range(-len(paid(ledger)) % 10):
            file.write("fill\n")
