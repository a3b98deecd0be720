"""Which texts are nearly the same, held against comparing every pair."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locustfiles.recording.near_duplicates import NearDuplicates, grams, jaccard

LONG = "很抱歉现在使用购物助手的朋友实在太多我们的系统暂时没有办法处理您的点单请您过几分钟之后再来尝试一次感谢您的理解与支持祝您新年快乐"
FEW = st.text(alphabet="abc", min_size=3, max_size=60)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("abcdefghijklmnopqrst", "abcdefghijXlmnopqrst", True, id="a character of 20 changed: (20 - 5) / (20 + 1) = .71"),
        pytest.param("abcdefghij", "abcdeXghij", False, id="a character of 10 changed: 5 / 11"),
        pytest.param(LONG, LONG.replace("几分钟", "一会儿"), True, id="three characters of 64 changed"),
        pytest.param(LONG, LONG[:40] + "今天只能看看明天早上九点开门", False, id="another ending"),
        pytest.param("", "", True, id="nothing and nothing"),
        pytest.param("a", "b", False, id="too short for grams"),
    ],
)  # fmt: skip
def test_which_texts_are_of_one_group(one: str, other: str, same: bool) -> None:
    """J >= .8 makes two texts one, below 40 characters J >= .6."""
    groups = NearDuplicates(10)

    assert (groups.group(1, one) == groups.group(2, other)) is same


@given(FEW, FEW)
@settings(max_examples=300)
def test_the_prefix_filter_misses_no_pair(one: str, other: str) -> None:
    """A second text joins the first exactly when their resemblance says so."""
    groups = NearDuplicates(10)
    groups.group(1, one)
    bound = 0.6 if min(len(grams(one)), len(grams(other))) < 38 else 0.8

    assert (groups.group(2, other) == 1) is (jaccard(grams(one), grams(other)) >= bound)


def test_a_group_is_known_by_its_founder() -> None:
    """What is nearly the same as a founder is known, what is not is not, and asking founds nothing."""
    groups = NearDuplicates(10)
    groups.group(1, LONG)

    assert groups.find(LONG.replace("几", "数")) == 1
    assert groups.find("something else entirely") is None
    assert groups.group(2, "something else entirely") == 2


def test_memory_is_bounded() -> None:
    """The founder that was of no use for longest goes, and a text like it founds a group again."""
    groups = NearDuplicates(3)
    for number, text in enumerate(("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd")):
        groups.group(number, text)

    assert groups.group(9, "aaaaaaaa") == 9
    assert groups.group(10, "dddddddd") == 3
