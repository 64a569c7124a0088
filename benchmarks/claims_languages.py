"""The rows of the results tables: languages."""

from benchmarks import claims_intents, claims_lemmas, claims_pronounce
from benchmarks.claim import Claim

CLAIMS: list[Claim] = [*claims_intents.CLAIMS, *claims_pronounce.CLAIMS, *claims_lemmas.CLAIMS]
