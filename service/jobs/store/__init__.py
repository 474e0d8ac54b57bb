"""
Jobs, their texts and their results in Redis: the record that outlives every process.

`callers` is what the HTTP side may do with a job, `work` what a worker and the housekeeping may do; `records` says how
a job is written down, `scripts` holds the steps that must happen whole or not at all. Every write of a worker names its
attempt: one that lost its job changes nothing. Nothing here knows HTTP, the queue or how a report is read.
"""

from service.jobs.store.callers import Accepted, CallerJobs, KeyReused, QueueFull, SameJob
from service.jobs.store.records import Census, Gone, NewJob, Record, pack
from service.jobs.store.work import Claim, WorkerJobs

__all__ = [
    "Accepted",
    "CallerJobs",
    "Census",
    "Claim",
    "Gone",
    "KeyReused",
    "NewJob",
    "QueueFull",
    "Record",
    "SameJob",
    "WorkerJobs",
    "pack",
]
