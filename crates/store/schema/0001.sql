-- Rooms and what was said in them, accounts, documents.

PRAGMA application_id = 0x50617274; -- "Part"

-- A room with settings is persistent. One without has an archive only. One without a name was destroyed while it
-- had too many messages to delete in one go; what is left of it is swept up in small steps.
CREATE TABLE room (
    id       INTEGER PRIMARY KEY,
    name     TEXT UNIQUE,
    settings TEXT,
    last_id  INTEGER NOT NULL DEFAULT 0 -- the highest id among the messages that were pruned
) STRICT;

-- The key of a message is room * 2^36 + its position in the room. Messages are only appended, and only removed from
-- the old end, so positions have no gaps and counting messages is subtracting keys.
CREATE TABLE message (
    key    INTEGER PRIMARY KEY,
    room   INTEGER NOT NULL REFERENCES room (id),
    id     INTEGER NOT NULL, -- microseconds since 1970, unique and increasing within the room
    "from" TEXT NOT NULL,    -- the occupant's address
    author TEXT,             -- the real bare address
    stanza TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_id ON message (room, id);
CREATE INDEX message_from ON message ("from");
CREATE INDEX message_author ON message (author);

CREATE TABLE affiliation (
    room        INTEGER NOT NULL REFERENCES room (id),
    jid         TEXT NOT NULL,
    affiliation INTEGER NOT NULL, -- -1 outcast, 0 none, 1 member, 2 admin, 3 owner
    nick        TEXT,
    reason      TEXT,
    PRIMARY KEY (room, jid)
) STRICT, WITHOUT ROWID;

-- One row: the highest id of all rooms whose row is gone. Ids are times, so one mark serves every name.
CREATE TABLE forgotten (
    last_id INTEGER NOT NULL
) STRICT;
INSERT INTO forgotten VALUES (0);

CREATE TABLE account (
    user          TEXT PRIMARY KEY,
    salt          BLOB NOT NULL,
    iterations    INTEGER NOT NULL,
    sha1_stored   BLOB NOT NULL,
    sha1_server   BLOB NOT NULL,
    sha256_stored BLOB NOT NULL,
    sha256_server BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The id gives the order of insertion.
CREATE TABLE document (
    id    INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    at    INTEGER NOT NULL -- microseconds since 1970
) STRICT;
CREATE UNIQUE INDEX document_key ON document (owner, kind, key);
CREATE INDEX document_order ON document (owner, kind);
