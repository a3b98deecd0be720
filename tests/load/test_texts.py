"""What the assistant said, kept by real runs: the predicted wishes whoever serves them, and nothing that a terminal would obey."""

from pathlib import Path

import pytest

from locustfiles.recording.text_sample import TextSample
from tests.helpers.chat_answers import DONE, ROLE, STOP, chunk
from tests.helpers.festival_run import festival, processes, springtide
from tests.helpers.scripted_server import answer_each, scripted_server

pytestmark = pytest.mark.load

SHARE, SEED = 0.1, 5
HOSTILE = r"\u001b[2J\u001b]0;owned\u0007<script>alert(1)</script>\u202e {key}\nPASS all is well"


def test_the_predicted_wishes_are_kept(tmp_path: Path) -> None:
    """Two workers keep every answer to the wishes that seed and share choose and no other, as often as the record counts them."""
    flags = ("--rate", "60", "--duration", "6s", "--capacity", "30", "--seed", str(SEED), "--keep-texts", str(SHARE))
    _, running = festival(tmp_path, *flags, *processes(2), scenario="steady")
    run = running.run()
    rows = run.table("texts").to_pylist()
    wishes = {row["wish"]: row for row in run.table("purchases").to_pylist()}
    chosen = TextSample(SEED, SHARE).chooses
    shown = springtide("texts", running.runs / "latest").output.splitlines()

    assert sorted(row["wish"] for row in rows) == sorted(wish for wish in wishes if chosen(wish))
    assert len(rows) == pytest.approx(SHARE * len(wishes), abs=25)
    for row in rows:
        wish = wishes[row["wish"]]
        if wish["last_step"] == "chat":
            assert (row["second"], row["outcome"], row["reason"]) == (wish["second"], wish["outcome"], wish["reason"])
            assert row["text"]
        else:
            assert (row["outcome"], row["understood"]) == ("done", 1)
    assert {row["outcome"] for row in rows} == {"done", "refused_hard", "refused_soft"}
    assert shown[0].startswith(f"{len(rows)} of {len(wishes)} answers at chat kept")
    assert shown[0].endswith(f"(a share of {SHARE} was asked for); none was left out.")


def test_a_hostile_assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An assistant that sends escapes, markup and our key as its words is kept and shown as text, on one line, without the key."""
    monkeypatch.setenv("SPRINGTIDE_API_KEY", "sk-canary-9d")
    content = chunk(f'{{"content":"{HOSTILE.replace("{key}", "sk-canary-9d")}"}}')
    body = ROLE + content + STOP + DONE
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with scripted_server([answer_each(lambda _: answer)]) as server:
        flags = ("--host", server.url, "--rate", "5", "--duration", "2s", "--arrivals", "even", "--keep-texts", "1")
        _, running = festival(tmp_path, *flags, scenario="steady")
    latest = running.runs / "latest"
    rows = running.run().table("texts").to_pylist()
    shown = springtide("texts", latest).output

    assert {row["text"] for row in rows} == {" [2J ]0;owned <script>alert(1)</script>  *** PASS all is well"}
    assert len(rows) == 10
    lines = [line for line in shown.splitlines() if "PASS" in line]
    assert len(lines) == 10
    assert all(line.startswith("  second ") and ': " [2J ]0;owned <script>' in line for line in lines)
    assert all(character.isprintable() for line in shown.splitlines() for character in line)
    assert not [path for path in latest.resolve().rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
