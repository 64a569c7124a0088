"""Settings of JAX, made when a module of the package first needs it."""

import os

import jax

if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
    # A prediction takes microseconds, less than dispatching it to another CPU thread and waiting.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
