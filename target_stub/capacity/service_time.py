"""How long one piece of work occupies one server: three laws with the same mean, drawn from a seed."""

import math
import random
from collections.abc import Callable
from typing import Literal

from target_stub.clock import NS_PER_MS

ServiceLaw = Literal["deterministic", "exponential", "lognormal"]
ServiceTime = Callable[[], int]


def service_times(law: ServiceLaw, mean_ms: float, *, cv: float, rng: random.Random) -> ServiceTime:
    """Return a function whose calls give service times in nanoseconds, each at least 1, with mean `mean_ms`.

    `cv` (standard deviation / mean) shapes the lognormal law only: sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2.
    Raises ValueError for a mean that is not above 0.
    """
    if not mean_ms > 0:
        raise ValueError(f"a mean service time is above 0 ms, not {mean_ms}")
    mean_ns = mean_ms * NS_PER_MS
    fixed_ns = max(1, round(mean_ns))
    match law:
        case "deterministic":
            return lambda: fixed_ns
        case "exponential":
            return lambda: max(1, round(rng.expovariate(1.0) * mean_ns))
        case "lognormal":
            variance = math.log1p(cv * cv)
            sigma = math.sqrt(variance)
            mu = math.log(mean_ns) - variance / 2
            return lambda: max(1, round(rng.lognormvariate(mu, sigma)))
