"""Every parser that reads from outside, as a harness that takes bytes; see `tests/fuzz/harnesses.py`."""
