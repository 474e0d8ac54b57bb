"""
Reading characters: bytes to text, text to outline, titles, sentences and mentions, characters to quantities.

Deterministic and linear; the wing knows reports and their phrasing, and nothing of models, Redis or HTTP.
"""
