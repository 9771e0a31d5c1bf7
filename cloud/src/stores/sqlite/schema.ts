/** Tables of the cloud's database. Times are ms since 1970 UTC; epochs are hexadecimal. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  quantity TEXT NOT NULL,
  UNIQUE (device, quantity)
);
-- Those that rules record: computed from others, and computed anew where these are replayed.
CREATE TABLE IF NOT EXISTS derived_series (
  series INTEGER PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reading (
  series INTEGER NOT NULL,
  t INTEGER NOT NULL,
  v REAL NOT NULL,
  q INTEGER NOT NULL,
  PRIMARY KEY (series, t)
) WITHOUT ROWID;

-- Every input of the engine, in the order in which it saw them.
CREATE TABLE IF NOT EXISTS journal (
  ordinal INTEGER PRIMARY KEY,
  now INTEGER NOT NULL,
  kind TEXT NOT NULL,
  count INTEGER NOT NULL,
  body BLOB NOT NULL
);
-- The engine's state after the journal's entry of that ordinal: what is left without its maps; their entries are parts.
CREATE TABLE IF NOT EXISTS snapshot (
  ordinal INTEGER PRIMARY KEY,
  configuration BLOB NOT NULL,
  state BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS snapshot_part (
  ordinal INTEGER NOT NULL,
  part INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (ordinal, part)
) WITHOUT ROWID;

-- What was settled of an epoch, by what became of it, as lists of ranges in JSON.
CREATE TABLE IF NOT EXISTS ledger (
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  next INTEGER NOT NULL,
  ranges TEXT NOT NULL,
  PRIMARY KEY (gateway, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gateway (
  id TEXT PRIMARY KEY,
  instance TEXT,
  superseded TEXT NOT NULL,
  conflict INTEGER NOT NULL,
  last_seen INTEGER
) WITHOUT ROWID;

-- What each gateway is to run, and what it said that it runs, in JSON.
CREATE TABLE IF NOT EXISTS guard (
  gateway TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  digest TEXT NOT NULL,
  overrides TEXT NOT NULL,
  reported TEXT,
  reported_at INTEGER
) WITHOUT ROWID;
-- Outputs that gateways switched.
CREATE TABLE IF NOT EXISTS action (
  id INTEGER PRIMARY KEY,
  gateway TEXT NOT NULL,
  at INTEGER NOT NULL,
  output TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS action_of_gateway ON action (gateway, id);

CREATE TABLE IF NOT EXISTS quarantine (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS quarantine_of_epoch ON quarantine (gateway, epoch, first);
-- By how much the clocks of gateways were wrong, and for which records.
CREATE TABLE IF NOT EXISTS clock_correction (
  id INTEGER PRIMARY KEY,
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  uncertainty INTEGER NOT NULL,
  stamped_from INTEGER NOT NULL,
  boot TEXT NOT NULL,
  monotonic INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS clock_correction_of ON clock_correction (gateway, epoch, first);
-- Who told it, where that was a person.
CREATE TABLE IF NOT EXISTS clock_word (
  correction INTEGER PRIMARY KEY REFERENCES clock_correction (id) ON DELETE CASCADE,
  by TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rejection (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  place TEXT NOT NULL,
  gateway TEXT,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  sample TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS alarm (
  id TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  revision TEXT NOT NULL,
  name TEXT NOT NULL,
  message TEXT NOT NULL,
  device TEXT,
  site TEXT NOT NULL,
  level TEXT NOT NULL,
  highest_level TEXT NOT NULL,
  state TEXT NOT NULL,
  onset INTEGER NOT NULL,
  raised_at INTEGER NOT NULL,
  cleared_at INTEGER,
  acknowledged_at INTEGER,
  acknowledged_by TEXT,
  retrospective INTEGER NOT NULL,
  stale INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alarm_by_onset ON alarm (onset);
CREATE INDEX IF NOT EXISTS alarm_running ON alarm (raised_at) WHERE cleared_at IS NULL;
CREATE INDEX IF NOT EXISTS alarm_active ON alarm (onset) WHERE cleared_at IS NULL;
CREATE INDEX IF NOT EXISTS alarm_open ON alarm (onset) WHERE state <> 'normal';
CREATE INDEX IF NOT EXISTS alarm_by_end ON alarm (cleared_at, onset);
CREATE TABLE IF NOT EXISTS transition (
  id INTEGER PRIMARY KEY,
  alarm TEXT NOT NULL REFERENCES alarm (id),
  kind TEXT NOT NULL,
  level TEXT,
  at INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  by TEXT,
  trace TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS transition_of_alarm ON transition (alarm, id);

-- Alarms set aside and taken up again, as it happened; each row holds the whole flag.
CREATE TABLE IF NOT EXISTS flag_change (
  id INTEGER PRIMARY KEY,
  flag TEXT NOT NULL,
  change TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT,
  reason TEXT,
  until INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS flag_change_of ON flag_change (flag, change, id);
CREATE INDEX IF NOT EXISTS flag_change_until ON flag_change (until);

CREATE TABLE IF NOT EXISTS notification (
  id INTEGER PRIMARY KEY,
  idempotency_key TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  delivered_at INTEGER,
  last_error TEXT
);
CREATE INDEX IF NOT EXISTS notification_due ON notification (channel, id) WHERE delivered_at IS NULL;
CREATE INDEX IF NOT EXISTS notification_of_site
  ON notification (channel, json_extract(body, '$.alarm.site'), delivered_at);
CREATE INDEX IF NOT EXISTS notification_of_alarm ON notification (json_extract(body, '$.alarm.id'));
-- What goes out as one message, by the id of its first notification: fixed before it is sent for the first time, so
-- that every attempt says the same.
CREATE TABLE IF NOT EXISTS message_part (
  notification INTEGER PRIMARY KEY REFERENCES notification (id) ON DELETE CASCADE,
  message INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS message_part_of ON message_part (message);

-- Revisions of the rule set; never changed once written.
CREATE TABLE IF NOT EXISTS rule_set (
  number INTEGER PRIMARY KEY,
  parent INTEGER REFERENCES rule_set (number),
  digest TEXT NOT NULL,
  author TEXT NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  packs TEXT NOT NULL
);
-- What became of them, in order; what is in force follows from it.
CREATE TABLE IF NOT EXISTS rule_set_event (
  id INTEGER PRIMARY KEY,
  rule_set INTEGER NOT NULL REFERENCES rule_set (number),
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS rule_set_event_of ON rule_set_event (rule_set, id);
`
