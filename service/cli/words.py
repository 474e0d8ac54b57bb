"""
How counts are said: 1 report, 2 reports, 1,200 reports.

It knows English and nothing of what is counted.
"""


def count(number: int, what: str) -> str:
    """The number with the noun in its number."""
    return f"{number:,} {what}{'s' if number != 1 else ''}"
