"""
Prompts: text only, one folder a version; released files never change (`tests/test_prompt.py` holds their sha256).

This file is here so that installers find the texts beside it. It knows nothing of how they are filled in.
"""
