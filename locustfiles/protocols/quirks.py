"""Switches of published defects: names and words that a target file may give, checked against what a dialect knows.

This module must not know what any switch does.
"""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

NO_QUIRKS: Mapping[str, str] = MappingProxyType({})


def checked_quirks(given: Mapping[str, str], known: Mapping[str, tuple[str, ...]], *, protocol: str) -> dict[str, str]:
    """Every known switch with its word, given or by default; ``known`` holds the words of a switch, the default first.

    Raises ValueError with one sentence that names the nearest switch or lists the words.
    """
    for name, word in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise ValueError(f"There is no quirk {name!r} of {protocol}; the nearest is {near!r}.")
        if word not in known[name]:
            raise ValueError(f"The quirk {name} of {protocol} is {' or '.join(known[name])}, not {word!r}.")
    return {name: given.get(name, words[0]) for name, words in known.items()}
