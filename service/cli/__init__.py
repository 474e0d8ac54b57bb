"""
The command line: arguments to calls, outcomes to words, tables and exit codes.

The wing knows terminals and nothing of models or Redis.
"""
