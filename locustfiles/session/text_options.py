"""The option that says how many of the assistant's answers are kept as texts."""

from locustfiles.session.options import Option


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError
    return share


KEEP_TEXTS = Option(
    "--keep-texts",
    "0.01",
    "Share of the wishes whose answers of the assistant are kept as texts, to audit the verdicts on them (springtide texts RUN). "
    "Takes a number from 0, which keeps none, to 1.",
    _share,
)
"""An option of every scenario, since all of them may ask an assistant."""
