//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::{DbInstant, DbUuid};
    calendar_calendars (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        name -> Text,
        version -> BigInt,
        created_at -> DbInstant,
        updated_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    calendar_versions (id) {
        id -> DbUuid,
        calendar_id -> DbUuid,
        number -> BigInt,
        from_on -> Date,
        is_ended -> Bool,
        follows -> Text,
        time_zone -> Nullable<Text>,
        week -> Nullable<DbJson>,
        recorded_at -> DbInstant,
        recorded_by -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer};
    use super::{DbInstant, DbJson, DbUuid};
    calendar_years (id) {
        id -> DbUuid,
        calendar_id -> DbUuid,
        year -> Integer,
        number -> BigInt,
        is_complete -> Bool,
        days -> DbJson,
        recorded_at -> DbInstant,
        recorded_by -> DbUuid,
    }
}
