"""An allow-list is read strictly: who permits load on a service is told about every mistake at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.target.allow_list import MOST_BYTES, AllowListError, parse_allow_list, read_allow_list

GOOD = """
[[allow]]
host = "staging.shop.test"
port = 8443
most_per_s = 50
from = 2026-11-26T00:00:00Z
until = 2026-11-27T00:00:00+08:00
owner = "Li Wei, checkout team"
token = "a-token-of-this-run"
"""


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "allow.toml"
    path.write_text(text, encoding="utf-8")
    return path


def with_field(name: str, value: str) -> str:
    """The good entry with one field said otherwise."""
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{name} ")]
    return "\n".join([*lines, f"{name} = {value}"])


def mistakes(folder: Path, text: str) -> list[str]:
    """What is wrong in a file with this text."""
    with pytest.raises(AllowListError) as raised:
        read_allow_list(written(folder, text))
    return raised.value.sentences


def test_every_field(tmp_path: Path) -> None:
    """A whole entry is read as it is written, and its repr holds no token."""
    allow = read_allow_list(written(tmp_path, GOOD))
    (entry,) = allow.of_host("staging.shop.test")

    assert (entry.host, entry.port, entry.most_per_s) == ("staging.shop.test", 8443, 50.0)
    assert entry.opens == datetime(2026, 11, 26, tzinfo=UTC)
    assert entry.closes == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert (entry.owner, entry.token) == ("Li Wei, checkout team", "a-token-of-this-run")
    assert entry.token not in repr(allow)
    assert allow.of_host("shop.test") == []


def test_what_may_be_left_out(tmp_path: Path) -> None:
    """Port and token are optional: the scheme's own port, and no proof but the typed host."""
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(("port", "token")))
    (entry,) = read_allow_list(written(tmp_path, text)).entries

    assert (entry.port, entry.token) == (None, "")


