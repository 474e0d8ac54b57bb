"""
Asking a language model about one part of a report, and believing nothing that was not checked.

`read_part` is the conversation; the rooms under it know prompts, the wire, limits, money and meaning, one each. The wing
knows nothing of whole reports or of what becomes of a reading.
"""
