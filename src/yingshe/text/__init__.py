"""Sentences as numbers: what a learner reads in their place."""

from yingshe.text.encoders import ENCODERS, TextEncoder, best_encoder, encoder_named
from yingshe.text.letters import letters

__all__ = ["ENCODERS", "TextEncoder", "best_encoder", "encoder_named", "letters"]
