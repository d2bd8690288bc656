"""Gives free memory back to the system, where the C library would otherwise keep it."""

import ctypes
import sys

# Numbers of glibc's malloc.h.
_MMAP_THRESHOLD, _ARENAS = -3, -8
_LARGE = 1 << 20


def give_back_large_blocks() -> bool:
    """Makes blocks of a megabyte and more leave the process as soon as they are free.

    By itself glibc raises that limit to the largest block it has seen, up to 32 MB, and keeps smaller blocks in one
    or more heaps for every processor core: a server that painted at several sizes grows, and never shrinks.

    Returns:
        Whether the C library takes the setting; only glibc has it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return bool(mallopt and mallopt(_MMAP_THRESHOLD, _LARGE) and mallopt(_ARENAS, 2))
