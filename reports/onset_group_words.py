"""What groups of shoppers went through that all shoppers together did not, in plain sentences; of groups that were hit with the rest, nothing.

Pure: episodes in, sentences out. Names of groups are those of target files: whoever shows a sentence escapes it.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from reports.onset_evidence import COUPON_MISSING, NO_PROGRESS, QUEUED, REFUSED, SHED
from reports.onset_groups import ALONE, EARLIER, GROUPINGS, GroupEpisode, GroupsReport, SparedGroup, Whole

MOST_SENTENCES = 3
"""As many as a screen has room for; the report has every episode."""
MOST_NAMES = 4
NAME_LIMIT = 40
HIT = {
    REFUSED: "were turned away",
    QUEUED: "were told to wait",
    NO_PROGRESS: "were answered without progress",
    COUPON_MISSING: "were denied cards that were due",
    SHED: "were left without an answer",
}
"""What a signal did to shoppers."""
_WORDS = {grouping.what: grouping.words for grouping in GROUPINGS}


def sentences(report: GroupsReport, of_all: Sequence[Whole]) -> list[str]:
    """Who was hit though all together were not, who was hit before them, and who was not hit; without a full stop."""
    said = [_told(one, of_all) for one in report.episodes if one.beside in (ALONE, EARLIER)]
    said += _not_hit(report.spared)
    more = len(said) - MOST_SENTENCES
    return said if more <= 0 else [*said[:MOST_SENTENCES], f"{more} more differ from all shoppers together, see --json"]


def group_words(what: str, names: Sequence[str]) -> str:
    """The shoppers of a group, or of several, of one grouping; long names are cut, and of many names some are told."""
    shown = [name[:NAME_LIMIT] or "(none)" for name in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return _WORDS[what].replace("{}", listed)


def _told(one: GroupEpisode, of_all: Sequence[Whole]) -> str:
    who = group_words(one.what, [one.name])
    sure = "" if one.set_first == one.set_last else f" (95 % certain within {one.set_first} to {one.set_last})"
    until = "" if one.end is None else f" until second {one.end}"
    told = f"{who[:1].upper()}{who[1:]} {HIT[one.signal]} from second {one.second} on{sure}{until}, {one.turned_away:,} of {one.of:,}"
    if one.beside == ALONE:
        return (
            f"{told}, although it does not show among all shoppers together ({one.all_turned_away:,} of {one.all_of:,})"
        )
    whole = next(each for each in of_all if each.signal == one.signal and each.set_first > one.alarm)
    return f"{told}; all shoppers together only from second {whole.second} on"


def _not_hit(spared: Sequence[SparedGroup]) -> Iterator[str]:
    """One sentence for each signal and grouping."""
    for (signal, what), some in groupby(spared, key=lambda one: (one.signal, one.what)):
        groups = list(some)
        bad, of = groups[0].others_turned_away, groups[0].others_of
        hits = f"{sum(one.turned_away for one in groups):,} of {sum(one.of for one in groups):,}"
        who = group_words(what, [one.name for one in groups])
        yield f"From second {groups[0].second} on {bad / of:.1%} of the others {HIT[signal]}, but not {who} ({hits})"
