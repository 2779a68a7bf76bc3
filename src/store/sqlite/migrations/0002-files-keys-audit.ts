// Files that came with messages, API keys, and the log of who changed what.

export const filesKeysAudit = `
-- The file of a message as it is told with its event; the file itself lies in the data folder.
CREATE TABLE media (
  id TEXT NOT NULL UNIQUE, event INTEGER NOT NULL, account TEXT NOT NULL, ref TEXT NOT NULL,
  mime_type TEXT, size INTEGER, sha256 TEXT, filename TEXT,
  state TEXT NOT NULL, reason TEXT, told TEXT, tries INTEGER NOT NULL,
  due_at INTEGER, created_at INTEGER NOT NULL, ready_at INTEGER
);
CREATE INDEX media_event ON media (event);
CREATE INDEX media_account ON media (account);
CREATE INDEX media_waiting ON media (due_at) WHERE state = 'waiting';
CREATE INDEX media_ready ON media (ready_at) WHERE state = 'ready';
CREATE INDEX media_over ON media (created_at) WHERE state NOT IN ('waiting', 'ready');

CREATE TABLE api_key (
  id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, sha256 TEXT NOT NULL, -- of the key: never the key itself
  scopes TEXT NOT NULL, accounts TEXT, -- JSON
  created_at INTEGER NOT NULL, expires_at INTEGER
);

CREATE TABLE audit (
  no INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, caller TEXT NOT NULL, caller_name TEXT NOT NULL,
  address TEXT NOT NULL, operation TEXT NOT NULL, target TEXT, account TEXT, outcome TEXT NOT NULL, details TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_caller ON audit (caller);
CREATE INDEX audit_account ON audit (account) WHERE account IS NOT NULL;
`
