//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    whistles_whistles (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        case_number -> Text,
        unit_id -> DbUuid,
        unit_path -> Text,
        wanted -> Text,
        report_due_at -> DbInstant,
        result_due_at -> DbInstant,
        blown_by -> DbUuid,
        blown_at -> DbInstant,
        ended_at -> Nullable<DbInstant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    whistles_calls (id) {
        id -> DbUuid,
        whistle_id -> DbUuid,
        incident_id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        state -> Text,
        report_due_at -> DbInstant,
        result_due_at -> DbInstant,
        due_at -> DbInstant,
        blown_at -> DbInstant,
        reported_at -> Nullable<DbInstant>,
        reported_by -> Nullable<DbUuid>,
        who_comes -> Nullable<Text>,
        coming_at -> Nullable<DbInstant>,
        result_at -> Nullable<DbInstant>,
        result_by -> Nullable<DbUuid>,
        result -> Nullable<Text>,
        declined_at -> Nullable<DbInstant>,
        declined_by -> Nullable<DbUuid>,
        decline_reason -> Nullable<Text>,
        graded_at -> Nullable<DbInstant>,
        graded_by -> Nullable<DbUuid>,
        grade -> Nullable<Integer>,
        remark -> Nullable<Text>,
        withdrawn_at -> Nullable<DbInstant>,
        report_told_at -> Nullable<DbInstant>,
        result_told_at -> Nullable<DbInstant>,
        over_at -> Nullable<DbInstant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    whistles_steps (call_id, seq) {
        call_id -> DbUuid,
        seq -> BigInt,
        action -> Text,
        to_state -> Text,
        actor_id -> DbUuid,
        at -> DbInstant,
        note -> Nullable<Text>,
    }
}
