"""Shapes written in signatures are checked at every call that a test makes."""

import os
from pathlib import Path

from jaxtyping import install_import_hook

# Tests compile far more than they compute, so compilation is told to hurry (without the emitters of
# fusions it takes a third of the time); numpy's and scipy's threads only get in each other's way on
# matrices this small. All are read when JAX is imported.
_HURRY = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_HURRY}"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Compiled programs are kept in the work tree: the next run of a test does not compile them again.
_CACHE = Path(__file__).parent.parent / ".cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")

install_import_hook("yingshe", "beartype.beartype")
