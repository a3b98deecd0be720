"""Python's garbage collector during a run: it passes over what is there when the load begins.

A full collection goes through everything that was imported, and arrivals are late by as long as that takes.
"""

import gc


def pass_over_what_is_there() -> None:
    """Collect once, then leave what survives out of later collections; what an earlier run left is collected too."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
