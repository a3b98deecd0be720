"""What ``show``, ``onset`` and ``audit`` print."""

import io
from pathlib import Path

import msgspec
import pytest

from reports.gate import OnsetAnswer
from reports.ledger_audit import AuditReport, Check
from reports.onset_cohorts import Cohort, FirstSignal
from reports.onset_groups import GroupsReport
from reports.render.console_details import print_audit, print_onset, print_show, truth_line, who_lines
from reports.render.plain import console_on
from reports.run_record.run_directory import open_run
from reports.show import show
from reports.throttle_onset import Episode, OnsetReport
from reports.truth_log import TruthComparison
from tests.helpers.sample_report import GIFTS, GROUPS
from tests.helpers.synthetic_run import Wishes, write_run

TRUTH = Wishes(rates=((2, 20.0), (2, 30.0)), capacity_per_s=20)


def printed(print_it: object, value: msgspec.Struct) -> str:
    """What a pipe gets."""
    stream = io.StringIO()
    print_it(value, console_on(stream, {}))  # type: ignore[operator]  # one of the three printers
    return stream.getvalue()


def test_show_prints_the_conservation_lines_as_they_are(tmp_path: Path) -> None:
    """The identities stand in the output word for word, outcomes and two clocks below them."""
    shown = printed(print_show, show(open_run(write_run(tmp_path / "run", TRUTH))))
    lines = [" ".join(line.split()) for line in shown.splitlines()]

    for line in (
        "scheduled 100 = released 100 + dropped 0",
        "released 100 = confirmed 80 + refused_hard 10 + refused_soft 10 + in flight 0",
        "Locust's total 420 = record's 420",
        "order confirmed 80",
        "chat refused_soft busy_canned 10",
    ):
        assert line in lines
    assert any(line.startswith("chat response 100 ") for line in lines)
    assert any(line.startswith("chat service 100 ") for line in lines)
    assert "Amplification x1.00: 100 chat attempts of 100 wishes that ended" in lines
    assert any("lateness p99 0.5 ms; 0 stalls" in line for line in lines)


def test_show_prints_what_the_target_announced(tmp_path: Path) -> None:
    """What the target said of its limits is a row a header; a run of a target that said nothing has no such table."""
    path = write_run(tmp_path / "run", TRUTH)
    assert "announced" not in printed(print_show, show(open_run(path)))
    finished = msgspec.json.decode((path / "finished.json").read_bytes())
    row = {"step": "chat", "name": "retry-after", "n": 12, "first": 1, "last": 34, "lowest": 0.5, "highest": 34}
    (path / "finished.json").write_bytes(msgspec.json.encode({**finished, "announced": [row]}))

    lines = [" ".join(line.split()) for line in printed(print_show, show(open_run(path))).splitlines()]
    assert "step target announced n first last lowest highest" in lines
    assert "chat retry-after 12 1 34 0.5 34" in lines


def test_show_marks_what_is_broken(tmp_path: Path) -> None:
    """A broken identity, a note and a damaged file are marked."""
    path = write_run(tmp_path / "run", TRUTH)
    (path / "purchases.arrows").unlink()
    finished = msgspec.json.decode((path / "finished.json").read_bytes())
    (path / "finished.json").write_bytes(msgspec.json.encode({**finished, "notes": ["Worker w came late."]}))
    shown = " ".join(printed(print_show, show(open_run(path))).split())

    assert "purchase rows 0 = ended wishes 100 BROKEN: purchase rows and counters differ" in shown
    assert "Note Worker w came late. Damaged purchases.arrows is missing" in shown


EPISODE = Episode(
    signal="refused", second=42, set_first=41, set_last=43, alarm=45, end=None, wall_utc="2026-02-06T07:30:42Z",
    offered_per_s=133.4, offered_low=131.0, offered_high=136.0, released_per_s=133.0, released_low=125.9,
    released_high=140.1, refused=900, of=1800, method="step", first_throttle_per_s=None, capacity_low=None,
    capacity_high=None,
)  # fmt: skip


@pytest.mark.parametrize(("end", "until"), [pytest.param(None, "open", id="open"), pytest.param(60, "60", id="over")])
def test_onset_prints_every_episode(end: int | None, until: str) -> None:
    """Each signal has its row, an episode that has not ended is open, and blips are listed."""
    episode = msgspec.structs.replace(EPISODE, signal="refused_hard", end=end)
    onset = OnsetReport(
        tolerated_share=0.001, planned_s=90, episodes=[episode], blips=[7, 9], note="a note", ran=True, why_not=""
    )
    shown = " ".join(printed(print_onset, OnsetAnswer(onset)).split())

    assert f"refused_hard 42 41 to 43 {until} 133.4 [131.0, 136.0] 900 of 1800 step" in shown
    assert "Blips single seconds 7, 9" in shown
    assert "Note a note" in shown


