"""Rules from a configuration, and changes of a rule."""

import itertools
from typing import Any

import msgspec
import pytest

from target_stub.admission.dagor import Dagor
from target_stub.admission.doors import Door, OpenDoor
from target_stub.admission.limits import Aimd, FixedLimit, Gradient2, Limit, NoLimit, Vegas
from target_stub.admission.policy import DISCIPLINES, DOORS, LIMITS, discipline_of, door_of, kind_of, limit_of, switched
from target_stub.admission.queue_discipline import Codel, FollyCodel
from target_stub.admission.token_bucket import TokenBucket
from target_stub.admission.waiting_room import WaitingRoom
from target_stub.command_line import parse
from target_stub.config import Config, ConfigError

BUCKET = TokenBucket(5.0, 2.0)


@pytest.mark.parametrize(
    ("flags", "door", "limit"),
    [
        pytest.param(["--admission=dagor", "--dagor-alpha=0.1"], Dagor(alpha=0.1), NoLimit(), id="DAGOR"),
        pytest.param(
            ["--admission=waiting-room"],
            WaitingRoom(60_000, 200.0),
            NoLimit(),
            id="a waiting room of the capacity's size",
        ),
        pytest.param(["--limit=fixed", "--admission=open"], OpenDoor(), FixedLimit(65), id="L = X * W"),
        pytest.param(["--limit=aimd", "--admission=open"], OpenDoor(), Aimd(), id="AIMD as published"),
        pytest.param(["--limit=gradient2", "--admission=open"], OpenDoor(), Gradient2(), id="Gradient2 as published"),
        pytest.param(["--limit=vegas", "--admission=open"], OpenDoor(), Vegas(), id="Vegas as published"),
    ],
)
def test_a_configuration_asks_for_rules(flags: list[str], door: Door, limit: Limit) -> None:
    """Each field reaches the rule that it belongs to, and defaults are the published ones."""
    config = parse(["--capacity-per-s=200", *flags]).config

    assert (door_of(config), limit_of(config)) == (door, limit)


def test_the_disciplines_of_a_configuration() -> None:
    """Both CoDels take target and interval from the same fields."""
    flags = ["--codel-target-ms=7", "--codel-lifo=false", "--queue-discipline"]

    assert discipline_of(parse([*flags, "codel"]).config) == Codel(7.0)
    assert discipline_of(parse([*flags, "codel-folly"]).config) == FollyCodel(7.0, lifo_under_overload=False)


def test_every_combination_is_a_configuration() -> None:
    """Each kind of door, limit and discipline goes with each of the others."""
    for door, limit, discipline in itertools.product(DOORS, LIMITS, DISCIPLINES):
        kinds = {"admission": kind_of(door), "limit": kind_of(limit), "queue_discipline": kind_of(discipline)}
        config = msgspec.convert(kinds, Config)

        assert [type(door_of(config)), type(limit_of(config)), type(discipline_of(config))] == [door, limit, discipline]


def test_numbers_that_contradict_each_other_are_a_sentence_of_the_command_line() -> None:
    """A limit that begins outside its bounds is told at the start."""
    with pytest.raises(ConfigError, match="not at 5 of 20 to 200"):
        parse(["--limit=aimd", "--limit-initial=5"])


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        pytest.param(BUCKET, {"rate_per_s": 9}, TokenBucket(9.0, 2.0), id="another rate, the same burst"),
        pytest.param(BUCKET, {"burst_s": 1.5}, TokenBucket(5.0, 1.5), id="another burst, the same rate"),
        pytest.param(BUCKET, {"kind": "open"}, OpenDoor(), id="opening"),
        pytest.param(OpenDoor(), {"kind": "token-bucket", "rate_per_s": 3.0}, TokenBucket(3.0), id="closing"),
        pytest.param(OpenDoor(), {}, OpenDoor(), id="nothing"),
    ],
)
def test_a_switch_changes_what_it_names(before: Door, change: dict[str, Any], after: Door) -> None:
    """What a switch leaves out stays as it is."""
    assert switched(before, DOORS, change) == after


@pytest.mark.parametrize(
    ("before", "change", "sentence"),
    [
        pytest.param(OpenDoor(), {"kind": "token-bucket"}, "needs rate_per_s", id="a bucket without a rate"),
        pytest.param(OpenDoor(), {"rate_per_s": 3.0}, "open has no rate_per_s", id="a rate for an open door"),
        pytest.param(BUCKET, {"rate_per_s": 0.0}, "rate is at least 0.001", id="a rate of nothing"),
        pytest.param(BUCKET, {"burst_s": "x"}, "Expected `float`", id="a word for a number"),
        pytest.param(BUCKET, {"kind": ["open"]}, "kind is one of", id="a list for a kind"),
    ],
)
def test_a_switch_that_makes_no_sense_is_refused(before: Door, change: dict[str, Any], sentence: str) -> None:
    """A switch to a door that cannot be raises a sentence."""
    with pytest.raises(ValueError, match=sentence):
        switched(before, DOORS, change)
