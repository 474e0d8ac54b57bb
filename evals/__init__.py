"""
Accuracy that can be believed: gold labels, matching, metrics, intervals, runs, comparisons, gates and their reports.

It uses what `service/__init__.py` shows and the nouns of `schemas`, and knows nothing of how a report is read.
No language model judges anything here.
"""
