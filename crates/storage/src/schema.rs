//! Storage's own tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    storage_audit_records (id) {
        id -> DbUuid,
        at -> DbInstant,
        actor_id -> Nullable<DbUuid>,
        action -> Text,
        object_kind -> Text,
        object_id -> Nullable<DbUuid>,
        unit_id -> Nullable<DbUuid>,
        request_id -> Text,
        body -> Text,
        seq -> Nullable<BigInt>,
        prev_hash -> Nullable<Text>,
        hash -> Nullable<Text>,
        on_behalf_of -> Nullable<DbUuid>,
        schema -> Integer,
        unit_path -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::{DbInstant, DbJson, DbUuid};
    storage_events (id) {
        id -> DbUuid,
        topic -> Text,
        object_id -> DbUuid,
        object_seq -> BigInt,
        at -> DbInstant,
        payload -> DbJson,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    storage_deliveries (event_id, consumer) {
        event_id -> DbUuid,
        consumer -> Text,
        object_id -> DbUuid,
        object_seq -> BigInt,
        state -> Text,
        attempts -> Integer,
        due_at -> DbInstant,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<DbInstant>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    storage_idempotency (user_id, idempotency_key) {
        user_id -> DbUuid,
        idempotency_key -> Text,
        fingerprint -> Text,
        status -> Integer,
        headers -> DbJson,
        body -> Text,
        created_at -> DbInstant,
        kept_until -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::DbInstant;
    storage_leases (name) {
        name -> Text,
        owner -> Text,
        expires_at -> DbInstant,
        fence -> BigInt,
    }
}

diesel::joinable!(storage_deliveries -> storage_events (event_id));
diesel::allow_tables_to_appear_in_same_query!(storage_deliveries, storage_events);
