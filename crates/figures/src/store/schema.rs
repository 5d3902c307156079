//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use storage::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    figures_cases (incident_id) {
        incident_id -> DbUuid,
        unit_id -> DbUuid,
        grid_id -> Nullable<DbUuid>,
        category_id -> Nullable<DbUuid>,
        source -> Text,
        department_id -> Nullable<DbUuid>,
        worker_id -> Nullable<DbUuid>,
        state -> Text,
        reported_at -> DbInstant,
        accepted_at -> Nullable<DbInstant>,
        resolved_at -> Nullable<DbInstant>,
        closed_at -> Nullable<DbInstant>,
        due -> BigInt,
        on_time -> BigInt,
        dispatches -> BigInt,
        returns -> BigInt,
        results -> BigInt,
        reworks -> BigInt,
        marks -> BigInt,
        mark_sum -> BigInt,
        content -> BigInt,
        lat -> Nullable<BigInt>,
        lng -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer};
    use super::DbUuid;
    figures_unit_months (unit_id, month) {
        unit_id -> DbUuid,
        month -> Integer,
        received -> BigInt,
        struck -> BigInt,
        merged -> BigInt,
        accepted -> BigInt,
        closed -> BigInt,
        due -> BigInt,
        on_time -> BigInt,
        dispatches -> BigInt,
        returns -> BigInt,
        results -> BigInt,
        reworks -> BigInt,
        marks -> BigInt,
        mark_sum -> BigInt,
        content -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer};
    use super::DbUuid;
    figures_grid_months (grid_id, month) {
        grid_id -> DbUuid,
        month -> Integer,
        received -> BigInt,
        struck -> BigInt,
        merged -> BigInt,
        accepted -> BigInt,
        closed -> BigInt,
        due -> BigInt,
        on_time -> BigInt,
        dispatches -> BigInt,
        returns -> BigInt,
        results -> BigInt,
        reworks -> BigInt,
        marks -> BigInt,
        mark_sum -> BigInt,
        content -> BigInt,
    }
}

diesel::table! {
    use super::DbUuid;
    figures_units (ancestor_id, unit_id) {
        ancestor_id -> DbUuid,
        unit_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::DbInstant;
    figures_marks (name) {
        name -> Text,
        place -> BigInt,
        at -> Nullable<DbInstant>,
        recounting -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(figures_cases, figures_units);
