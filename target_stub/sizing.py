"""From a configuration to the size of the station that it asks for."""

import math
from typing import Final

import msgspec

from target_stub.config import Config

# A queue that outlasts any client's patience, and still a bound.
_INCIDENT_QUEUE: Final = 1_000_000


class Sizing(msgspec.Struct, frozen=True):
    """The station that a configuration asks for."""

    servers: int
    mean_ms: float
    queue_limit: int


def sizing(config: Config) -> Sizing:
    """Return c = ceil(capacity * service time) servers, with the mean stretched so that c / mean is the capacity exactly.

    Without the stretch a small station would be larger than asked: one server of 250 ms is already worth 4 orders/s.
    """
    capacity_per_s = config.capacity_per_s * config.headroom
    # The small amount absorbs binary fractions: 1.3 * 200 * 0.25 s is 65 servers, not 66.
    servers = max(1, math.ceil(capacity_per_s * config.service_ms / 1000 - 1e-9))
    limit = config.queue_limit
    if limit is None and config.preset == "incident":
        limit = _INCIDENT_QUEUE
    elif limit is None:
        # Room for a whole burst and one second more: with the bucket in front it is never reached.
        limit = math.ceil(config.capacity_per_s * (1 + config.bucket_burst_s))
    return Sizing(servers, servers / capacity_per_s * 1000, limit)
