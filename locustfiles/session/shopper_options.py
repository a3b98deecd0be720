"""The options that say what shoppers are like: whether they come again, how long they wait, and what they do when refused."""

from locustfiles.journeys.retry import RetryMix
from locustfiles.session.options import Option, UnusableError, span_s


def _retry(text: str) -> RetryMix | None:
    try:
        return RetryMix.parse(text) if text else None
    except ValueError as error:
        raise UnusableError(str(error)) from error


def _share_below_one(text: str) -> float:
    share = float(text)
    if not 0 <= share < 1:
        raise ValueError
    return share


SHOPPERS = (
    Option(
        "--returning",
        "0",
        "Share of the wishes that are by a shopper who has wished before in the run: the same person with another wish, drawn by the seed. "
        "Takes a number from 0 to less than 1.",
        _share_below_one,
    ),
    Option(
        "--retry",
        "",
        "What a refused shopper does: leave, obey, sdk or hammer, or shares of them as in leave:0.6,sdk:0.3,hammer:0.1. "
        "Empty = leave, or sdk with --incident yes.",
        _retry,
    ),
    Option("--patience", "8s", "How long a shopper waits for an answer to begin. Takes a span such as 8s.", span_s),
)
"""The options of every scenario, since all of them draw shoppers."""
