"""Robots that adapt in seconds: each subpackage is one of their works."""
