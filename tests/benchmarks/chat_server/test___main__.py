"""The comparison with a real server, as it was last measured."""

from benchmarks.chat_server import results
from benchmarks.chat_server.__main__ import PARTS, README, RESULT, options


def test_the_readme_holds_the_last_result() -> None:
    """The README's paragraph is that of the file, whatever it says."""
    page = README.read_text(encoding="utf-8")
    assert results.pasted(page, results.line(results.read(RESULT))) == page


def test_the_file_holds_every_part() -> None:
    """The run of a scenario, and one and several in flight in English, which are judged; and Chinese, which is not."""
    found = results.read(RESULT)
    assert tuple((one.language, one.in_flight) for one in found.parts) == PARTS
    assert results.judged(found.scenario, found.parts) == (found.first_content_off, found.tpot_off)
    assert all(one.answers == sum(one.outcomes.values()) >= options().get_default("answers") for one in found.parts)
