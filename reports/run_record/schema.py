"""The run record's values, version 1: what a generator writes and a report reads.

Every row type names its columns and units. Rows of ``SecondRow``, ``OutcomeRow`` and ``HistogramRow`` are *increments*: a
request of second 5 may end in second 12, so a reader sums the rows that have equal keys. Seconds count from the run's
start (``Manifest.started_unix_ns``) and are always the *intended* second of the request's or the wish's start, never its
completion.

This module must not know files (``run_directory``) nor generators.
"""

from typing import Any

import msgspec

from reports.run_record.said import TextRow, WordsRow

SCHEMA_VERSION = 1
"""Version of this vocabulary; a reader refuses a run of a later one."""

TRACE = "trace"
"""Process of recorded arrivals, replayed exactly: the curve's segments are their counts."""
CLOSED = "closed"
"""Process of a closed model: shoppers wait for answers, no curve asks for anything, and there are no segments."""

UNSCHEDULED = "unscheduled"
"""Process of users that another scheduler drives: there are requests and no wishes, and nothing says when a request should have
started."""
NOT_COMPARED = -1
"""Instead of a total of Locust's table that is no second witness."""

STOPPED_AFTER_ONSET = "stopped after an onset"
"""How a run ended that was to go on only so long after the target began to turn shoppers away: in order, and before its curve did."""


class CurveSegment(msgspec.Struct, frozen=True):
    """One linear piece of the offered rate: from ``start_s`` to ``end_s``, in wishes per second."""

    start_s: float
    end_s: float
    start_per_s: float
    end_per_s: float


class CurveFacts(msgspec.Struct, frozen=True):
    """What the generator was asked to offer."""

    name: str
    segments: list[CurveSegment]
    process: str = "poisson"
    """How arrivals lie on the curve: ``even``, ``poisson`` or ``gamma``; or ``trace``, ``closed`` or ``unscheduled``."""
    note: str = ""
    """Where the curve comes from and how it was scaled, in one sentence for the report."""
    burstiness: float = 1.0
    """Index of dispersion of gamma arrivals: variance over mean of their number in a long time."""
    file: str = ""
    """Name of the file of recorded arrivals."""
    sha256: str = ""
    """Its hash, in hexadecimal."""


class Permit(msgspec.Struct, frozen=True):
    """Why an origin may be loaded, at which addresses, how hard and until when. It never holds the token of a proof."""

    origin: str
    """Scheme, host and port, as a URL without a path."""
    addresses: tuple[str, ...]
    """What the host's name stood for when the run was permitted; load goes to these and to no other."""
    by: str
    """``loopback``, ``proof`` (a file on the target) or ``typed`` (the host was given again by whoever started the run)."""
    owner: str = ""
    """Who answers for the target, by its allow-list entry."""
    most_per_s: float | None = None
    """Ceiling of released wishes per second over all workers; None = none, which is only loopback's."""
    until_unix_ns: int | None = None
    """Wall clock at which load must have ended; None as above."""


class TargetFacts(msgspec.Struct, frozen=True):
    """What was loaded. Paths are relative to the run directory; None = the record does not know."""

    kind: str
    """``stub`` or ``service``."""
    url: str
    protocol: str = ""
    capacity_orders_per_s: float | None = None
    """The goodput that the target's operator declares it can hold; objectives that need it are inconclusive without."""
    ledger: str | None = None
    truth_log: str | None = None
    chat_url: str | None = None
    """Where the assistant lives, when that is another origin."""
    name: str = ""
    """What the target file calls it."""
    permits: list[Permit] = []
    """Of each origin that was loaded; none for the embedded stub."""
    replicas: int | None = None
    """How many equal replicas of the service were loaded, as its operator says."""


class Manifest(msgspec.Struct, frozen=True):
    """The first file of a run: everything that is known before the first request."""

    run_id: str
    scenario: str
    started_unix_ns: int
    """Wall clock of second 0 of the curve."""
    duration_s: float
    """Length of the curve; requests may end after it."""
    seed: int
    curve: CurveFacts
    target: TargetFacts
    steps: list[str]
    """The request steps of the journey, in order; empty = not known before the run, and then those of the tables."""
    arguments: dict[str, str | int | float | bool | None] = {}
    """The options of the run, secrets left out."""
    versions: dict[str, str] = {}
    host: dict[str, str | int | float] = {}
    clocks: dict[str, str] = {}
    workers: int = 1
    spools: dict[str, str] = {}
    """By worker, host and path of the write-ahead rows that come here only with its batches."""
    warm_up_s: float = 0.0
    """Seconds from the start that objectives leave out."""
    schema_version: int = SCHEMA_VERSION


class SecondRow(msgspec.Struct, frozen=True, gc=False):
    """Increments of the schedule's own count in one intended second: scheduled = released + dropped."""

    second: int
    scheduled: int
    released: int
    dropped: int


class OutcomeRow(msgspec.Struct, frozen=True, gc=False):
    """Increment of how many requests of ``step`` (or wishes, step ``order``) ended so."""

    second: int
    step: str
    outcome: str
    reason: str
    n: int


class HistogramRow(msgspec.Struct, frozen=True, gc=False):
    """Increment of one log-linear histogram (``histogram.py``), sparse: ``counts[i]`` values in bucket ``buckets[i]``."""

    second: int
    step: str
    outcome: str
    clock: str
    n: int
    sum_us: int
    max_us: int
    buckets: list[int]
    counts: list[int]


