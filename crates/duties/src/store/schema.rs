//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::{DbInstant, DbUuid};
    duties_lists (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        level -> Text,
        name -> Text,
        last_number -> BigInt,
        version -> BigInt,
        created_at -> DbInstant,
        created_by -> DbUuid,
        updated_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    duties_versions (id) {
        id -> DbUuid,
        list_id -> DbUuid,
        number -> BigInt,
        state -> Text,
        note -> Text,
        is_end -> Bool,
        from_at -> Nullable<DbInstant>,
        items -> BigInt,
        hands -> DbJson,
        drafted_by -> DbUuid,
        drafted_at -> DbInstant,
        set_by -> Nullable<DbUuid>,
        set_at -> Nullable<DbInstant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::DbUuid;
    duties_items (version_id, category_id) {
        version_id -> DbUuid,
        category_id -> DbUuid,
        note -> Text,
        basis -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    duties_admissions (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        category_id -> DbUuid,
        reason -> Text,
        from_at -> DbInstant,
        until_at -> DbInstant,
        state -> Text,
        holds_from -> Nullable<DbInstant>,
        holds_until -> Nullable<DbInstant>,
        asked_by -> DbUuid,
        asked_at -> DbInstant,
        decided_by -> Nullable<DbUuid>,
        decided_at -> Nullable<DbInstant>,
        decision_note -> Nullable<Text>,
        withdrawn_by -> Nullable<DbUuid>,
        withdrawn_at -> Nullable<DbInstant>,
        withdrawal_note -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(duties_lists, duties_versions, duties_items, duties_admissions);
