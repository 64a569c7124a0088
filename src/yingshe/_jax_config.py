"""Settings of JAX, made when a module of the package first needs it."""

import os

import jax

if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
    # A mapping answers in microseconds: less than it takes to hand a call to another thread of the
    # CPU and to wait for it.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
