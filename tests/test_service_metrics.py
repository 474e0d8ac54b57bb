"""What the service tells Prometheus of a job: counts, and never text or keys."""

import asyncio
import json
import re
from pathlib import Path

from service_parts import ended, serving, submit, valkey

from service import wiring_service
from service.offline_model import OfflineModel
from service.offline_model.faults import Schedule
from service.offline_model.server import serve
from service.settings import load_settings

REPORT = "某县2023年法治政府建设报告\n一、主要举措和成效\n全年收到行政复议申请115件，受理68件，审结60件。\n"
KEY = "sk-a-key-that-nobody-may-see"


async def test_a_job_is_counted_in_calls_tokens_cost_failures_and_waits(tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"some-model": {"prompt": "1000", "completion": "1000"}}))
    double = OfflineModel(schedule=Schedule(["server_error", "unanswered"]))
    with valkey() as server, serve(double) as endpoint:
        settings = load_settings(
            redis_url=server.url, openai_base_url=endpoint, openai_api_key=KEY, model="some-model", mode="json_schema",
            prices=prices, log_level="error",
        )  # fmt: skip
        stopping = asyncio.Event()
        async with serving(settings) as client:
            async with wiring_service.open_worker(settings) as program:
                running = asyncio.create_task(program.run(stopping))
                job = await ended(client, await submit(client, REPORT))
                await ended(client, await submit(client, REPORT))
                stopping.set()
                await asyncio.wait_for(running, 15)
            told = (await client.get("/metrics")).text
    assert job["status"] == "completed"
    counted = {name: float(value) for name, value in re.findall(r"^(fazhi_\S+) (\S+)$", told, re.MULTILINE)}
    calls = 'fazhi_model_calls_total{model="some-model",outcome='
    assert counted[calls + '"unavailable"}'] == 1
    assert counted[calls + '"ok"}'] == job["usage"]["calls"] - 1 >= 2
    for kind in ("prompt", "completion"):
        assert counted[f'fazhi_tokens_total{{kind="{kind}",model="some-model"}}'] == job["usage"][f"{kind}_tokens"]
    assert counted['fazhi_cost_total{model="some-model"}'] == float(job["usage"]["cost"])
    assert counted['fazhi_validation_failures_total{code="unanswered"}'] >= 1
    assert counted["fazhi_limiter_wait_seconds_total"] > 0
    assert counted['fazhi_parts_total{outcome="read"}'] == job["progress"]["parts"]
    assert counted['fazhi_parts_total{outcome="from_cache"}'] == job["progress"]["parts"]
    assert counted['fazhi_cache_total{outcome="hit"}'] == job["progress"]["parts"]
    assert "行政复议" not in told
    assert KEY not in told
