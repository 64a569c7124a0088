"""Shapes written in signatures are checked at every call that a test makes."""

import os

from jaxtyping import install_import_hook

# Tests compile far more than they compute, so compilation is told to hurry (without the emitters of
# fusions it takes a third of the time); numpy's and scipy's threads only get in each other's way on
# matrices this small. Both are read when JAX is imported.
_HURRY = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_HURRY}"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

install_import_hook("yingshe", "beartype.beartype")
