//! The table, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the record is")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    audit_exports (id) {
        id -> DbUuid,
        requested_by -> DbUuid,
        format -> Text,
        filter -> DbJson,
        state -> Text,
        upto_seq -> BigInt,
        at_seq -> BigInt,
        rows_written -> BigInt,
        bytes_written -> BigInt,
        sha256 -> Nullable<Text>,
        request_id -> Text,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<DbInstant>,
        fence -> BigInt,
        attempts -> Integer,
        created_at -> DbInstant,
        finished_at -> Nullable<DbInstant>,
        kept_until -> DbInstant,
    }
}
