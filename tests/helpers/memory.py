"""How many bytes an object keeps alive: itself and all that only values hold."""

import sys
from collections.abc import Mapping
from typing import Any


def held_bytes(root: Any) -> int:
    """The size of the object, of its attributes and slots, and of all items within, each counted once."""
    seen: set[int] = set()
    waiting, total = [root], 0
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, type) or callable(value):
            continue
        seen.add(id(value))
        total += sys.getsizeof(value)
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += list(value)
        waiting += list(getattr(value, "__dict__", {}).values())
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        waiting += [getattr(value, name) for name in slots if hasattr(value, name)]
    return total
