"""What a surge was like at each technique: figures of the wishes, and their JSON form."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.doors.surge import STEPS, SURGE_FROM_S, SURGE_UNTIL_S, Surge, Wish

_GOOD_SHARE: Final = 0.95
END_S: Final = round(sum(duration_s for duration_s, _ in STEPS))


class Line(msgspec.Struct, frozen=True):
    """One technique's figures."""

    technique: str
    goodput_per_s: float
    """Wishes confirmed a second while the surge lasts."""
    p99_s: float
    """From a wish's beginning to its order, of all confirmed ones."""
    refused_share: float
    """Of all requests, looks at a waiting room's place among them, and of claims at a paused campaign."""
    unfairness: float
    """Gini coefficient over shoppers of the share of their wishes, begun in the surge, that were confirmed; 0 = all alike."""
    recovery_s: float
    """From the surge's end to the last second in whose wishes fewer than 95 in 100 were confirmed."""
    cards_lost: int
    """Promised to a shopper whose wish was not confirmed."""
    confirmed_per_s: list[int]
    """Second by second, from the start."""


class Result(msgspec.Struct, frozen=True):
    """All techniques at the same surge."""

    seed: int
    capacity_per_s: float
    offered_per_s: list[float]
    lines: list[Line]


def line_of(technique: str, surge: Surge) -> Line:
    """Return the figures of a surge that is over."""
    wishes = surge.wishes
    ends = Counter(int(wish.ended_s) for wish in wishes if wish.confirmed and wish.ended_s is not None)
    in_surge = sum(count for second, count in ends.items() if SURGE_FROM_S <= second < SURGE_UNTIL_S)
    responses = sorted(wish.ended_s - wish.began_s for wish in wishes if wish.confirmed and wish.ended_s is not None)
    return Line(
        technique=technique,
        goodput_per_s=round(in_surge / (SURGE_UNTIL_S - SURGE_FROM_S), 1),
        p99_s=round(responses[int(0.99 * (len(responses) - 1))], 2) if responses else 0.0,
        refused_share=round(surge.refused / surge.requests, 4),
        unfairness=round(gini(_shares(wishes)), 3),
        recovery_s=_recovery_s(wishes),
        cards_lost=sum(wish.has_card and not wish.confirmed for wish in wishes),
        confirmed_per_s=[ends[second] for second in range(END_S)],
    )


def _shares(wishes: Sequence[Wish]) -> list[float]:
    wished: Counter[int] = Counter()
    confirmed: Counter[int] = Counter()
    for wish in wishes:
        if SURGE_FROM_S <= wish.began_s < SURGE_UNTIL_S:
            wished[wish.shopper] += 1
            confirmed[wish.shopper] += wish.confirmed
    return [confirmed[shopper] / wished[shopper] for shopper in wished]


def gini(values: Sequence[float]) -> float:
    """Return the Gini coefficient, sum over i of (2 i - n - 1) x_i / (n sum x) with x sorted; 0 when there is nothing."""
    total = sum(values)
    if not total:
        return 0.0
    count = len(values)
    ranked = enumerate(sorted(values), start=1)
    return sum((2 * rank - count - 1) * value for rank, value in ranked) / (count * total)


def _recovery_s(wishes: Sequence[Wish]) -> float:
    begun: Counter[int] = Counter()
    confirmed: Counter[int] = Counter()
    for wish in wishes:
        if wish.began_s >= SURGE_UNTIL_S:
            begun[int(wish.began_s)] += 1
            confirmed[int(wish.began_s)] += wish.confirmed
    bad = [second for second in begun if confirmed[second] < _GOOD_SHARE * begun[second]]
    return max(bad) + 1 - SURGE_UNTIL_S if bad else 0.0


def write(result: Result, path: Path) -> None:
    """Write the result as JSON that people can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


def read(path: Path) -> Result:
    """The result in a file; msgspec.DecodeError when it is no result."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
