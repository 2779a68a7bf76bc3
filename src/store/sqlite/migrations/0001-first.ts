// The first schema of the embedded store.

export const first = `
-- Small facts of the installation, the store's own among them (names that begin with "store.").
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Each pair of type and account that was ever recorded: an event carries its number, so that a million events are
-- counted by reading some 30 MB.
CREATE TABLE kind (id INTEGER PRIMARY KEY, type TEXT NOT NULL, account TEXT NOT NULL, UNIQUE (type, account));

-- The log. What it says lies apart, in payload, so that counting and searching never read it.
CREATE TABLE event (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, chat TEXT, at INTEGER NOT NULL, wanted INTEGER NOT NULL);
CREATE INDEX event_unwanted ON event (seq) WHERE wanted = 0;
CREATE TABLE payload (seq INTEGER PRIMARY KEY, data TEXT NOT NULL, raw TEXT);

-- What was told before: the second of the thing by the other side's clock, and 64 bits of the hash of its key. Keys
-- are forgotten by the hour, when nothing of it was told again for long.
CREATE TABLE dedupe (second INTEGER NOT NULL, hash INTEGER NOT NULL, PRIMARY KEY (second, hash)) WITHOUT ROWID;
CREATE TABLE dedupe_hour (hour INTEGER PRIMARY KEY, touched INTEGER NOT NULL);

CREATE TABLE hook (
  no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL,
  headers TEXT NOT NULL, secret TEXT NOT NULL, -- sealed
  active INTEGER NOT NULL, cursor INTEGER NOT NULL, paused_at INTEGER, gaps TEXT NOT NULL
);

-- The log of attempts. A delivery went through when one of them has no error.
CREATE TABLE attempt (
  hook INTEGER NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL,
  at INTEGER NOT NULL, took_ms INTEGER NOT NULL, status INTEGER, error TEXT,
  PRIMARY KEY (hook, seq, number)
) WITHOUT ROWID;

-- The exceptions: what is held, to be retried, dead or dropped.
CREATE TABLE delivery (
  hook INTEGER NOT NULL, seq INTEGER NOT NULL, chat TEXT, state TEXT NOT NULL, attempts INTEGER NOT NULL,
  due_at INTEGER, first_at INTEGER, released INTEGER NOT NULL,
  PRIMARY KEY (hook, seq)
) WITHOUT ROWID;
CREATE INDEX delivery_due ON delivery (hook, due_at) WHERE state = 'retry';
CREATE INDEX delivery_chat ON delivery (hook, chat, seq) WHERE state IN ('held', 'retry');
CREATE INDEX delivery_dead ON delivery (hook, seq) WHERE state = 'dead';

CREATE TABLE account (
  id TEXT NOT NULL UNIQUE, json TEXT NOT NULL,
  access_token TEXT, app_secret TEXT, verify_token TEXT -- sealed; null for WhatsApp Web
);

CREATE TABLE message (
  id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, chat TEXT NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL,
  status TEXT NOT NULL, transport_id TEXT, public_id TEXT, error TEXT, created_at INTEGER NOT NULL
);
CREATE INDEX message_transport ON message (transport_id) WHERE transport_id IS NOT NULL;
CREATE INDEX message_unsettled ON message (created_at) WHERE status IN ('queued', 'sending');
CREATE INDEX message_kept ON message (created_at) WHERE content <> '';
CREATE TABLE tick (
  message TEXT NOT NULL, status TEXT NOT NULL, recipient TEXT NOT NULL, at INTEGER NOT NULL, error TEXT,
  PRIMARY KEY (message, status, recipient)
) WITHOUT ROWID;

CREATE TABLE idempotency (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
`
