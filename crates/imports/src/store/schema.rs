//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the records are")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    imports_imports (id) {
        id -> DbUuid,
        owner_id -> DbUuid,
        kind -> Text,
        filename -> Text,
        dry_run -> Bool,
        atomic -> Bool,
        time_zone -> Text,
        state -> Text,
        format -> Nullable<Text>,
        sha256 -> Nullable<Text>,
        header -> DbJson,
        upload -> BigInt,
        at_line -> BigInt,
        rows_total -> Integer,
        rows_passed -> Integer,
        rows_done -> Integer,
        rows_failed -> Integer,
        rights -> Nullable<Text>,
        problem_code -> Nullable<Text>,
        problem_detail -> Nullable<Text>,
        request_id -> Text,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<DbInstant>,
        fence -> BigInt,
        attempts -> Integer,
        purged -> Bool,
        created_at -> DbInstant,
        finished_at -> Nullable<DbInstant>,
        kept_until -> DbInstant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbJson, DbUuid};
    imports_rows (import_id, line) {
        import_id -> DbUuid,
        line -> BigInt,
        cells -> DbJson,
        wants -> Nullable<Text>,
        outcome -> Text,
        code -> Nullable<Text>,
        detail -> Nullable<Text>,
        errors -> DbJson,
        object_id -> Nullable<DbUuid>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::DbUuid;
    imports_row_names (import_id, name, line) {
        import_id -> DbUuid,
        name -> Text,
        line -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(imports_rows, imports_row_names);
