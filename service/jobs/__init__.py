"""
Reports that wait, are worked on and end: the store, the queue, the worker and what keeps them in order.

The wing knows Redis and the job object, and nothing of how a report is read or shown.
"""
