"""The stub's configuration: one frozen value, and what each preset changes in it.

``command_line`` makes it from a preset, a TOML file and flags; a flag is a field's name with dashes.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from target_stub.admission.doors import DoorKind
from target_stub.admission.limits import LimitKind, Places, Share
from target_stub.admission.queue_discipline import DelayMs, QueueKind
from target_stub.admission.sayings import SAYINGS
from target_stub.admission.voice import SHORT_NAMES, Voice
from target_stub.admission.waiting_room import Seconds
from target_stub.campaign import CampaignVoice
from target_stub.capacity.service_time import PlainLaw, ServiceLaw
from target_stub.chat_pace import Pace
from target_stub.sse import Dialect
from target_stub.ucp_dialect import Posture, UpdateRule

Preset = Literal["graceful", "incident", "ticketing", "flash-sale"]
Port = Annotated[int, Meta(ge=0, le=65_535)]
Since = Annotated[float, Meta(ge=0, le=31_536_000)]
"""Seconds since the stub's start."""
StationCapacity = Annotated[
    float,
    Meta(ge=0.001, le=20_000, description="orders a second the station is good for; never a limit without it"),
]
StationService = Annotated[float, Meta(gt=0, le=600_000, description="mean service time of one request to the station")]
StationLaw = Annotated[PlainLaw, Meta(description="distribution of the station's service time")]

