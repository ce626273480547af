"""A database as the first released version made it."""

from __future__ import annotations

from app.store.database import APPLICATION_ID

# Version 1 as it was released: its tables, and the smallest PBX with two calls.
VERSION_1 = """
CREATE TABLE number (id INTEGER NOT NULL, digits VARCHAR NOT NULL, folded VARCHAR NOT NULL,
    calls_from INTEGER NOT NULL, calls_to INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (digits));
CREATE TABLE number_suffix (suffix VARCHAR NOT NULL, number_id INTEGER NOT NULL, PRIMARY KEY (suffix, number_id))
    WITHOUT ROWID;
CREATE TABLE cdr (id INTEGER NOT NULL, started_at INTEGER NOT NULL, from_id INTEGER NOT NULL, to_id INTEGER NOT NULL,
    from_name VARCHAR NOT NULL, to_name VARCHAR NOT NULL, from_text VARCHAR, to_text VARCHAR, uid VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL, src_addr VARCHAR NOT NULL, src_trunk VARCHAR NOT NULL, dst_trunk VARCHAR NOT NULL,
    duration INTEGER NOT NULL, ring_duration INTEGER NOT NULL, talk_duration INTEGER NOT NULL,
    disposition VARCHAR NOT NULL, call_type VARCHAR NOT NULL, did_number VARCHAR NOT NULL, did_name VARCHAR NOT NULL,
    dod_number VARCHAR NOT NULL, record_file VARCHAR NOT NULL, reason VARCHAR NOT NULL, pin_code VARCHAR NOT NULL,
    call_note_remark VARCHAR NOT NULL, disposition_codes VARCHAR NOT NULL, new_id VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE INDEX cdr_time ON cdr (started_at);
CREATE INDEX cdr_from ON cdr (from_id, started_at);
CREATE INDEX cdr_to ON cdr (to_id, started_at);
CREATE TABLE extension (id INTEGER NOT NULL, number VARCHAR NOT NULL, caller_id_name VARCHAR NOT NULL,
    first_name VARCHAR NOT NULL, last_name VARCHAR NOT NULL, email_addr VARCHAR NOT NULL,
    mobile_number VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (number));
CREATE TABLE extension_group (id INTEGER NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE group_member (group_id INTEGER NOT NULL, extension VARCHAR NOT NULL, PRIMARY KEY (group_id, extension))
    WITHOUT ROWID;
CREATE TABLE object (kind VARCHAR NOT NULL, id INTEGER NOT NULL, name VARCHAR NOT NULL, document VARCHAR NOT NULL,
    PRIMARY KEY (kind, id));
CREATE TABLE client (client_id VARCHAR NOT NULL, secret VARCHAR NOT NULL, configured BOOLEAN NOT NULL,
    PRIMARY KEY (client_id));
CREATE TABLE token (id INTEGER NOT NULL, client_id VARCHAR NOT NULL, access_hash BLOB NOT NULL,
    access_expires INTEGER NOT NULL, refresh_hash BLOB NOT NULL, refresh_expires INTEGER NOT NULL, PRIMARY KEY (id),
    UNIQUE (access_hash), UNIQUE (refresh_hash));
CREATE INDEX ix_token_client_id ON token (client_id);
CREATE TABLE failed_login (address VARCHAR NOT NULL, count INTEGER NOT NULL, blocked_until INTEGER NOT NULL,
    PRIMARY KEY (address));
CREATE TABLE download (name VARCHAR NOT NULL, client_id VARCHAR NOT NULL, "query" VARCHAR NOT NULL,
    expires INTEGER NOT NULL, PRIMARY KEY (name));
CREATE TABLE memory (layer VARCHAR NOT NULL, name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (layer, name));
INSERT INTO number VALUES (1, '2005', '2005', 2, 0), (2, '1000', '1000', 0, 2);
INSERT INTO number_suffix VALUES
    ('2005', 1), ('005', 1), ('05', 1), ('5', 1), ('1000', 2), ('000', 2), ('00', 2), ('0', 2);
INSERT INTO cdr VALUES
    (2710, 1653893621, 1, 2, 'Kristin Hale', '', NULL, NULL, '202205301453416CEAB', '1718690912.7', '', '', 'city',
     7, 0, 7, 'ANSWERED', 'Outbound', '', '', '2005', '', 'src hangup    ', '', '', '', ''),
    (2711, 1653893700, 1, 2, 'Kristin Hale', '', NULL, NULL, '2022053014550020730', '1718689712.3', '', '', 'city',
     0, 0, 0, 'NO ANSWER', 'Outbound', '', '', '2005', '', 'dst hangup    ', '', '', '', '');
INSERT INTO extension VALUES (1, '2005', 'Kristin Hale', '', '', '', '');
INSERT INTO client VALUES ('mine', 'secret', 0);
INSERT INTO memory VALUES ('state', 'calls', '2'), ('stored', 'timezone', '"Europe/London"');
"""
PRAGMAS = f"PRAGMA journal_mode = WAL; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"
