-- The books of many stub processes in one PostgreSQL database: the tables and columns of ledger.sql, the same meanings.
-- Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. Groups commit one after another (an advisory lock), so `seq` is
-- the commit order here too. Three tables of accounts, which the triggers alone keep, hold what all processes share: what the
-- campaign has promised and spent, which card has paid, and how many units are left. They follow from the books, and no reader needs them.

CREATE SEQUENCE IF NOT EXISTS stub_processes;

CREATE TABLE IF NOT EXISTS orders (
    seq               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id          text   NOT NULL UNIQUE,
    idempotency_key   text   NOT NULL UNIQUE,
    session_id        text   NOT NULL UNIQUE,
    user_id           text   NOT NULL,
    items             text   NOT NULL,
    currency          text   NOT NULL,
    price_minor       bigint NOT NULL CHECK (price_minor >= 0),
    fulfillment_minor bigint NOT NULL CHECK (fulfillment_minor >= 0),
    discount_minor    bigint NOT NULL CHECK (discount_minor >= 0),
    amount_minor      bigint NOT NULL,
    card_code         text,
    committed_unix_ns bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS payments (
    seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id       text   NOT NULL UNIQUE,
    order_id         text   NOT NULL,
    amount_minor     bigint NOT NULL,
    captured_unix_ns bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS card_events (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    card_code       text   NOT NULL,
    user_id         text   NOT NULL,
    event           text   NOT NULL CHECK (event IN ('issued', 'reserved', 'released', 'used')),
    face_minor      bigint NOT NULL,
    expires_unix_ns bigint NOT NULL,
    session_id      text,
    order_id        text,
    at_unix_ns      bigint NOT NULL,
    process         bigint NOT NULL DEFAULT current_setting('stub.process')::bigint
);

CREATE TABLE IF NOT EXISTS campaign_events (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuing         text   NOT NULL CHECK (issuing IN ('open', 'paused')),
    redeeming       text   NOT NULL CHECK (redeeming IN ('open', 'paused')),
    budget_minor    bigint NOT NULL,
    cards_per_user  bigint NOT NULL,
    expires_unix_ns bigint NOT NULL,
    at_unix_ns      bigint NOT NULL,
    process         bigint NOT NULL DEFAULT current_setting('stub.process')::bigint
);

CREATE TABLE IF NOT EXISTS stock_events (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku        text   NOT NULL,
    event      text   NOT NULL CHECK (event IN ('supplied', 'sold', 'returned')),
    quantity   bigint NOT NULL CHECK (quantity > 0),
    order_id   text,
    at_unix_ns bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS refunds (
    seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refund_id        text   NOT NULL UNIQUE,
    order_id         text   NOT NULL UNIQUE,
    kind             text   NOT NULL CHECK (kind IN ('canceled', 'refunded')),
    amount_minor     bigint NOT NULL,
    discount_minor   bigint NOT NULL CHECK (discount_minor >= 0),
    idempotency_key  text   NOT NULL,
    refunded_unix_ns bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS stock_account (
    sku   text   PRIMARY KEY,
    units bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS card_account (
    card_code text PRIMARY KEY,
    user_id   text NOT NULL,
    order_id  text                                      -- the order that it paid for, NULL while it can be spent
);
CREATE INDEX IF NOT EXISTS card_account_of_user ON card_account (user_id);

CREATE TABLE IF NOT EXISTS campaign_account (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    issuing        text    NOT NULL DEFAULT 'open',
    budget_minor   bigint  NOT NULL DEFAULT 0,
    cards_per_user bigint  NOT NULL DEFAULT 0,
    promised_minor bigint  NOT NULL DEFAULT 0,          -- face values of the cards that are out
    spent_minor    bigint  NOT NULL DEFAULT 0
);
INSERT INTO campaign_account DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION books_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION books_take_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaign_account
    SET issuing = NEW.issuing, budget_minor = NEW.budget_minor, cards_per_user = NEW.cards_per_user;
    RETURN NULL;
END $$;

-- Class SP is ours: the stub reads the message of such an error as the reason.
CREATE OR REPLACE FUNCTION books_keep_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    issued   bigint;
    used     bigint;
    changed  bigint;
    promised bigint;
    spent    bigint;
    account  campaign_account;
BEGIN
    SELECT count(*) FILTER (WHERE event = 'issued'), count(*) FILTER (WHERE event = 'used') INTO issued, used FROM fresh;
    INSERT INTO card_account (card_code, user_id)
    SELECT card_code, user_id FROM fresh WHERE event = 'issued' ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed < issued THEN
        RAISE EXCEPTION 'already_issued' USING ERRCODE = 'SP001';
    END IF;
    UPDATE card_account SET order_id = fresh.order_id
    FROM fresh WHERE fresh.event = 'used' AND card_account.card_code = fresh.card_code AND card_account.order_id IS NULL;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed < used THEN
        RAISE EXCEPTION 'card_spent' USING ERRCODE = 'SP002';
    END IF;
    -- A release that names its card's order returns a card that was spent; any other one only ends a hold.
    UPDATE card_account SET order_id = NULL
    FROM fresh WHERE fresh.event = 'released' AND card_account.card_code = fresh.card_code
                 AND card_account.order_id = fresh.order_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF issued + used + changed = 0 THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(face_minor), 0) INTO promised FROM fresh WHERE event = 'issued';
    SELECT coalesce(sum(CASE WHEN event = 'used' THEN discount_minor ELSE -discount_minor END), 0) INTO spent
    FROM fresh JOIN orders USING (order_id) WHERE event IN ('used', 'released');
    UPDATE campaign_account
    SET promised_minor = promised_minor + promised - spent, spent_minor = spent_minor + spent RETURNING * INTO account;
    IF issued > 0 AND account.issuing = 'paused' THEN
        RAISE EXCEPTION 'issuing_paused' USING ERRCODE = 'SP001';
    END IF;
    IF issued > 0 AND account.promised_minor + account.spent_minor > account.budget_minor THEN
        RAISE EXCEPTION 'sold_out' USING ERRCODE = 'SP001';
    END IF;
    IF issued > 0 AND EXISTS (
        SELECT FROM card_account WHERE user_id IN (SELECT user_id FROM fresh WHERE event = 'issued')
        GROUP BY user_id HAVING count(*) > account.cards_per_user
    ) THEN
        RAISE EXCEPTION 'card_cap_reached' USING ERRCODE = 'SP001';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION books_keep_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_account AS account (sku, units)
    VALUES (NEW.sku, CASE NEW.event WHEN 'sold' THEN -NEW.quantity ELSE NEW.quantity END)
    ON CONFLICT (sku) DO UPDATE SET units = account.units + EXCLUDED.units;
    IF NEW.event = 'sold' AND (SELECT units < 0 FROM stock_account WHERE sku = NEW.sku) THEN
        RAISE EXCEPTION 'no more units of % are left', NEW.sku USING ERRCODE = 'SP003';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER orders_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders
EXECUTE FUNCTION books_refuse_change();
CREATE OR REPLACE TRIGGER payments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments
EXECUTE FUNCTION books_refuse_change();
CREATE OR REPLACE TRIGGER card_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON card_events
EXECUTE FUNCTION books_refuse_change();
CREATE OR REPLACE TRIGGER campaign_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON campaign_events
EXECUTE FUNCTION books_refuse_change();
CREATE OR REPLACE TRIGGER card_events_keep_accounts AFTER INSERT ON card_events REFERENCING NEW TABLE AS fresh
EXECUTE FUNCTION books_keep_accounts();
CREATE OR REPLACE TRIGGER campaign_events_take_terms AFTER INSERT ON campaign_events
FOR EACH ROW EXECUTE FUNCTION books_take_terms();
CREATE OR REPLACE TRIGGER stock_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_events
EXECUTE FUNCTION books_refuse_change();
CREATE OR REPLACE TRIGGER refunds_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refunds
EXECUTE FUNCTION books_refuse_change();
CREATE OR REPLACE TRIGGER stock_events_keep_stock AFTER INSERT ON stock_events
FOR EACH ROW EXECUTE FUNCTION books_keep_stock();
