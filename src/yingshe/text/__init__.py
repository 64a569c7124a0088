"""Encoders from sentences to vectors, for tasks with text inputs."""

from yingshe.text.char_ngrams import hashed_ngrams
from yingshe.text.encoders import ENCODERS, TextEncoder, default_encoder, get_encoder

__all__ = ["ENCODERS", "TextEncoder", "default_encoder", "get_encoder", "hashed_ngrams"]
