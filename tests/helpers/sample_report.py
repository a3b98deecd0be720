"""A report as the gate makes it: a festival that failed, with an onset, refusals and a ledger that lost two orders."""

import math
from typing import Any

import msgspec

from reports.evidence import RefusalWords
from reports.gate import Refusals, Report, RunFacts
from reports.ledger_audit import AuditReport, Check
from reports.objectives import ObjectiveResult
from reports.onset_groups import GroupEpisode, GroupsReport, WatchedGroup
from reports.throttle_onset import Episode, OnsetReport
from reports.validity import Breach
from reports.verdict import Verdict

EPISODE = Episode(
    signal="refused", second=42, set_first=41, set_last=43, alarm=45, end=None, wall_utc="2026-02-06T07:30:42Z",
    offered_per_s=133.4, offered_low=131.0, offered_high=136.0, released_per_s=133.0, released_low=125.9,
    released_high=140.1, refused=900, of=1800, method="hinge", first_throttle_per_s=132.6, capacity_low=None,
    capacity_high=None,
)  # fmt: skip
ONSET = OnsetReport(tolerated_share=0.001, planned_s=90, episodes=[EPISODE], blips=[], note="", ran=True, why_not="")
GIFTS = GroupEpisode(
    signal="refused", what="vertical", name="gifts", second=12, set_first=11, set_last=13, alarm=20, end=30, turned_away=14, of=120,
    all_turned_away=14, all_of=2400, beside="alone", offered_per_s=100.0, offered_low=100.0, offered_high=100.0,
)  # fmt: skip
GROUPS = GroupsReport(
    episodes=[GIFTS], sentences=["Shoppers of vertical gifts were turned away"],
    watched=[WatchedGroup("vertical", "gifts", 500, True), WatchedGroup("vertical", "travel", 9000, True)],
)  # fmt: skip
LOST = Check(id="lost", statement="s", state="violated", violations=2, rows=["key-7 is not in the ledger"], why_not="")
AUDIT = AuditReport(ran=True, why_not="", confirmed=900, ledger_orders=898, recovered=1, unknown=3, checks=[LOST])
FIRST_WORDS = ObjectiveResult(
    "first-words", "First words within 1.5 s", "95 % <= 1500 ms", Verdict.FAIL, "30 of 100 are bad", "ms",
    value=1890.4, low=1700.0, high=math.inf, margin=-390.4, n=12345, bad=30,
)  # fmt: skip
REPORT = Report(
    run=RunFacts(
        "runs/x", "run-1", "festival", "2026-02-06T07:30:00Z", 90.0, "stub", "http://127.0.0.1:8", 133.0, "qwen-day1",
        "served x demand 3 x scale 0.16", 400.0, 11000, 10990, 8700,
    ),
    verdict=Verdict.FAIL, valid=True, exit_code=98, objectives=[FIRST_WORDS], onset=ONSET,
    refusals=[
        Refusals("hard", 900, 0.1, 1000, {"chat": 1000}, {"rate_limited": 1000}), Refusals("soft", 0, 0.0, 0, {}, {}),
    ],
    words=[RefusalWords("busy,# ahead", "Busy, 12 ahead", "chat", "refused_hard", "rate_limited", 42, 890, 1000)],
    audit=AUDIT, audit_why_not="", breaches=[], warnings=["The generator used 97% of a core."],
)  # fmt: skip


def filled_with(text: str, *, times: int = 1) -> Report:
    """The report with ``text`` wherever somebody else's words can stand, and ``times`` as many lines of every kind."""
    one: Any = msgspec.structs.replace(
        FIRST_WORDS, name=text, display_name=text, target=text, sentence=text, unit="ms", stage="warm"
    )
    verdicts = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)
    objectives = [msgspec.structs.replace(one, verdict=verdicts[index % 3]) for index in range(3 * times)]
    check = msgspec.structs.replace(LOST, rows=[text] * times, statement=text)
    facts = msgspec.structs.replace(
        REPORT.run,
        path=text,
        run_id=text,
        scenario=text,
        target_kind=text,
        target_url=text,
        curve=text,
        curve_note=text,
    )
    refusals = [Refusals(text, 1, 0.5, 1, dict.fromkeys([text], 1), dict.fromkeys([text], 1))] * times
    return msgspec.structs.replace(
        REPORT,
        run=facts,
        onset=msgspec.structs.replace(ONSET, groups=GroupsReport(sentences=[text] * times)),
        objectives=objectives,
        valid=False,
        breaches=[Breach("late", text)] * times,
        warnings=[text] * times,
        refusals=refusals,
        words=[RefusalWords(text, text, text, text, text, 1, 1, 1)] * times,
        audit=msgspec.structs.replace(AUDIT, checks=[check] * times),
    )
