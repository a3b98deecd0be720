-- The stub's books. Append-only: triggers refuse UPDATE and DELETE on every table. Amounts are minor units, instants are
-- Unix nanoseconds of the stub's wall clock, `seq` is the commit order. Reports read these tables as they are written.

CREATE TABLE IF NOT EXISTS orders (
    seq               INTEGER PRIMARY KEY,
    order_id          TEXT    NOT NULL UNIQUE,
    idempotency_key   TEXT    NOT NULL UNIQUE,
    session_id        TEXT    NOT NULL UNIQUE,
    user_id           TEXT    NOT NULL,
    items             TEXT    NOT NULL,              -- JSON array of {"sku": ..., "quantity": ...}, sorted by sku
    currency          TEXT    NOT NULL,
    price_minor       INTEGER NOT NULL CHECK (price_minor >= 0),
    fulfillment_minor INTEGER NOT NULL CHECK (fulfillment_minor >= 0),
    discount_minor    INTEGER NOT NULL CHECK (discount_minor >= 0),
    amount_minor      INTEGER NOT NULL,              -- charged: price - discount + fulfillment
    card_code         TEXT,                          -- the card that paid the discount, NULL when none did
    committed_unix_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS payments (
    seq              INTEGER PRIMARY KEY,
    payment_id       TEXT    NOT NULL UNIQUE,
    order_id         TEXT    NOT NULL,
    amount_minor     INTEGER NOT NULL,
    captured_unix_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS card_events (
    seq             INTEGER PRIMARY KEY,
    card_code       TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    event           TEXT    NOT NULL CHECK (event IN ('issued', 'reserved', 'released', 'used')),
    face_minor      INTEGER NOT NULL,
    expires_unix_ns INTEGER NOT NULL,
    session_id      TEXT,
    order_id        TEXT,
    at_unix_ns      INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS campaign_events (
    seq             INTEGER PRIMARY KEY,
    issuing         TEXT    NOT NULL CHECK (issuing IN ('open', 'paused')),
    redeeming       TEXT    NOT NULL CHECK (redeeming IN ('open', 'paused')),
    budget_minor    INTEGER NOT NULL,
    cards_per_user  INTEGER NOT NULL,
    expires_unix_ns INTEGER NOT NULL,
    at_unix_ns      INTEGER NOT NULL
) STRICT;

-- A product without a row has no end: what of it is sold is not counted here.
CREATE TABLE IF NOT EXISTS stock_events (
    seq        INTEGER PRIMARY KEY,
    sku        TEXT    NOT NULL,
    event      TEXT    NOT NULL CHECK (event IN ('supplied', 'sold', 'returned')),
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    order_id   TEXT,                                 -- NULL for supplied
    at_unix_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS refunds (
    seq              INTEGER PRIMARY KEY,
    refund_id        TEXT    NOT NULL UNIQUE,
    order_id         TEXT    NOT NULL UNIQUE,        -- the money of an order goes back once
    kind             TEXT    NOT NULL CHECK (kind IN ('canceled', 'refunded')),
    amount_minor     INTEGER NOT NULL,               -- what the order had charged
    discount_minor   INTEGER NOT NULL CHECK (discount_minor >= 0), -- what its card had paid, when the card went back too
    idempotency_key  TEXT    NOT NULL,
    refunded_unix_ns INTEGER NOT NULL
) STRICT;

-- What is written stays written.
CREATE TRIGGER IF NOT EXISTS orders_refuse_update BEFORE UPDATE ON orders
BEGIN SELECT RAISE(ABORT, 'orders is append-only: UPDATE is refused'); END;
CREATE TRIGGER IF NOT EXISTS orders_refuse_delete BEFORE DELETE ON orders
BEGIN SELECT RAISE(ABORT, 'orders is append-only: DELETE is refused'); END;
CREATE TRIGGER IF NOT EXISTS payments_refuse_update BEFORE UPDATE ON payments
BEGIN SELECT RAISE(ABORT, 'payments is append-only: UPDATE is refused'); END;
CREATE TRIGGER IF NOT EXISTS payments_refuse_delete BEFORE DELETE ON payments
BEGIN SELECT RAISE(ABORT, 'payments is append-only: DELETE is refused'); END;
CREATE TRIGGER IF NOT EXISTS card_events_refuse_update BEFORE UPDATE ON card_events
BEGIN SELECT RAISE(ABORT, 'card_events is append-only: UPDATE is refused'); END;
CREATE TRIGGER IF NOT EXISTS card_events_refuse_delete BEFORE DELETE ON card_events
BEGIN SELECT RAISE(ABORT, 'card_events is append-only: DELETE is refused'); END;
CREATE TRIGGER IF NOT EXISTS campaign_events_refuse_update BEFORE UPDATE ON campaign_events
BEGIN SELECT RAISE(ABORT, 'campaign_events is append-only: UPDATE is refused'); END;
CREATE TRIGGER IF NOT EXISTS campaign_events_refuse_delete BEFORE DELETE ON campaign_events
BEGIN SELECT RAISE(ABORT, 'campaign_events is append-only: DELETE is refused'); END;
CREATE TRIGGER IF NOT EXISTS stock_events_refuse_update BEFORE UPDATE ON stock_events
BEGIN SELECT RAISE(ABORT, 'stock_events is append-only: UPDATE is refused'); END;
CREATE TRIGGER IF NOT EXISTS stock_events_refuse_delete BEFORE DELETE ON stock_events
BEGIN SELECT RAISE(ABORT, 'stock_events is append-only: DELETE is refused'); END;
CREATE TRIGGER IF NOT EXISTS refunds_refuse_update BEFORE UPDATE ON refunds
BEGIN SELECT RAISE(ABORT, 'refunds is append-only: UPDATE is refused'); END;
CREATE TRIGGER IF NOT EXISTS refunds_refuse_delete BEFORE DELETE ON refunds
BEGIN SELECT RAISE(ABORT, 'refunds is append-only: DELETE is refused'); END;
