-- Times are UTC. `body` is the record's JSON; `digest` the SHA-256 of its kind and canonical form.
CREATE TABLE schema_version (version INTEGER NOT NULL);

CREATE TABLE records (
    digest     VARCHAR PRIMARY KEY,
    kind       VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    body       JSON NOT NULL
);

-- `parent` was used to make `child`. relation: input | member
CREATE TABLE edges (
    parent   VARCHAR NOT NULL,
    child    VARCHAR NOT NULL,
    relation VARCHAR NOT NULL,
    PRIMARY KEY (parent, child, relation)
);

CREATE TABLE stages (
    key         VARCHAR PRIMARY KEY,
    name        VARCHAR NOT NULL,
    record      VARCHAR NOT NULL,
    seconds     DOUBLE NOT NULL,
    finished_at TIMESTAMP NOT NULL
);

-- The audit chain: each body names the digest of the one before it.
CREATE TABLE events (
    sequence BIGINT PRIMARY KEY,
    digest   VARCHAR NOT NULL,
    body     JSON NOT NULL
);

-- DSSE envelopes and model signatures about a record.
CREATE TABLE attestations (
    digest   VARCHAR PRIMARY KEY,
    subject  VARCHAR NOT NULL,
    type     VARCHAR NOT NULL,
    envelope VARCHAR NOT NULL,
    signer   VARCHAR NOT NULL
);

CREATE VIEW documents AS
SELECT digest, created_at, body ->> 'path' AS path, body ->> 'media_type' AS media_type,
       CAST(body ->> 'size_bytes' AS BIGINT) AS size_bytes, body ->> 'licence' AS licence, body ->> 'source' AS source
FROM records WHERE kind = 'document';

CREATE VIEW datasets AS
SELECT digest, created_at, body ->> 'purpose' AS purpose,
       CAST(body ->> '$.train.rows' AS BIGINT) AS train_rows,
       CAST(body ->> '$.held_out.rows' AS BIGINT) AS held_out_rows, body -> 'licences' AS licences
FROM records WHERE kind = 'dataset';

CREATE VIEW bases AS
SELECT digest, created_at, body ->> 'name' AS name, body ->> 'licence' AS licence,
       CAST(body ->> 'parameters' AS BIGINT) AS parameters, body ->> 'weights' AS weights
FROM records WHERE kind = 'base';

CREATE VIEW runs AS
SELECT digest, created_at, body ->> 'method' AS method, body ->> 'base' AS base, body ->> 'dataset' AS dataset,
       body ->> 'parent' AS parent, CAST(body ->> 'rows' AS BIGINT) AS rows, CAST(body ->> 'steps' AS BIGINT) AS steps,
       CAST(body ->> 'tokens' AS BIGINT) AS tokens, CAST(body ->> 'first_loss' AS DOUBLE) AS first_loss,
       CAST(body ->> 'last_loss' AS DOUBLE) AS last_loss
FROM records WHERE kind = 'training-run';

CREATE VIEW adapters AS
SELECT digest, created_at, body ->> 'name' AS name, (body ->> 'name') || '@' || digest[1:12] AS version,
       body ->> 'base' AS base, body ->> 'run' AS run, CAST(body ->> 'rank' AS INTEGER) AS rank,
       body ->> 'weights' AS weights, body -> 'licences' AS licences
FROM records WHERE kind = 'adapter';

CREATE VIEW evidence AS
SELECT digest, created_at, body ->> 'type' AS type, body ->> 'subject' AS subject, figure ->> 'name' AS figure,
       CAST(figure ->> 'value' AS DOUBLE) AS value, CAST(figure ->> 'low' AS DOUBLE) AS low,
       CAST(figure ->> 'high' AS DOUBLE) AS high, CAST(figure ->> 'n' AS BIGINT) AS n
FROM (SELECT *, unnest(CAST(body -> 'figures' AS JSON[])) AS figure FROM records WHERE kind = 'evidence');

CREATE VIEW verdicts AS
SELECT digest, created_at, body ->> 'subject' AS subject, body ->> 'policy' AS policy,
       CAST(body ->> 'passed' AS BOOLEAN) AS passed, body -> 'reasons' AS reasons
FROM records WHERE kind = 'verdict';

CREATE VIEW decisions AS
SELECT digest, created_at, body ->> 'decision' AS decision, body ->> 'adapter' AS adapter,
       body ->> 'principal' AS principal, body ->> 'policy' AS policy, body ->> 'reason' AS reason,
       body ->> 'issued' AS issued, body ->> 'expires' AS expires
FROM records WHERE kind = 'decision';

CREATE VIEW approvals AS SELECT * FROM decisions WHERE decision = 'approve';

CREATE VIEW releases AS
SELECT digest, created_at, body ->> 'alias' AS alias, CAST(body ->> 'version' AS BIGINT) AS version,
       body ->> '$.adapter.name' AS adapter, body ->> 'principal' AS principal, body ->> 'reason' AS reason,
       body ->> 'issued' AS issued, body ->> 'expires' AS expires
FROM records WHERE kind = 'release';

CREATE VIEW audit AS
SELECT sequence, body ->> 'at' AS happened_at, body ->> 'actor' AS actor, body ->> 'action' AS action,
       body ->> 'outcome' AS outcome, body ->> 'detail' AS detail, body -> 'subjects' AS subjects, digest
FROM events;
