"""Whether the charts of groups of shoppers keep their promises, on random runs whose truth is known.

Six verticals of very different sizes; the goals are those of the charts of all wishes, with a group's own m = rate x share.
"""

import numpy as np
import pytest

from reports.onset_group_words import sentences
from reports.onset_groups import ALONE, GroupEpisode, Whole, watch_groups
from reports.throttle_onset import RunFacts, find
from tests.helpers.grouped_orders import Ended, all_of, hit, orders_of

TOLERATED = 0.001
SECONDS = 600
SHARES = {"travel": 0.4, "milk_tea": 0.25, "cinema": 0.15, "flowers": 0.1, "groceries": 0.05, "gifts": 0.05}
SMALL = "gifts"


def run_of(rng: np.random.Generator, rate: float, refused: float, onset: int = 0) -> Ended:
    """Ten minutes at a constant load; all verticals are refused as much as is tolerated, and the small one ``refused`` from ``onset`` on."""
    calm = {vertical: rng.poisson(np.full(SECONDS, rate * part)) for vertical, part in SHARES.items()}
    hurt = np.where(np.arange(SECONDS) >= onset, refused, TOLERATED)
    return hit(calm, {name: rng.binomial(n, hurt if name == SMALL else TOLERATED) for name, n in calm.items()})


def episodes(ended: Ended) -> list[GroupEpisode]:
    """The episodes of groups; those of all wishes are none."""
    found = watch_groups(orders_of(ended), all_of(ended), [], planned_s=SECONDS, tolerated_share=TOLERATED)
    assert len(found.watched) == len(SHARES)
    return found.episodes


@pytest.mark.parametrize("rate", [50, 300])
def test_false_alarms_of_all_groups_together_are_rare(rate: float) -> None:
    """Of a hundred runs that refuse every group all that is tolerated, and no more, one at most raises an alarm."""
    rng = np.random.default_rng(21)
    alarms = sum(bool(episodes(run_of(rng, rate, TOLERATED))) for _ in range(100))

    assert alarms <= 1


@pytest.mark.parametrize(
    ("rate", "share"),
    [
        pytest.param(50, 0.02, id="50/s, one refusal a second"),
        pytest.param(300, 0.005, id="300/s, one and a half"),
        pytest.param(300, 0.3, id="300/s, ninety"),
    ],
)
def test_who_is_hit_as_all_are_is_not_said_to_differ(rate: float, share: float) -> None:
    """Where chance alone decides whom of six verticals a refusal meets, of thirty runs none calls one early, alone or spared."""
    rng = np.random.default_rng(23)
    for _ in range(30):
        calm = {vertical: rng.poisson(np.full(SECONDS, rate * part)) for vertical, part in SHARES.items()}
        refused = np.where(np.arange(SECONDS) >= 200, share, TOLERATED / 5)
        ended = hit(calm, {name: rng.binomial(n, refused) for name, n in calm.items()})
        of_all = [
            Whole(one.signal, one.second, one.set_first, one.set_last, one.alarm, one.end)
            for one in find(all_of(ended), RunFacts(SECONDS, 0, 0), tolerated_share=TOLERATED).episodes
        ]
        found = watch_groups(orders_of(ended), all_of(ended), of_all, planned_s=SECONDS, tolerated_share=TOLERATED)

        assert of_all
        assert sentences(found, of_all) == []


def test_a_small_group_that_is_refused_a_little_is_found_and_dated() -> None:
    """1 % of a vertical of 5 % of the traffic, half of what is tolerated of all wishes, is found within 15/m s and dated within 8/m s."""
    rng = np.random.default_rng(22)
    rate, share = 300, 0.01
    m = rate * SHARES[SMALL] * share
    delays, errors, covered = [], [], []
    for _ in range(60):
        onset = int(rng.integers(150, 300))
        found = [one for one in episodes(run_of(rng, rate, share, onset)) if one.alarm >= onset]
        assert {(one.name, one.beside) for one in found} == {(SMALL, ALONE)}
        delays.append(found[0].alarm - onset)
        errors.append(abs(found[0].second - onset))
        covered.append(found[0].set_first <= onset <= found[0].set_last)

    assert np.median(delays) <= 15 / m
    assert np.quantile(errors, 0.9) <= 8 / m
    assert np.mean(covered) >= 0.9
