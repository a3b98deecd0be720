"""Limits with their units, as an SLO file and a one-liner write them: ``2s``, ``95%``, ``300/s``, or a number alone."""

import re
from enum import StrEnum
from typing import Any

from reports import slo_fields as read
from reports.slo_fields import SloError


class Quantity(StrEnum):
    """What a limit counts in. A number without a unit is in ms, a share of 1, wishes per second, seconds or events."""

    DURATION = "a duration"
    SHARE = "a share"
    RATE = "a rate"
    SECOND = "a second of the run"
    COUNT = "a count"


_UNITS: dict[Quantity, dict[str, float]] = {
    Quantity.DURATION: {"": 1.0, "us": 0.001, "ms": 1.0, "s": 1000.0},
    Quantity.SHARE: {"": 1.0, "%": 0.01},
    Quantity.RATE: {"": 1.0, "/s": 1.0},
    Quantity.SECOND: {"": 1.0, "ms": 0.001, "s": 1.0},
    Quantity.COUNT: {"": 1.0},
}
_VALUE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|%|/s|)\s*")


def quantity_of(measure: str) -> Quantity:
    """What a measure of the ``where`` language counts in."""
    return Quantity.DURATION if measure.endswith("_ms") else Quantity.COUNT


def limit(value: Any, quantity: Quantity, path: str) -> float:
    """A limit in ms, a share of 1, per second, seconds or events. Raises SloError with the path and what to write."""
    unit, number = "", value
    if isinstance(value, str):
        match = _VALUE.fullmatch(value)
        if match is None:
            known = ", ".join(dict.fromkeys(unit for units in _UNITS.values() for unit in units if unit))
            raise SloError(f"{path}: {read.shown(value)} is not a number with a unit; units are {known}")
        number, unit = float(match[1]), match[2]
    number = read.number(number, path)
    if unit not in _UNITS[quantity]:
        known = " or ".join(unit for unit in _UNITS[quantity] if unit) or "a number alone"
        raise SloError(f"{path}: {read.shown(value)} is not {quantity}; write {known}")
    if quantity is Quantity.SHARE and unit == "" and number > 1:
        raise SloError(f"{path}: {number:g} is no share of 1; write {number:g}% for a share of a hundred")
    # 99.9 % is .999, not .9990000000000001
    return round(number * _UNITS[quantity][unit], 12)
