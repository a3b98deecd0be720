"""How long one piece of work occupies one server: five laws with the same mean, drawn from a seed.

Two of them look at more than a random number, and get it from where it is known:

- token-proportional: the time is a cost per token of the prompt and of the answer. The law itself is the mean; the door, which
  has read the prompt, says how many means this request is worth (`TokenCosts.work`).
- usl: a lognormal time of work that is alone in the station, which the station stretches by who else is in service.
"""

import math
import random
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from target_stub.clock import NS_PER_MS

PlainLaw = Literal["deterministic", "exponential", "lognormal", "usl"]
ServiceLaw = Literal["deterministic", "exponential", "lognormal", "usl", "token-proportional"]
ServiceTime = Callable[[], int]
PREFILL_SHARE: Final = 0.3
"""Of the mean service time, reading the prompt: it costs more than one token of the answer."""


def service_times(law: ServiceLaw, mean_ms: float, *, cv: float, rng: random.Random) -> ServiceTime:
    """Return a function whose calls give service times in nanoseconds, each at least 1, with mean `mean_ms`.

    `cv` (standard deviation / mean) shapes lognormal and usl only: sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2.
    Raises ValueError for a mean that is not above 0.
    """
    if not mean_ms > 0:
        raise ValueError(f"a mean service time is above 0 ms, not {mean_ms}")
    mean_ns = mean_ms * NS_PER_MS
    fixed_ns = max(1, round(mean_ns))
    match law:
        case "deterministic" | "token-proportional":
            return lambda: fixed_ns
        case "exponential":
            return lambda: max(1, round(rng.expovariate(1.0) * mean_ns))
        case "lognormal" | "usl":
            variance = math.log1p(cv * cv)
            sigma = math.sqrt(variance)
            mu = math.log(mean_ns) - variance / 2
            return lambda: max(1, round(rng.lognormvariate(mu, sigma)))


class TokenCosts(msgspec.Struct, frozen=True):
    """What one token costs, in mean service times: `prefill` to read one of the prompt, `decode` to write one of the answer."""

    prefill: float
    decode: float

    def work(self, prompt_tokens: int, answer_tokens: int) -> float:
        """Return how many mean service times a request takes."""
        return self.prefill * prompt_tokens + self.decode * answer_tokens


def token_costs(mean_prompt_tokens: float, mean_answer_tokens: float) -> TokenCosts:
    """Return the costs at which a request of mean prompt and mean answer takes exactly the mean service time.

    The time is linear in both counts, so the mean over any mix of requests with these mean counts is the mean as well.
    """
    return TokenCosts(PREFILL_SHARE / mean_prompt_tokens, (1 - PREFILL_SHARE) / mean_answer_tokens)