class HealthRow(msgspec.Struct, frozen=True, gc=False):
    """How one worker of the generator fared in one wall-clock second of the run."""

    second: int
    worker: str
    lateness_p50_us: int
    lateness_p99_us: int
    lateness_max_us: int
    stalls: int
    """Event-loop stalls above 100 ms."""
    stall_max_us: int
    cpu_share: float
    """CPU seconds per second of this process; 1.0 = one core."""
    rss_bytes: int
    in_flight: int
    """Wishes released and not ended at the end of the second."""
    idle_shoppers: int
    connections: int


class IntentRow(msgspec.Struct, frozen=True, gc=False):
    """Written ahead of a wish's first byte, so that no crash can hide an order: one JSON line each."""

    wish: int
    """Index of the arrival in the run's schedule."""
    idempotency_key: str
    user_id: str
    items: list[dict[str, str | int]]
    """``{"sku": ..., "quantity": ...}``, sorted by sku."""
    vertical: str
    intended_us: int
    """Scheduled arrival, microseconds from the run's start."""


class PurchaseRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How one released wish ended. Amounts in minor units as *told by the target*, -1 = never told; "" = never told."""

    wish: int
    second: int
    idempotency_key: str
    user_id: str
    vertical: str
    outcome: str
    reason: str
    last_step: str
    intent_us: int
    """Last end - scheduled arrival."""
    requests: int
    prompts: int
    pay_sent: bool
    """Whether any byte of a pay request was handed to the kernel."""
    session_id: str
    order_id: str
    card_code: str
    """The card that was claimed for this wish, applied or not."""
    price_minor: int
    fulfillment_minor: int
    discount_minor: int
    amount_minor: int
    coupon_due: bool
    """The shopper was entitled to the discount: a card was issued to them."""
    coupon_ok: bool
    """The order carries the discount that was due, or none was due."""
    correct: bool
    """The order is for the basket that was wished."""
    returning: bool = False
    """The shopper has wished before in this run. Says something only where the run's options have ``returning``, or a row has it."""


class AnnouncedRow(msgspec.Struct, frozen=True, gc=False):
    """What the target announced of its limits in one header of the answers to one step; bounded, a number each."""

    step: str
    name: str
    """The header, or header;parameter of a structured field: `retry-after`, `x-ratelimit-remaining-requests`, `ratelimit;r` ..."""
    n: int
    """Answers that were looked at and told it: one of each step, outcome and reason in a second."""
    first: float
    """Times in seconds from the answer where the unit is known; a bare `x-ratelimit-reset` as it was told."""
    last: float
    lowest: float
    highest: float


class Batch(msgspec.Struct):
    """What one worker saw since its last batch; batches add up, in any order, each once."""

    run_id: str
    worker: str
    sequence: int
    """0, 1, 2 ... per worker and run."""
    seconds: list[SecondRow] = []
    outcomes: list[OutcomeRow] = []
    histograms: list[HistogramRow] = []
    purchases: list[PurchaseRow] = []
    packed: list[bytes] = []
    """Purchases that come before ``purchases``, some at a time (``recording.packing``): nobody must take in all at once."""
    health: list[HealthRow] = []
    methods: dict[str, str] = {}
    """HTTP method by step, for Locust's table; POST where nothing is said. Not kept in the record."""
    announced: list[AnnouncedRow] = []
    """Kept in ``Finished``, summed up."""
    words: list[WordsRow] = []
    texts: list[TextRow] = []
    intents: list[IntentRow] = []
    """Wishes that the worker wrote ahead on its own host, since it does not see the run directory."""
    held_back: int = 0
    """Of the dropped wishes in ``seconds``, those that the guard's ceiling held back."""
    final: bool = False
    """True on a worker's last batch of the run."""


class WorkerFacts(msgspec.Struct, frozen=True):
    """What the run knows of one worker at its end."""

    worker: str
    batches: int
    """Batches received, each counted once."""
    highest_sequence: int
    final_received: bool


class Aborted(msgspec.Struct, frozen=True):
    """Why a run was ended early: the data proved that an objective is missed."""

    line: str
    """The objective, as ``--abort-on`` took it."""
    second: int
    """The proof stands on the seconds before this one."""
    sentence: str = ""
    """The figures of the proof."""


class Finished(msgspec.Struct, frozen=True):
    """The last file of a run. Its absence means that the run did not finish."""

    ended_by: str
    """``completed`` when the curve ran out, else what ended it: ``interrupted``, ``terminated``, ``stopped``, ``aborted early``,
    ``stopped after an onset``."""
    complete: bool
    """Whether the whole curve was offered and drained."""
    ended_unix_ns: int
    elapsed_s: float
    """Seconds from the run's start to its end, drain included."""
    scheduled: int
    released: int
    dropped: int
    in_flight: int
    """Released wishes without an outcome when the record was closed."""
    outcomes: dict[str, int]
    """Outcomes of wishes."""
    held_back: int = 0
    """Of the dropped, those that the guard's ceiling held back."""
    locust_requests: int = 0
    """The total of Locust's own table, to be equal to the sum over all request steps; -1 = not compared."""
    locust_failures: int = 0
    workers: list[WorkerFacts] = []
    problems: list[str] = []
    """Sentences: what the generator knows to be missing from the record."""
    announced: list[AnnouncedRow] = []
    """What the target said of its limits."""
    notes: list[str] = []
    """Sentences: what is worth knowing of the run and takes nothing from it."""
    aborted: Aborted | None = None
    """Of a run that was aborted early."""


def to_json(value: Any) -> bytes:
    """One of the above as indented JSON with a final newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
