"""
From readings to the result, and from results to files and tables.

The wing knows the contract and its arithmetic, and nothing of models, Redis or HTTP.
"""
