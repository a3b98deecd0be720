"""Command lines of the contenders, and what is said of those that are missing."""

from pathlib import Path

import pytest

from benchmarks.generator.contenders import (
    AB,
    CONTENDERS,
    FAST_HTTP,
    HEY,
    SPRINGTIDE,
    WRK,
    Job,
    can_do,
    command,
    install,
    present,
    wrk_script,
)
from benchmarks.generator.workload import W1, W2, W3, WORKLOADS, Post, posts

URL = "http://127.0.0.1:9"
JOBS = [(name, workload) for name in CONTENDERS for workload in WORKLOADS if can_do(name, workload)]


@pytest.mark.parametrize(("contender", "workload"), JOBS)
def test_every_job_has_a_command(contender: str, workload: str, tmp_path: Path) -> None:
    """Each contender keeps 64 connections or users busy against the server that it is given."""
    words = command(Job(contender, workload, URL, tmp_path, 900.0, 9.0))

    assert any(word.startswith(URL) for word in words)
    assert "64" in words or "-c64" in words


def test_ab_reads_no_chunks() -> None:
    """A workload that a program cannot do is left out for it alone."""
    assert [workload for workload in WORKLOADS if can_do(AB, workload)] == [W1]
    assert [workload for workload in WORKLOADS if can_do(WRK, workload)] == [W1, W2]


def test_springtide_buys_with_the_real_scenario(tmp_path: Path) -> None:
    """W3 is no script of the benchmark's own but the steady scenario, above its capacity."""
    words = command(Job(SPRINGTIDE, W3, URL, tmp_path, 900.0, 9.0))

    assert "locustfiles/steady.py" in words
    assert words[words.index("--rate") + 1] == "900"


def test_missing_programs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not installed is left out and named, with the package that would help."""
    monkeypatch.setenv("PATH", "/nowhere")

    here, sentences = present((SPRINGTIDE, WRK, FAST_HTTP, HEY))

    assert here == [SPRINGTIDE, FAST_HTTP]
    assert sentences == [
        "wrk is not installed and was left out (apt-get install wrk).",
        "hey is not installed and was left out (apt-get install hey).",
    ]


@pytest.fixture
def apt_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has apt-get and nothing else."""
    program = tmp_path / "apt-get"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("apt_get")
def test_root_installs_what_is_missing() -> None:
    """Missing packages are asked for, and once more after a look for them when that did not help."""
    asked: list[list[str]] = []

    install((SPRINGTIDE, WRK, AB), is_root=True, run=lambda words, **_: asked.append(words))

    added = ["apt-get", "install", "--yes", "--no-install-recommends", "wrk", "apache2-utils"]
    assert asked == [added, ["apt-get", "update"], added]


@pytest.mark.usefixtures("apt_get")
@pytest.mark.parametrize(
    ("wanted", "is_root"),
    [pytest.param(CONTENDERS, False, id="not root"), pytest.param((SPRINGTIDE, FAST_HTTP), True, id="nothing missing")],
)
def test_nothing_is_installed(wanted: tuple[str, ...], is_root: bool) -> None:
    """Without the right or the need nobody is asked to install anything."""
    asked: list[object] = []

    install(wanted, is_root=is_root, run=lambda words, **_: asked.append(words))

    assert asked == []


def test_nothing_is_installed_without_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without apt-get nobody is asked either."""
    monkeypatch.setenv("PATH", "/nowhere")
    asked: list[object] = []

    install(CONTENDERS, is_root=True, run=lambda words, **_: asked.append(words))

    assert asked == []


def test_the_script_of_wrk() -> None:
    """Lua gets the body byte for byte, whatever is in it."""
    script = wrk_script(Post("/json", {"Content-Type": "application/json"}, '{"a":"茶"}'.encode()))

    assert 'wrk.headers["Content-Type"] = "application/json"' in script
    assert "\\034\\097\\034\\058\\034\\232\\140\\182\\034" in script


def test_peers_send_what_springtide_sends() -> None:
    """A purchase is five posts, the first a prompt, each with the headers of the protocol."""
    paths = [post.path for post in posts(W3)]

    assert paths[0] == "/v1/chat/completions"
    assert (len(paths), paths[-1].endswith("/complete")) == (5, True)
    assert all(post.headers["Content-Type"] == "application/json" for post in posts(W3))
    assert not any({"Host", "Content-Length"} & set(post.headers) for post in posts(W3))
