// Linked devices: what they are, and the proxy of their account.

export const linkedDevices = `
ALTER TABLE account ADD COLUMN proxy TEXT; -- sealed

-- All values are sealed: whoever can read them is the device.
CREATE TABLE session (account TEXT PRIMARY KEY, credentials TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session_key (
  account TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (account, type, id)
) WITHOUT ROWID;
`
