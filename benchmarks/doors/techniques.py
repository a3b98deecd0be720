"""The nine techniques as they are compared: published defaults where there are any, otherwise the capacity by Little's law.

The service is good for 100 wishes a second: 25 servers, two requests a wish, 125 ms each.
"""

from typing import Final

import msgspec

from target_stub.admission.dagor import Dagor
from target_stub.admission.doors import Door, OpenDoor
from target_stub.admission.limits import Aimd, FixedLimit, Gradient2, Limit, NoLimit
from target_stub.admission.queue_discipline import Fifo, FollyCodel, QueueDiscipline
from target_stub.admission.token_bucket import TokenBucket
from target_stub.admission.waiting_room import WaitingRoom
from target_stub.campaign_pause import PauseRule

SERVERS: Final = 25
SERVICE_MS: Final = 125.0
WISHES_PER_S: Final = 100.0
REQUESTS_PER_WISH: Final = 2
_SESSION_S: Final = 5.0


class Technique(msgspec.Struct, frozen=True):
    """One way of admission. `pause`: when the campaign gives no cards."""

    name: str
    door: Door = OpenDoor()
    limit: Limit = NoLimit()
    discipline: QueueDiscipline = Fifo()
    queue_limit: int | None = None
    pause: PauseRule = PauseRule()


TECHNIQUES: Final = (
    Technique("open"),
    Technique("token bucket", door=TokenBucket(WISHES_PER_S * REQUESTS_PER_WISH)),
    Technique("fixed concurrency", limit=FixedLimit(SERVERS)),
    Technique("AIMD", limit=Aimd()),
    Technique("Gradient2", limit=Gradient2()),
    Technique("CoDel (folly)", discipline=FollyCodel()),
    # Its tasks have a timeout of 500 ms: a longer queue would be work for nobody.
    Technique("DAGOR", door=Dagor(), queue_limit=round(0.5 * WISHES_PER_S * REQUESTS_PER_WISH)),
    Technique(
        "waiting room",
        door=WaitingRoom(
            sessions=round(WISHES_PER_S * _SESSION_S),
            entries_per_s=WISHES_PER_S,
            session_s=_SESSION_S,
            refresh_s=2.0,
            keep_s=10.0,
            opens_at=2.0,
        ),
    ),
    Technique("campaign pause", pause=PauseRule(queue_high=100)),
)
