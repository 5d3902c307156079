//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the records are")]

use kernel::sql::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    files_realm (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    files_objects (id) {
        id -> DbUuid,
        sha256 -> Text,
        state -> Text,
        leaves_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    files_files (id) {
        id -> DbUuid,
        owner_id -> DbUuid,
        state -> Text,
        name -> Text,
        object_id -> Nullable<DbUuid>,
        sha256 -> Nullable<Text>,
        size -> BigInt,
        media_type -> Nullable<Text>,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        reserved -> BigInt,
        day -> Text,
        thing_kind -> Nullable<Text>,
        thing_id -> Nullable<DbUuid>,
        label -> Nullable<Text>,
        attached_by -> Nullable<DbUuid>,
        attached_at -> Nullable<DbInstant>,
        created_at -> DbInstant,
        kept_until -> Nullable<DbInstant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::DbUuid;
    files_usage (owner_id, day) {
        owner_id -> DbUuid,
        day -> Text,
        files -> BigInt,
        bytes -> BigInt,
    }
}
