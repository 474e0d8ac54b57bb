"""
Prompts as data: `<name>/v<N>/*.txt`, text only. A released file never changes; a new wording is a new version.
"""
