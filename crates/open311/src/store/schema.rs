//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use storage::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    open311_requests (incident_id) {
        incident_id -> DbUuid,
        account_id -> DbUuid,
        external_id -> Nullable<Text>,
        media_urls -> Text,
        reported_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    open311_told (step_id) {
        step_id -> DbUuid,
        account_id -> DbUuid,
        incident_id -> DbUuid,
        status -> Text,
        at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Text};
    use super::{DbInstant, DbUuid};
    open311_remarks (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        account_id -> DbUuid,
        update_id -> Text,
        status -> Text,
        description -> Text,
        media_urls -> Text,
        has_reopened -> Bool,
        said_at -> DbInstant,
        received_at -> DbInstant,
    }
}
