"""Memory that the C library keeps although nothing uses it any more.

This module must not know who used it.
"""

import ctypes


def give_back_freed() -> None:
    """Return what was freed to the system, where the C library can: glibc keeps what two threads have read a long run's tables through."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
