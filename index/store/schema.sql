-- The index: derived from the Maildirs and their journals, and made again from them by `mailspoor index --rebuild`.
-- Times are Unix seconds. Octet strings (ids, addresses) are BLOBs. NULL is unknown.

-- What messages were judged by, besides themselves. A row whose texts are those of today is up to date.
CREATE TABLE basis (
  basis    INTEGER PRIMARY KEY,
  account  TEXT NOT NULL,  -- whose servers and addresses counted
  trail    TEXT NOT NULL,  -- digest of trusted networks, receivers, own addresses and databases of places
  trackers TEXT NOT NULL,  -- date of the table of trackers, and a digest of the user's own rows and addresses
  UNIQUE (account, trail, trackers)
) STRICT;

-- One row a message, whatever number of mailboxes it lies in.
CREATE TABLE message (
  message             INTEGER PRIMARY KEY,
  id                  BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
  sha256              BLOB NOT NULL CHECK (length(sha256) = 32),
  size                INTEGER NOT NULL,
  message_id          TEXT,
  subject             TEXT,
  date                INTEGER,
  date_offset_minutes INTEGER,
  return_path         TEXT,
  user_agent          TEXT,
  client_program      TEXT,
  client_version      TEXT,
  client_platform     TEXT,
  list_id             TEXT,  -- of List-Id, without the angle brackets
  origin_ip           BLOB CHECK (length(origin_ip) = 16),  -- where it came from, IPv4 mapped into IPv6
  origin_hop          INTEGER,
  origin_evidence     TEXT,
  origin_trust        TEXT,
  origin_kind         TEXT,
  origin_provider     TEXT,
  first_untrusted_ip  BLOB CHECK (length(first_untrusted_ip) = 16),
  country             TEXT,     -- of origin_ip, as are the next nine; NULL where that is a provider's relay
  country_basis       TEXT,     -- the database that says so, and the day of its data: 'libloc 2022-10-29'
  asn                 INTEGER,
  as_name             TEXT,
  asn_basis           TEXT,
  city                TEXT,
  latitude            REAL,
  longitude           REAL,
  accuracy_km         INTEGER,
  city_basis          TEXT,
  read_receipt        TEXT,     -- whom it asks to be told that it was read
  one_click           INTEGER NOT NULL CHECK (one_click IN (0, 1)),  -- it can be unsubscribed from as RFC 8058 has it
  has_little_text     INTEGER NOT NULL CHECK (has_little_text IN (0, 1)),  -- next to nothing to read in its HTML
  basis               INTEGER NOT NULL REFERENCES basis,
  sort_date           INTEGER NOT NULL  -- date, else the earliest internal date, else 0: what results are ordered by
) STRICT;
CREATE INDEX message_by_sha256 ON message (sha256);

-- The header section, deflated (RFC 1950), without what no reader of ours looks at: what the trail is judged from again.
CREATE TABLE header_section (
  message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
  octets  BLOB NOT NULL
) STRICT;

-- The Message-IDs that a message names: its own, and those of In-Reply-To and References. Messages that name one and the
-- same hang together.
CREATE TABLE reference (
  message    INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  PRIMARY KEY (message, message_id)
) STRICT, WITHOUT ROWID;

-- Addresses of the header section, in the order of their field.
CREATE TABLE address (
  message      INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  field        TEXT NOT NULL CHECK (field IN ('from', 'sender', 'reply_to', 'to', 'cc', 'bcc')),
  position     INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  addr_spec    TEXT NOT NULL,
  PRIMARY KEY (message, field, position)
) STRICT, WITHOUT ROWID;

