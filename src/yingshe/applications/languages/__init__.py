"""Languages that were never met, from a handful of examples: each subpackage is one of their works.

Needs the extra `languages`: `pip install 'yingshe[languages]'`.
"""
