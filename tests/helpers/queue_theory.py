"""Exact results for queues with Poisson arrivals, as arithmetic that shares nothing with the stations they judge."""

import math
from collections.abc import Callable


def m_d_1_waits(load: float) -> Callable[[float], float]:
    """Return P(wait <= t) of M/D/1 with t in service times (Franx 2001, built on Erlang 1909).

    k = floor(t) + 1, x = load (k - t), a_i = e^-load load^i / i!, P_n the stationary numbers in the system, Q_m = P_0 + .. + P_{m+1}:
    P(wait <= t) = e^-x sum_{j=0..k-1} Q_{k-1-j} x^j / j!. All terms are positive; the classic alternating sum is lost to rounding.
    """
    arrivals = [math.exp(-load)]
    present = [1 - load, (1 - load) * (math.exp(load) - 1)]

    def up_to(n: int) -> None:
        while len(present) <= n:
            last = len(present) - 1
            while len(arrivals) <= last + 1:
                arrivals.append(arrivals[-1] * load / len(arrivals))
            came = sum(present[j] * arrivals[last - j + 1] for j in range(1, last + 1))
            present.append((present[last] - present[0] * arrivals[last] - came) / arrivals[0])

    def share(t: float) -> float:
        k = math.floor(t) + 1
        up_to(k)
        x = load * (k - t)
        sums = [sum(present[: m + 2]) for m in range(k)]
        term, total = math.exp(-x), 0.0
        for j in range(k):
            total += sums[k - 1 - j] * term
            term *= x / (j + 1)
        return total

    return share


def quantile_of(share: Callable[[float], float], q: float) -> float:
    """Return the least t >= 0 with share(t) >= q, to 1e-9."""
    if share(0.0) >= q:
        return 0.0
    low, high = 0.0, 1.0
    while share(high) < q:
        high *= 2
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if share(middle) >= q else (middle, high)
    return high


def m_m_c_waits(servers: int, offered: float) -> Callable[[float], float]:
    """Return P(wait <= t) of M/M/c with t in mean service times: 1 - C e^-(c - a) t (Erlang 1917); for c = 1, C is the load."""
    waits = erlang_c(servers, offered)
    return lambda t: 1 - waits * math.exp(-(servers - offered) * t)


def erlang_b(servers: int, offered: float) -> float:
    """Return the share that is lost when nobody can wait: B_0 = 1, B_k = a B_{k-1} / (k + a B_{k-1}); any service law."""
    loss = 1.0
    for k in range(1, servers + 1):
        loss = offered * loss / (k + offered * loss)
    return loss


def erlang_c(servers: int, offered: float) -> float:
    """Return the share that waits, c B / (c - a (1 - B)); exponential services."""
    loss = erlang_b(servers, offered)
    return servers * loss / (servers - offered * (1 - loss))
