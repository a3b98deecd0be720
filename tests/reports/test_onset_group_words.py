"""What differs between groups of shoppers is said in a few plain sentences, and what does not is not said."""

from msgspec.structs import replace

from reports.onset_group_words import MOST_SENTENCES, group_words, sentences
from reports.onset_groups import ALONE, EARLIER, LATER, WITH_ALL, GroupEpisode, GroupsReport, SparedGroup, Whole

EPISODE = GroupEpisode(
    signal="refused", what="vertical", name="gifts", second=120, set_first=118, set_last=123, alarm=131, end=300, turned_away=14,
    of=1203, all_turned_away=14, all_of=24060, beside=ALONE, offered_per_s=300.0, offered_low=300.0, offered_high=300.0,
)  # fmt: skip
SPARED = SparedGroup(
    signal="refused", what="vertical", name="travel", second=140, turned_away=0, of=812, others_turned_away=310, others_of=1000,
)  # fmt: skip
ALL = Whole("refused", 140, 140, 140, 143, None)


def test_a_group_that_was_hit_alone() -> None:
    """When, how surely, until when, how many, and that all together do not show it."""
    (said,) = sentences(GroupsReport(episodes=[EPISODE]), [])

    assert said == (
        "Shoppers of vertical gifts were turned away from second 120 on (95 % certain within 118 to 123) until second 300, "
        "14 of 1,203, although it does not show among all shoppers together (14 of 24,060)"
    )


def test_a_group_that_was_hit_before_all() -> None:
    """And from when on all were; a certain second needs no set, an open episode no end."""
    early = replace(EPISODE, signal="shed", beside=EARLIER, set_first=120, set_last=120, end=None)
    of_all = [ALL, ALL._replace(signal="shed", second=150, set_first=149)]

    (said,) = sentences(GroupsReport(episodes=[early]), of_all)

    assert said == (
        "Shoppers of vertical gifts were left without an answer from second 120 on, 14 of 1,203; all shoppers together only from "
        "second 150 on"
    )


def test_groups_that_were_not_hit() -> None:
    """In one sentence, beside the share of the others."""
    both = [SPARED, replace(SPARED, name="cinema", turned_away=1, of=1000)]

    assert sentences(GroupsReport(spared=both), [ALL]) == [
        "From second 140 on 31.0% of the others were turned away, but not shoppers of vertical travel and cinema (1 of 1,812)"
    ]


def test_who_was_hit_with_the_rest_needs_no_word() -> None:
    """Nor does who was hit a little later."""
    alike = [replace(EPISODE, beside=WITH_ALL), replace(EPISODE, beside=LATER)]

    assert sentences(GroupsReport(episodes=alike), [ALL]) == []


def test_a_screen_holds_a_few_sentences() -> None:
    """And how many more there are."""
    said = sentences(GroupsReport(episodes=[EPISODE] * 5), [])

    assert len(said) == MOST_SENTENCES + 1
    assert said[-1] == "2 more differ from all shoppers together, see --json"


def test_long_names_are_cut_and_of_many_some_are_told() -> None:
    """A name is someone else's word, of any length, and may be missing."""
    assert group_words("vertical", ["x" * 99]) == f"shoppers of vertical {'x' * 40}"
    assert group_words("vertical", ["{}"]) == "shoppers of vertical {}"
    assert group_words("vertical", [""]) == "shoppers of vertical (none)"
    assert group_words("vertical", list("abcdef")) == "shoppers of vertical a, b, c, d and 2 more"