def test_the_window_is_open_from_its_first_instant_and_not_at_its_last(tmp_path: Path) -> None:
    """The window is closed on the left and open on the right."""
    (entry,) = read_allow_list(written(tmp_path, GOOD)).entries
    second = timedelta(seconds=1)

    assert [entry.is_open(at) for at in (entry.opens - second, entry.opens)] == [False, True]
    assert [entry.is_open(at) for at in (entry.closes - second, entry.closes)] == [True, False]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        pytest.param("host", '"*.shop.test"', "host '*.shop.test' is a pattern; name every host by itself.", id="a pattern"),
        pytest.param("host", '"*"', "host '*' is a pattern", id="everything"),
        pytest.param("host", '"Shop.test"', "has capitals; write 'shop.test'.", id="capitals"),
        pytest.param("host", '"奶茶.test"', "write 'xn--yuso58g.test' if that is the host", id="letters outside ASCII"),
        pytest.param("host", '"https://shop.test"', "without scheme, port, path", id="a URL"),
        pytest.param("host", '"shop.test:443"', "without scheme, port, path", id="host and port"),
        pytest.param("host", '"me@shop.test"', "is no host name", id="a user"),
        pytest.param("host", '"shop.test."', "final dot", id="a final dot"),
        pytest.param("host", '""', "is no host name", id="nothing"),
        pytest.param("host", '"10.0.0.0/8"', "is no host name", id="a network"),
        pytest.param("host", '"167772161"', "is a number and no IP address", id="an address as one number"),
        pytest.param("host", '"0x7f.1"', "is no IP address in its usual form|is a number and no IP", id="hexadecimal"),
        pytest.param("host", '"010.0.0.1"', "is a number and no IP address", id="octal"),
        pytest.param("host", '"2001:DB8::1"', "is written '2001:db8::1'", id="IPv6 in capitals"),
        pytest.param("host", '"fe80::1%eth0"', "names an interface", id="an address of one link"),
        pytest.param("host", "7", "host is 7; give the host's name in quotes.", id="a number"),
        pytest.param("port", "0", "port is 0; give a whole number from 1 to 65535.", id="port 0"),
        pytest.param("port", "65536", "port is 65536;", id="a port too high"),
        pytest.param("port", '"443"', "port is '443';", id="a port in quotes"),
        pytest.param("port", "true", "port is True;", id="a port that is a truth"),
        pytest.param("most_per_s", "0", "most_per_s is 0; give a number of wishes per second above 0", id="nothing a second"),
        pytest.param("most_per_s", "-1", "most_per_s is -1;", id="less than nothing"),
        pytest.param("most_per_s", "inf", "most_per_s is inf;", id="no ceiling"),
        pytest.param("most_per_s", "nan", "most_per_s is nan;", id="no number"),
        pytest.param("most_per_s", "9" * 400, "most_per_s is 999", id="a number beyond all floats"),
        pytest.param("most_per_s", "true", "most_per_s is True;", id="a ceiling that is a truth"),
        pytest.param("from", "2026-11-26T00:00:00", "from is 2026-11-26 00:00:00; give date, time and zone", id="no zone"),
        pytest.param("until", "2026-11-27", "until is 2026-11-27; give date, time and zone", id="a day"),
        pytest.param("until", '"2026-11-27T00:00:00Z"', "without quotes", id="a time in quotes"),
        pytest.param("until", "9999-12-31T23:59:59-23:00", "give date, time and zone", id="the end of time"),
        pytest.param("until", "2026-11-26T00:00:00Z", "is not after .from", id="a window without length"),
        pytest.param("owner", '" "', "owner is empty or no text; say who answers for this target.", id="nobody"),
        pytest.param("token", '"short"', "token is not usable; give 16 to 512 visible ASCII", id="a short token"),
        pytest.param("token", '"with a space in the middle"', "token is not usable", id="a token with spaces"),
    ],
)  # fmt: skip
def test_one_mistake(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    """A bad value is told with the entry's place and the field's name, and a token is never repeated."""
    (told,) = mistakes(tmp_path, with_field(name, value))

    assert told.startswith(f"{tmp_path}/allow.toml: allow[0].{name} ")
    assert any(part in told for part in sentence.split("|"))
    assert "with a space" not in told


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Several mistakes in several entries are told together, unknown fields with the nearest name."""
    text = f'{GOOD}\n[[allow]]\nhots = "shop.test"\nmost_per_s = 0\n[[allow]]\n[deny]\n'
    told = " ".join(mistakes(tmp_path, text))

    assert "unknown field 'deny'; did you mean 'allow'?" in told
    assert "allow[1]: unknown field 'hots'; did you mean 'host'?" in told
    assert "allow[1]: 'host' is missing." in told
    assert "allow[1].most_per_s is 0;" in told
    assert "allow[2]: 'owner' is missing." in told


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "there is no entry; write one under [[allow]].", id="an empty file"),
        pytest.param("allow = 3", "'allow' holds no tables", id="no tables"),
        pytest.param("[allow]", "'allow' holds no tables", id="one table"),
        pytest.param("allow = [1]", "'allow' holds no tables", id="a list of numbers"),
        pytest.param("[[allow", "is no TOML", id="half a line"),
        pytest.param("a = " + "[" * 5000, "is no TOML", id="a deep well"),
    ],
)
def test_a_file_without_entries(tmp_path: Path, text: str, sentence: str) -> None:
    """A file that permits nothing is a mistake, not an empty list."""
    assert sentence in " ".join(mistakes(tmp_path, text))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder, other bytes and a huge file give one sentence each."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "huge").write_bytes(b"#" * (MOST_BYTES + 1))
    for name, sentence in (("none", "cannot be read"), (".", "cannot be read"), ("bytes", "UTF-8"), ("huge", "larger")):
        with pytest.raises(AllowListError, match=sentence):
            read_allow_list(tmp_path / name)


@pytest.mark.parametrize(
    ("change", "overlaps"),
    [
        pytest.param({}, True, id="the same entry twice"),
        pytest.param({"port": 443}, False, id="another port"),
        pytest.param({"port": None}, True, id="any port"),
        pytest.param({"host": "other.test"}, False, id="another host"),
        pytest.param({"from": datetime(2026, 11, 27, tzinfo=UTC), "until": datetime(2026, 11, 28, tzinfo=UTC)}, False, id="the next day"),
    ],
)  # fmt: skip
def test_two_ceilings_for_one_target(change: dict[str, object], overlaps: bool) -> None:
    """Two entries that are open for one port at one time are refused: it would have two ceilings."""
    one = {
        "host": "shop.test", "port": 8443, "most_per_s": 5, "owner": "Li Wei",
        "from": datetime(2026, 11, 26, tzinfo=UTC), "until": datetime(2026, 11, 27, tzinfo=UTC),
    }  # fmt: skip
    other = {key: value for key, value in {**one, **change}.items() if value is not None}
    if not overlaps:
        assert len(parse_allow_list({"allow": [one, other]}, "allow.toml").entries) == 2
        return
    with pytest.raises(AllowListError, match=r"two entries of 'shop\.test' are open for one port at the same time"):
        parse_allow_list({"allow": [one, other]}, "allow.toml")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["host", "port", "most_per_s", "from", "until", "owner", "token", "hots"])


@given(st.lists(st.dictionaries(fields, values), max_size=3))
def test_whatever_is_in_the_file(tables: list[dict[str, object]]) -> None:
    """Any document is a list of entries that name a host, or at least one sentence, and never another error."""
    mistakes: list[str] = []
    entries = 0
    try:
        entries = len(parse_allow_list({"allow": tables}, "allow.toml").entries)
    except AllowListError as error:
        mistakes = error.sentences

    assert mistakes or entries == len(tables) > 0
