"""
The nouns of fazhi: what rooms hand to one another and what a report becomes.

`extraction` is the result contract, `outline`, `mention` and `reading` are the nouns on the way to it,
`reply` is what a language model sends, `job` what a caller polls, `codebook` the 213 indicators.

It knows nothing of how any of them is made, stored or shown.
"""
