"""Traditional characters and their simplified forms."""

from locustfiles.recording.traditional import SIMPLIFIED


def test_no_simplified_form_is_itself_changed() -> None:
    """Simplifying twice is simplifying once."""
    assert [chr(simple) for simple in SIMPLIFIED.values() if simple in SIMPLIFIED] == []


def test_a_sentence() -> None:
    """A whole line of a shop in Taiwan or Hong Kong."""
    assert (
        "抱歉，現在太多人同時下單，暫時無法為您處理".translate(SIMPLIFIED)
        == "抱歉，现在太多人同时下单，暂时无法为您处理"
    )
