"""The rows of the results tables: languages."""

from benchmarks import claims_lemmas
from benchmarks.claim import Claim

CLAIMS: list[Claim] = [*claims_lemmas.CLAIMS]
