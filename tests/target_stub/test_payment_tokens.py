"""What a delegated token may pay."""

import pytest

from target_stub.payment_tokens import Allowance, PaymentTokens


@pytest.mark.parametrize(
    ("session_id", "amount_minor", "now_unix_ns", "says"),
    [
        pytest.param("cs_1", 500, 99, None, id="its checkout, its amount, in time"),
        pytest.param("cs_1", 1, 99, None, id="less than its amount"),
        pytest.param("cs_2", 500, 99, "for another checkout", id="another checkout"),
        pytest.param("cs_1", 500, 100, "has expired", id="the instant of its expiry"),
        pytest.param("cs_1", 501, 99, "allows 500 at most", id="one fen too many"),
    ],
)
def test_a_token_pays_what_it_allows(session_id: str, amount_minor: int, now_unix_ns: int, says: str | None) -> None:
    """A token is held to its checkout, its instant and its amount."""
    tokens = PaymentTokens()
    token = tokens.issue(Allowance("cs_1", 500, 100), "a")
    refusal = tokens.refusal(token, session_id, amount_minor, now_unix_ns)

    assert (refusal is None) if says is None else says in str(refusal)


def test_tokens_are_bounded_and_never_repeat() -> None:
    """Past the limit the oldest token is unknown, and the younger ones still pay."""
    tokens = PaymentTokens(limit=2)
    made = [tokens.issue(Allowance("cs_1", 500, 100), "a") for _ in range(3)]

    assert len(set(made)) == 3
    assert [tokens.refusal(token, "cs_1", 1, 1) for token in made] == ["The payment token is unknown", None, None]
