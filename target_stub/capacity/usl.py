"""The Universal Scalability Law: what n at work together are worth, in units of one alone.

X(n) = n c / (1 + sigma (n - 1) + kappa n (n - 1)): c is the throughput of one, sigma the share of the work that only one
can do at a time (contention), kappa the cost of agreement between each pair (coherence). With kappa > 0 the throughput has a
peak near n = sqrt((1 - sigma) / kappa) and falls beyond it. Source: Gunther, Guerrilla Capacity Planning, 2007, chapter 4.
"""

import math

import msgspec


class Usl(msgspec.Struct, frozen=True):
    """The two coefficients; 0 and 0 is no loss at all. Raises ValueError for a coefficient outside 0..1."""

    sigma: float = 0.0
    kappa: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.sigma <= 1 and 0 <= self.kappa <= 1):
            raise ValueError(f"sigma and kappa are each 0 to 1, not {self.sigma} and {self.kappa}")

    def slowdown(self, n: float) -> float:
        """Return how many times longer each of `n` takes than one alone: 1 for n = 1."""
        return 1 + self.sigma * (n - 1) + self.kappa * n * (n - 1)

    def gain(self, n: float) -> float:
        """Return X(n) / c, the throughput of `n` in units of one alone."""
        return n / self.slowdown(n)

    def best(self, most: int) -> int:
        """Return the n of 1..most with the highest throughput, the smallest of equals."""
        peak = math.sqrt((1 - self.sigma) / self.kappa) if self.kappa else math.inf
        below = math.floor(min(peak, most))
        candidates = [1, *(min(max(1, n), most) for n in (below, below + 1))]
        return max(candidates, key=self.gain)

    def least(self, gain: float) -> int | None:
        """Return the smallest n that is worth `gain`, None when no n is.

        gain(n) = g is the quadratic g kappa n^2 + (g (sigma - kappa) - 1) n + g (1 - sigma) = 0; its smaller root is written
        so that kappa = 0 needs no case of its own.
        """
        if gain <= 1:
            return 1
        linear = 1 - gain * (self.sigma - self.kappa)
        constant = gain * (1 - self.sigma)
        discriminant = linear * linear - 4 * gain * self.kappa * constant
        if linear <= 0 or discriminant < 0:
            return None
        root = 2 * constant / (linear + math.sqrt(discriminant))
        # The small amount absorbs binary fractions: a root of 65.000000001 is 65.
        n = max(1, math.ceil(root * (1 - 1e-12)))
        return n if self.gain(n) >= gain * (1 - 1e-9) else None