@pytest.mark.parametrize(
    ("truth", "line"),
    [
        pytest.param(
            TruthComparison(42.25, 42, -0.25),
            "the target began to refuse at 42.25 s; the estimate is -0.25 s off",
            id="both",
        ),
        pytest.param(TruthComparison(42.25, None, None), "at 42.25 s; no onset was found", id="not found"),
        pytest.param(
            TruthComparison(None, 42, None), "it never turned away more than the tolerated share", id="no truth"
        ),
    ],
)
def test_the_targets_own_account_stands_beside_the_estimate(truth: TruthComparison, line: str) -> None:
    """The difference is told in seconds, and so is an onset that only one of the two knows."""
    assert line in truth_line(truth)


def test_audit_prints_every_check() -> None:
    """Each check has its state, and the rows and reasons stand below."""
    checks = [
        Check(id="lost", statement="kept", state="violated", violations=1, rows=["key-7 is gone"], why_not=""),
        Check(id="stock", statement="enough", state="not_run", violations=0, rows=[], why_not="no stock table"),
    ]
    report = AuditReport(ran=True, why_not="", confirmed=5, ledger_orders=4, recovered=0, unknown=0, checks=checks)
    shown = " ".join(printed(print_audit, report).split())

    assert "lost kept violated 1" in shown
    assert "stock enough not run 0" in shown
    assert "lost key-7 is gone" in shown
    assert "stock no stock table" in shown


def test_onset_says_who_said_so_and_who_was_turned_away() -> None:
    """The first request of each signal, the shares of each cohort, and what the record does not hold; a signal within another has no shares."""
    cohorts = [Cohort("vertical", f"v{number}", 9 - number, 10) for number in range(8)] + [
        Cohort("card", "none", 4, 80)
    ]
    said = FirstSignal(12, "chat", "refused_hard", "rate_limited")
    both = msgspec.structs.replace(EPISODE, first_signal=said, cohorts=cohorts)
    silent = msgspec.structs.replace(EPISODE, signal="coupon_missing", second=50)
    inner = msgspec.structs.replace(both, signal="refused_hard")
    onset = OnsetReport(
        tolerated_share=0.001, planned_s=60, episodes=[both, inner, silent], blips=[], note="", ran=True, why_not=""
    )
    shown = " ".join(printed(print_onset, OnsetAnswer(onset)).split())

    assert "First signal refused: step chat in second 12, rate_limited" in shown
    assert "First signal coupon_missing: no request said so" in shown
    assert "Who refused by vertical: v0 90.0% of 10, v1 80.0% of 10," in shown
    assert "v5 40.0% of 10, and 2 more" in shown
    assert "Who refused by card at the wish's end: none 5.0% of 80" in shown
    assert "refused_hard by" not in shown
    assert "Who not in the record: new or returning shoppers" in shown


@pytest.mark.parametrize(
    ("shoppers", "told"),
    [
        pytest.param(
            [Cohort("shopper", "returning", 3, 10), Cohort("shopper", "new", 1, 70)],
            "Who refused by new or returning: returning 30.0% of 10, new 1.4% of 70",
            id="some return",
        ),
        pytest.param([Cohort("shopper", "new", 4, 80)], "Who all shoppers of these seconds are new", id="all are new"),
        pytest.param([], "", id="no purchase of these seconds"),
    ],
)
def test_onset_says_who_had_come_before(shoppers: list[Cohort], told: str) -> None:
    """Shares of new and returning shoppers where both are there, one sentence where all are new, nothing where it is not known."""
    episode = msgspec.structs.replace(EPISODE, cohorts=[Cohort("card", "none", 4, 80), *shoppers])
    onset = OnsetReport(
        tolerated_share=0.001, planned_s=60, episodes=[episode], blips=[], note="", ran=True, why_not="", cohorts_not_recorded=()
    )  # fmt: skip
    lines = [" ".join(line.plain.split()) for line in who_lines(onset)]

    assert "Who refused by card at the wish's end: none 5.0% of 80" in lines
    assert [line for line in lines if "new" in line or "not in the record" in line] == ([told] if told else [])


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        pytest.param(GROUPS, "Groups Shoppers of vertical gifts were turned away group signal from", id="what differs"),
        pytest.param(GROUPS, "vertical gifts refused 12 11 to 13 30 14 of 120 alone", id="each episode"),
        pytest.param(
            msgspec.structs.replace(GROUPS, episodes=[GIFTS] * 43), "14 of 120 alone and 3 more, see --json", id="not all of many"
        ),
        pytest.param(
            GroupsReport(watched=GROUPS.watched), "Groups 2 groups of shoppers have charts of their own, and none has an onset", id="calm"
        ),
        pytest.param(
            msgspec.structs.replace(GROUPS, left_out=5), "2 groups of shoppers have charts of their own; 5 smaller ones have none", id="some"
        ),
        pytest.param(GroupsReport(why_not="there are no rows"), "Groups not known: there are no rows", id="nobody knows"),
    ],
)  # fmt: skip
def test_onset_says_when_groups_were_hit(groups: GroupsReport, says: str) -> None:
    """A row for each episode of a group, what differs from all shoppers before it, and why there is none."""
    onset = OnsetReport(
        tolerated_share=0.001, planned_s=60, episodes=[], blips=[], note="", ran=True, why_not="", groups=groups
    )

    assert says in " ".join(printed(print_onset, OnsetAnswer(onset)).split())