_NAMES: Final = "|".join((*SHORT_NAMES, *SAYINGS))
_VOICES: Final = f"^({_NAMES})(,({_NAMES}))*$"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that decides how the stub behaves; the descriptions are the help texts of the flags."""

    preset: Annotated[
        Preset,
        Meta(
            description="graceful: a token bucket in front of a station with room to spare; "
            "incident: an open door and a queue without end; ticketing: a waiting room in order of arrival; "
            "flash-sale: a tight bucket, a finite stock and two units a basket at most"
        ),
    ] = "graceful"
    capacity_per_s: Annotated[
        float, Meta(ge=0.001, le=20_000, description="orders a second the service is good for")
    ] = 200.0
    headroom: Annotated[float, Meta(gt=0, le=100, description="capacity of the station / capacity_per_s")] = 1.3
    admission: Annotated[DoorKind, Meta(description="who gets in")] = "token-bucket"
    bucket_burst_s: Annotated[float, Meta(gt=0, le=3600, description="burst of the bucket, in seconds of its rate")] = (
        1.0
    )
    queue_limit: (
        Annotated[
            int,
            Meta(ge=0, le=10_000_000, description="most shoppers waiting for a server; by default as the preset says"),
        ]
        | None
    ) = None
    dagor_threshold_ms: Annotated[DelayMs, Meta(description="mean queueing time from which DAGOR cuts")] = 20.0
    dagor_window_s: Annotated[float, Meta(gt=0, le=3600, description="longest window of DAGOR, in seconds")] = 1.0
    dagor_window_requests: Annotated[int, Meta(ge=1, le=1_000_000, description="requests that end DAGOR's window")] = (
        2000
    )
    dagor_alpha: Annotated[float, Meta(gt=0, lt=1, description="share that DAGOR cuts a window under overload")] = 0.05
    dagor_beta: Annotated[Share, Meta(description="share that DAGOR admits more a window otherwise")] = 0.01
    room_sessions: (
        Annotated[
            Places, Meta(description="most sessions past the waiting room; by default capacity_per_s * room_session_s")
        ]
        | None
    ) = None
    room_entries_per_s: (
        Annotated[float, Meta(ge=0.001, le=1e6, description="entries from the waiting room; by default capacity_per_s")]
        | None
    ) = None
    room_session_s: Annotated[Seconds, Meta(description="how long a session lasts after its last request")] = 300.0
    room_refresh_s: Annotated[Seconds, Meta(description="after how long who waits is to ask again")] = 20.0
    room_keep_s: Annotated[Seconds, Meta(description="how long a place is kept for who does not ask again")] = 300.0
    room_opens_at: Annotated[
        float, Meta(gt=0, le=1000, description="requests in flight per server from which newcomers wait")
    ] = 0.9
    limit: Annotated[LimitKind, Meta(description="how many requests may be in flight")] = "none"
    limit_initial: (
        Annotated[
            Places,
            Meta(
                description="fixed: the limit, by default capacity * service time; others: where they begin, by default 20"
            ),
        ]
        | None
    ) = None
    limit_minimum: Annotated[Places, Meta(description="least limit of AIMD and Gradient2")] = 20
    limit_maximum: Annotated[Places, Meta(description="greatest limit; by default 200, Vegas 1000")] | None = None
    limit_backoff: Annotated[float, Meta(ge=0.5, lt=1, description="AIMD: what a drop multiplies the limit by")] = 0.9
    limit_timeout_ms: Annotated[float, Meta(gt=0, description="AIMD: a longer answer counts as a drop")] = 5000.0
    limit_queue: Annotated[int, Meta(ge=0, le=10_000, description="Gradient2: growth while latency is low")] = 4
    limit_smoothing: Annotated[Share, Meta(description="share of a new estimate; by default 0.2, Vegas 1")] | None = (
        None
    )
    limit_long_window: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Gradient2: samples of the long average")
    ] = 600
    limit_tolerance: Annotated[
        float, Meta(ge=1, le=100, description="Gradient2: short / long round trip that is no queue yet")
    ] = 1.5
    limit_probe: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Vegas: measures the no-load time every probe * limit samples")
    ] = 30
    limit_window_ms: Annotated[
        float, Meta(ge=0, le=600_000, description="a limit moves once in such a window; 0: with each answer")
    ] = 0.0
    queue_discipline: Annotated[QueueKind, Meta(description="who of those that wait is served next")] = "fifo"
    codel_target_ms: Annotated[DelayMs, Meta(description="delay that both CoDels aim at")] = 5.0
    codel_interval_ms: Annotated[DelayMs, Meta(description="how long both CoDels look before they drop")] = 100.0
    codel_lifo: Annotated[bool, Meta(description="codel-folly: true serves the newest first under overload")] = True
    voice: Annotated[
        Voice,
        Meta(
            description="how a refusal is said: one or more names with commas between, each in turn",
            pattern=_VOICES,
            extra_json_schema={"x-names": [*SHORT_NAMES, *SAYINGS]},
        ),
    ] = "mixed"
    campaign_voice: (
        Annotated[
            CampaignVoice,
            Meta(description="how a paused campaign says no; as the voice does when it is hard, soft or mixed"),
        ]
        | None
    ) = None
    campaign_wave: Annotated[
        Literal["1", "2"], Meta(description="whose terms: 1 gives up to 21 cards a shopper, 2 gives 10")
    ] = "2"
    campaign_budget_fen: Annotated[int, Meta(ge=0, le=10**15, description="what all cards together may pay")] = (
        300_000_000_000
    )
    campaign_cards_per_user: Annotated[int, Meta(ge=1, le=1000, description="by default as the wave says")] | None = (
        None
    )
    campaign_card_days: Annotated[float, Meta(gt=0, le=3650, description="how long the cards keep their value")] = 75.0
    campaign_grey_at_s: Annotated[Since, Meta(description="the grey release begins")] | None = None
    campaign_grey_quota: Annotated[int, Meta(ge=0, le=10**9, description="cards of the grey release")] = 50_000
    campaign_opens_at_s: Annotated[Since, Meta(description="cards for everybody from then on")] = 0.0
    campaign_closes_at_s: Annotated[Since, Meta(description="the last card is given")] | None = None
    campaign_pause_at_s: Annotated[Since, Meta(description="no cards from then on")] | None = None
    campaign_resume_at_s: Annotated[Since, Meta(description="and cards again from then on")] | None = None
    campaign_pause_budget_share: (
        Annotated[float, Meta(gt=0, le=1, description="no cards once this share of the budget is spent or promised")]
        | None
    ) = None
    campaign_pause_queue: Annotated[Literal["chat", "card"], Meta(description="whose queue can pause the campaign")] = (
        "chat"
    )
    campaign_pause_queue_high: Annotated[int, Meta(ge=1, description="no cards from this queue length on")] | None = (
        None
    )
    campaign_pause_queue_low: (
        Annotated[int, Meta(ge=0, description="cards again at this queue length; by default half of the other")] | None
    ) = None
    stock: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="units of each product (50) or of some (cinema-imax=50,eggs-30=0); without it no end",
            ),
        ]
        | None
    ) = None
    quantity_limit: Annotated[int, Meta(ge=1, description="most units of a product in one order")] | None = None
    keep_alive_s: (
        Annotated[
            float,
            Meta(gt=0, le=600, description="whoever waits for a server gets a comment that often; none without it"),
        ]
        | None
    ) = None
    chat_dialect: Annotated[Dialect, Meta(description="whose particulars the answers have")] = "openai"
    answer_pace: Annotated[Pace, Meta(description="bursts: few writes an answer; tokens: every event by itself")] = (
        "bursts"
    )
    tokens_per_s: (
        Annotated[
            float,
            Meta(
                gt=0,
                le=100_000,
                description="speed of an answer's tokens after the first one; as the service time gives",
            ),
        ]
        | None
    ) = None
    token_gap_cv: Annotated[
        float, Meta(ge=0, le=5, description="standard deviation / mean of the gaps between tokens")
    ] = 0.4
    delta_bytes: Annotated[int, Meta(ge=4, le=4096, description="most bytes of text in one event of an answer")] = 20
    service_ms: Annotated[float, Meta(gt=0, le=600_000, description="mean service time of one answer")] = 250.0
    service_law: Annotated[ServiceLaw, Meta(description="distribution of the service time")] = "lognormal"
    service_cv: Annotated[
        float, Meta(ge=0, le=10, description="standard deviation / mean of every station, lognormal and usl only")
    ] = 0.5
    prompts_per_order: Annotated[
        float, Meta(ge=0.01, le=100, description="chat requests that one order takes; capacity_per_s counts orders")
    ] = 1.0
    mean_prompt_tokens: Annotated[
        float, Meta(gt=0, le=1e6, description="prompt whose reading takes 0.3 of service_ms, token-proportional only")
    ] = 75.0
    mean_answer_tokens: Annotated[
        float, Meta(gt=0, le=1e6, description="answer whose writing takes 0.7 of service_ms, token-proportional only")
    ] = 27.0
    card_capacity_per_s: StationCapacity | None = None
    card_service_ms: StationService = 30.0
    card_service_law: StationLaw = "lognormal"
    checkout_capacity_per_s: StationCapacity | None = None
    checkout_service_ms: StationService = 50.0
    checkout_service_law: StationLaw = "lognormal"
    payment_capacity_per_s: StationCapacity | None = None
    payment_service_ms: StationService = 300.0
    payment_service_law: StationLaw = "lognormal"
    station_queue_limit: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=10_000_000,
                description="most requests waiting at each of card, checkout and payment; by default as the preset says",
            ),
        ]
        | None
    ) = None
    usl_sigma: Annotated[float, Meta(ge=0, le=1, description="contention within a station, law usl only")] = 0.002
    usl_kappa: Annotated[float, Meta(ge=0, le=1, description="coherence cost within a station, law usl only")] = 1e-5
    usl_threads: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=100_000,
                description="requests that a station of law usl serves at once; by default as few as its capacity takes. "
                "With more than its best number, overload lowers its throughput",
            ),
        ]
        | None
    ) = None
    replicas: Annotated[
        int, Meta(ge=1, le=100, description="times the servers of every station; every capacity is one replica's")
    ] = 1
    replica_sigma: Annotated[float, Meta(ge=0, le=1, description="contention between replicas")] = 0.0
    replica_kappa: Annotated[float, Meta(ge=0, le=1, description="coherence cost between replicas")] = 0.0
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1, description="seed of every random number")] = 1
    host: Annotated[str, Meta(min_length=1, description="address of the public doors")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="port of the public doors, 0 for a free one")] = 0
    control_port: Annotated[Port, Meta(description="port of the control door, on loopback only")] = 0
    ledger: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="the books: a SQLite file, or a postgresql:// URL that many stubs share; in memory without it",
            ),
        ]
        | None
    ) = None
    truth: Annotated[str, Meta(min_length=1, description="JSON lines of what the chat door did")] | None = None
    api_key_env: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="environment variable that holds the key callers must send; any bearer token without it",
            ),
        ]
        | None
    ) = None
    ucp_version: Annotated[
        Literal["2026-01-23", "2026-04-08"],
        Meta(description="UCP version that discovery offers first; both are served"),
    ] = "2026-04-08"
    ucp_update: Annotated[
        UpdateRule, Meta(description="UCP: what an update leaves out is gone (replace) or stays (merge)")
    ] = "replace"
    ucp_posture: Annotated[
        Posture, Meta(description="UCP: business errors are 200 with messages, or a 4xx status with a detail")
    ] = "messages"
    until_stdin_closes: Annotated[bool, Meta(description="end when standard input reaches its end")] = False


# What a preset changes against the defaults above.
PRESETS: Final[dict[str, dict[str, object]]] = {
    "graceful": {"admission": "token-bucket", "voice": "mixed", "headroom": 1.3},
    "incident": {"admission": "open", "voice": "mixed", "headroom": 1.0},
    "ticketing": {"admission": "waiting-room", "voice": "cloudflare-queue", "room_session_s": 60.0, "headroom": 1.3},
    "flash-sale": {
        "admission": "token-bucket",
        "bucket_burst_s": 0.5,
        "voice": "mtop,soft",
        "stock": "1000",
        "quantity_limit": 2,
    },
}


class ConfigError(Exception):
    """The configuration cannot be used; `sentences` says everything that is wrong with it."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = list(sentences)


def campaign_voice_of(config: Config) -> CampaignVoice:
    """Return how a paused campaign says no: as asked for, else as the chat does where that is a way of the campaign, too."""
    if config.campaign_voice is not None:
        return config.campaign_voice
    return "hard" if config.voice == "hard" else "soft" if config.voice == "soft" else "mixed"
