"""Sentences as numbers: what a learner reads in their place."""

from yingshe.text.char_ngrams import hashed_ngrams
from yingshe.text.encoders import ENCODERS, TextEncoder, default_encoder, get_encoder

__all__ = ["ENCODERS", "TextEncoder", "default_encoder", "get_encoder", "hashed_ngrams"]
