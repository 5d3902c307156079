//! The tables, one definition for both engines.

use kernel::sql::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_units (id) {
        id -> DbUuid,
        parent_id -> Nullable<DbUuid>,
        path -> Text,
        name -> Text,
        kind -> Text,
        code -> Nullable<Text>,
        since -> DbInstant,
        closed_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
        import_id -> Nullable<DbUuid>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_unit_versions (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        version -> BigInt,
        parent_id -> Nullable<DbUuid>,
        name -> Text,
        kind -> Text,
        code -> Nullable<Text>,
        valid_from -> DbInstant,
        valid_until -> DbInstant,
        changed_by -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_imports (id) {
        id -> DbUuid,
        fingerprint -> Text,
        state -> Text,
        started_at -> DbInstant,
        finished_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    territory_tree_lock (id) {
        id -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(territory_units, territory_imports);
