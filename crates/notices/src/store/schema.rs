//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    notices_messages (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        kind -> Text,
        title_en -> Text,
        title_zh -> Text,
        body_en -> Text,
        body_zh -> Text,
        created_at -> DbInstant,
        read_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    notices_outgoing (id) {
        id -> DbUuid,
        kind -> Text,
        address_kind -> Text,
        state -> Text,
        content -> Nullable<Text>,
        created_at -> DbInstant,
        expires_at -> DbInstant,
        ended_at -> Nullable<DbInstant>,
    }
}
