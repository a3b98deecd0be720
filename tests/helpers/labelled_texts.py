"""The labelled texts of `labelled_texts.txt`: refusals, normal answers, declines and degraded answers, by source and language."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from tests.helpers.normal_answers import FILLINGS

__all__ = ["HELD_OUT_SOURCES", "LabelledText", "filled", "labelled_texts"]

Label = Literal["refused", "normal", "declined", "degraded"]
# No rule and no word of the classifier is fitted to these sources, nor to any language but Chinese and English.
HELD_OUT_SOURCES = frozenset({"campaign", "vendor", "queue"})


@dataclass(frozen=True)
class LabelledText:
    """One text: where it is seen, in which language (zh, en, other), and what it means."""

    source: str
    language: str
    label: Label
    text: str

    @property
    def is_held_out(self) -> bool:
        """Whether the classifier is judged, and never fitted, on this text: a matter of source and language, never of the row."""
        return self.source in HELD_OUT_SOURCES or self.language == "other"


def labelled_texts() -> list[LabelledText]:
    """All texts of the file, in its order."""
    texts: list[LabelledText] = []
    section: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]").split(" ")
        elif line and not line.startswith("#"):
            texts.append(LabelledText(section[0], section[1], cast("Label", section[2]), line))
    return texts


def filled(text: str, shopper: int) -> str:
    """The text as this shopper reads it: their own item, shop, name, price and number in the places for them."""
    draw = random.Random(shopper)
    own = {slot: draw.choice(values) for slot, values in FILLINGS.items()} | {
        "n": str(draw.randint(2, 60)),
        "price": f"{draw.randint(90, 9900) / 100:.2f}",
    }
    for slot, value in own.items():
        text = text.replace("{" + slot + "}", value)
    return text
