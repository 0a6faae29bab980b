-- Every row names the event that tells of it; -1: none does. `body` of records and events is canonical JSON
-- (RFC 8785), so that their digests are of the bytes that stand here. A stage that ran again keeps its older rows.
CREATE TABLE new_records (
    digest     VARCHAR PRIMARY KEY,
    kind       VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    body       JSON NOT NULL,
    event      BIGINT NOT NULL
);
CREATE TABLE new_edges (
    parent   VARCHAR NOT NULL,
    child    VARCHAR NOT NULL,
    relation VARCHAR NOT NULL,
    event    BIGINT NOT NULL,
    PRIMARY KEY (parent, child, relation)
);
CREATE TABLE new_stages (
    key         VARCHAR NOT NULL,
    name        VARCHAR NOT NULL,
    record      VARCHAR NOT NULL,
    seconds     DOUBLE NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    event       BIGINT NOT NULL,
    PRIMARY KEY (key, event)
);
CREATE TABLE new_attestations (
    digest   VARCHAR PRIMARY KEY,
    subject  VARCHAR NOT NULL,
    type     VARCHAR NOT NULL,
    envelope VARCHAR NOT NULL,
    signer   VARCHAR NOT NULL,
    event    BIGINT NOT NULL
);
CREATE TABLE new_events (
    sequence BIGINT PRIMARY KEY,
    digest   VARCHAR NOT NULL,
    body     JSON NOT NULL
);

-- What events of schema 1 added, which did not say so themselves: digests over their rows.
CREATE TABLE adopted (
    sequence BIGINT PRIMARY KEY,
    rows     VARCHAR NOT NULL,
    event    BIGINT NOT NULL
);

-- Signed checkpoints of the chain, as they are also kept outside; the next one is due at event `due`.
CREATE TABLE checkpoints (
    sequence BIGINT PRIMARY KEY,
    envelope VARCHAR NOT NULL,
    due      BIGINT NOT NULL
);