-- Received fields, newest first from position 0. Ports are not stored: the service's follows from `with` and `via`.
CREATE TABLE hop (
  message             INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position            INTEGER NOT NULL,
  from_helo           TEXT,
  from_rdns           TEXT,
  from_ip             BLOB CHECK (length(from_ip) = 16),  -- IPv4 mapped into IPv6, so that a CIDR is a range
  from_port           INTEGER,
  by                  TEXT,
  "with"              TEXT,
  id                  TEXT,
  for_recipient       TEXT,
  envelope_from       TEXT,
  auth_user           TEXT,
  tls_version         TEXT,
  tls_cipher          TEXT,
  date                INTEGER,
  date_offset_minutes INTEGER,
  delay_seconds       INTEGER,
  software            TEXT,
  via                 TEXT,
  country             TEXT,  -- of from_ip, as are the next three
  country_basis       TEXT,
  asn                 INTEGER,
  asn_basis           TEXT,
  trusted             INTEGER NOT NULL,  -- a server of ours wrote it
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- Who says to have authenticated what: Authentication-Results, Received-SPF, ARC, DKIM-Signature.
CREATE TABLE authentication (
  message   INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  method    TEXT NOT NULL,     -- dkim, spf, dmarc, arc ...
  result    TEXT,              -- NULL: a signature that was not verified
  domain    TEXT,
  selector  TEXT,
  alignment TEXT CHECK (alignment IN ('none', 'relaxed', 'strict')),  -- of domain with From
  source    TEXT NOT NULL,
  ip        BLOB CHECK (length(ip) = 16),
  trusted   INTEGER NOT NULL CHECK (trusted IN (0, 1)),
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
  message    INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  filename   TEXT,
  media_type TEXT NOT NULL,
  size       INTEGER NOT NULL,
  sha256     BLOB NOT NULL,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- Hosts and vendors of the three tables below, each once: searches go through these few.
CREATE TABLE host (
  host INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE vendor (
  vendor INTEGER PRIMARY KEY,
  name   TEXT NOT NULL UNIQUE
) STRICT;

-- What displaying the message can fetch: each http or https URL once, how it is loaded, and the verdict on that.
CREATE TABLE remote (
  message        INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  url            TEXT NOT NULL,     -- as found: of an image behind a proxy, the proxy's
  host           INTEGER NOT NULL REFERENCES host,  -- of the original
  kind           TEXT NOT NULL,     -- image, background, css ...
  element        TEXT NOT NULL,     -- img, td ...
  width          REAL,              -- as drawn, in CSS pixels; of the smallest that loads it
  height         REAL,
  uses           INTEGER NOT NULL,  -- how often it is loaded
  is_background  INTEGER NOT NULL,  -- all uses are; and next: any use is visible, small, hidden, says a size
  is_any_visible INTEGER NOT NULL,
  is_any_small   INTEGER NOT NULL,
  is_any_hidden  INTEGER NOT NULL,
  has_size       INTEGER NOT NULL,
  wrapped_by     TEXT,              -- product of the receiving side that rewrote it
  reasons        TEXT,              -- why it is a pixel, a blank between two; NULL: it is none
  vendor         INTEGER REFERENCES vendor,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- Where it links to: each URL once, at the position of its first element.
CREATE TABLE link (
  message     INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  url         TEXT NOT NULL,     -- as found
  host        INTEGER NOT NULL REFERENCES host,  -- of `unwrapped`, else of `url`
  elements    INTEGER NOT NULL,  -- how many link to it
  wrapped_by  TEXT,
  unwrapped   TEXT,              -- what a rewriter of the receiving side hid, where that can be undone
  is_tracked  INTEGER NOT NULL CHECK (is_tracked IN (0, 1)),  -- a click redirector
  vendor      INTEGER REFERENCES vendor,
  target      TEXT,              -- where the redirector leads, if the URL says so
  target_host INTEGER REFERENCES host,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- Addresses of the recipient in those URLs.
CREATE TABLE leak (
  message   INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  encoding  TEXT NOT NULL,     -- plain, percent, base64 ...
  host      INTEGER NOT NULL REFERENCES host,  -- who is told: the URL's, or that of a rewriter around it
  place     TEXT NOT NULL CHECK (place IN ('pixel', 'remote', 'link')),
  url       INTEGER NOT NULL,  -- position in remote, or in link where `place` is 'link'
  address   TEXT NOT NULL,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- What in a message is worth a look: docs/findings.md.
CREATE TABLE finding (
  message  INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position INTEGER NOT NULL,
  code     TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'notice', 'warning')),
  hop      INTEGER,
  detail   TEXT NOT NULL,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- What is malformed in a message or was cut from it, in words.
CREATE TABLE defect (
  message  INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- A Maildir folder, and how far its journal has been read.
CREATE TABLE mailbox (
  mailbox        INTEGER PRIMARY KEY,
  folder         TEXT NOT NULL UNIQUE,  -- directory below <root>/mail, the account's name first
  account        TEXT NOT NULL,
  name           TEXT NOT NULL,         -- UTF-8, '/' between the levels
  name_raw       TEXT NOT NULL,         -- as the server spells it; mailspoor.json has octets that are no UTF-8
  special_use    TEXT,                  -- RFC 6154: '\Sent'
  journal_octets INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Where a message lies. A file whose message could not be read has no message and says why (`failure`).
CREATE TABLE placement (
  placement         INTEGER PRIMARY KEY,
  message           INTEGER REFERENCES message ON DELETE CASCADE,
  mailbox           INTEGER NOT NULL REFERENCES mailbox,
  unique_name       TEXT NOT NULL,
  uid_validity      INTEGER,
  uid               INTEGER,
  uidl              TEXT,           -- POP3's name of it, which has neither UIDVALIDITY nor UID
  flags             TEXT NOT NULL,  -- IMAP flags, a blank between them
  internal_date     INTEGER,
  internal_date_raw TEXT,
  gone_last_seen    INTEGER,  -- it is not in the mailbox any more: when it was seen there last,
  gone_first_missed INTEGER,  -- and when it was found missing
  delivered         INTEGER,  -- when the delivery agent took it; NULL for what came otherwise
  envelope_sender   TEXT,     -- as the MTA told it; '' for <>
  failure           TEXT,
  UNIQUE (mailbox, unique_name)
) STRICT;
CREATE INDEX placement_by_message ON placement (message);

-- For whom a delivery was, as the MTA told it.
CREATE TABLE envelope_recipient (
  placement INTEGER NOT NULL REFERENCES placement ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  addr_spec TEXT NOT NULL,
  PRIMARY KEY (placement, position)
) STRICT, WITHOUT ROWID;

-- The text of each message, with runs of Chinese, Japanese and Korean written as overlapping pairs (see words.hpp).
CREATE TABLE document (
  document   INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
  subject    TEXT NOT NULL,
  author     TEXT NOT NULL,  -- From: names and addresses
  sender     TEXT NOT NULL,
  recipient  TEXT NOT NULL,  -- To
  cc         TEXT NOT NULL,
  bcc        TEXT NOT NULL,
  reply_to   TEXT NOT NULL,
  body       TEXT NOT NULL,
  attachment TEXT NOT NULL   -- file names
) STRICT;
CREATE VIRTUAL TABLE document_words USING fts5 (
  subject, author, sender, recipient, cc, bcc, reply_to, body, attachment,
  content = 'document', content_rowid = 'document', tokenize = 'unicode61 remove_diacritics 2'
);
-- Gathered in memory before it becomes a segment, in octets: four times as much as usual means fewer merges.
INSERT INTO document_words (document_words, rank) VALUES ('hashsize', 4194304);
