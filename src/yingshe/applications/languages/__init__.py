"""Applications to languages unseen in training, from a few examples; one subpackage each.

They need the extra `languages`: `pip install 'yingshe[languages]'`.
"""
