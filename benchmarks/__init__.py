"""Benchmarks: one declarative file each; `python -m benchmarks --list` shows them."""
