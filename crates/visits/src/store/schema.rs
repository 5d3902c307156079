//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    visits_forms (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        code -> Text,
        name -> Text,
        number -> BigInt,
        retired_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
        updated_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use super::{DbInstant, DbJson, DbUuid};
    visits_form_versions (id) {
        id -> DbUuid,
        form_id -> DbUuid,
        number -> BigInt,
        questions -> DbJson,
        created_at -> DbInstant,
        created_by -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Date, Text};
    use super::{DbInstant, DbUuid};
    visits_rules (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        number -> BigInt,
        from_on -> Date,
        is_ended -> Bool,
        days -> BigInt,
        households -> BigInt,
        min_days_between -> BigInt,
        priority_days -> BigInt,
        recorded_at -> DbInstant,
        recorded_by -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Date, Nullable, Text};
    use super::{DbInstant, DbUuid};
    visits_plans (id) {
        id -> DbUuid,
        worker_id -> DbUuid,
        household_id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        grid_id -> DbUuid,
        planned_on -> Date,
        state -> Text,
        visit_id -> Nullable<DbUuid>,
        reason -> Nullable<Text>,
        planned_by -> DbUuid,
        version -> BigInt,
        created_at -> DbInstant,
        ended_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Date, Double, Nullable, Text};
    use super::{DbInstant, DbUuid};
    visits_visits (id) {
        id -> DbUuid,
        household_id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        grid_id -> DbUuid,
        worker_id -> DbUuid,
        visited_at -> DbInstant,
        visited_on -> Date,
        way -> Text,
        presence -> Text,
        distance_m -> Nullable<BigInt>,
        lat -> Nullable<Double>,
        lng -> Nullable<Double>,
        accuracy_m -> Nullable<BigInt>,
        incident_id -> Nullable<DbUuid>,
        plan_id -> Nullable<DbUuid>,
        edition -> BigInt,
        struck_at -> Nullable<DbInstant>,
        struck_by -> Nullable<DbUuid>,
        strike_reason -> Nullable<Text>,
        version -> BigInt,
        recorded_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    visits_editions (visit_id, number) {
        visit_id -> DbUuid,
        number -> BigInt,
        visited_at -> DbInstant,
        visited_on -> Date,
        way -> Text,
        met -> DbJson,
        form_id -> Nullable<DbUuid>,
        form_number -> Nullable<BigInt>,
        sealed_for -> Nullable<DbUuid>,
        content -> Nullable<Binary>,
        recorded_at -> DbInstant,
        recorded_by -> DbUuid,
    }
}

diesel::allow_tables_to_appear_in_same_query!(visits_forms, visits_form_versions);
