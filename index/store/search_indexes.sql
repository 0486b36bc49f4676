-- What searches need besides the tables. Made when a new index has its first rows, since sorting is cheaper than finding the
-- place of each row as it comes: a million messages have some fifty million entries here.

CREATE INDEX IF NOT EXISTS message_by_message_id ON message (message_id);
CREATE INDEX IF NOT EXISTS message_by_sort_date ON message (sort_date DESC, id);
CREATE INDEX IF NOT EXISTS message_by_date ON message (date);
CREATE INDEX IF NOT EXISTS message_by_origin_ip ON message (origin_ip) WHERE origin_ip IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_by_country ON message (country) WHERE country IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_by_asn ON message (asn) WHERE asn IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_by_basis ON message (basis);
CREATE INDEX IF NOT EXISTS message_by_read_receipt ON message (read_receipt) WHERE read_receipt IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_by_city ON message (city COLLATE NOCASE) WHERE city IS NOT NULL;
CREATE INDEX IF NOT EXISTS reference_by_message_id ON reference (message_id);
CREATE INDEX IF NOT EXISTS address_by_addr_spec ON address (addr_spec COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS hop_by_from_ip ON hop (from_ip) WHERE from_ip IS NOT NULL;
-- What is compared by a part of it is gone through: these hold it without the rest between.
CREATE INDEX IF NOT EXISTS hop_by_name ON hop (by, from_rdns, from_helo);
CREATE INDEX IF NOT EXISTS hop_by_session ON hop ("with", tls_version, software, via);
CREATE INDEX IF NOT EXISTS hop_by_auth_user ON hop (auth_user COLLATE NOCASE) WHERE auth_user IS NOT NULL;
CREATE INDEX IF NOT EXISTS hop_by_country ON hop (country) WHERE country IS NOT NULL;
CREATE INDEX IF NOT EXISTS hop_by_from_port ON hop (from_port) WHERE from_port IS NOT NULL;
CREATE INDEX IF NOT EXISTS hop_by_delay ON hop (delay_seconds) WHERE delay_seconds IS NOT NULL;
-- Only what a server of ours says can be searched for.
CREATE INDEX IF NOT EXISTS authentication_by_result ON authentication (method, result) WHERE trusted = 1;
CREATE INDEX IF NOT EXISTS pixel_by_host ON remote (host) WHERE reasons IS NOT NULL;
CREATE INDEX IF NOT EXISTS remote_by_vendor ON remote (vendor) WHERE vendor IS NOT NULL;
CREATE INDEX IF NOT EXISTS link_by_host ON link (host);
CREATE INDEX IF NOT EXISTS link_by_vendor ON link (vendor) WHERE is_tracked = 1;
CREATE INDEX IF NOT EXISTS link_by_target_host ON link (target_host) WHERE target_host IS NOT NULL;
CREATE INDEX IF NOT EXISTS leak_by_encoding ON leak (encoding);
CREATE INDEX IF NOT EXISTS finding_by_code ON finding (code);
CREATE INDEX IF NOT EXISTS placement_by_envelope_sender ON placement (envelope_sender COLLATE NOCASE) WHERE envelope_sender IS NOT NULL;
CREATE INDEX IF NOT EXISTS envelope_recipient_by_addr_spec ON envelope_recipient (addr_spec COLLATE NOCASE);
