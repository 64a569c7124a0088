"""The rows of the results tables: languages."""

from benchmarks.claim import Claim

CLAIMS: list[Claim] = []
