//! People's tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use storage::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Text};
    use super::DbInstant;
    people_master_keys (id) {
        id -> Text,
        number -> BigInt,
        proof -> Binary,
        since_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    people_realm_secrets (name) {
        name -> Text,
        wrapped -> Binary,
        master_key_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use super::{DbInstant, DbUuid};
    people_persons (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        status -> Text,
        name -> Nullable<Binary>,
        phones -> Nullable<Binary>,
        addresses -> Nullable<Binary>,
        documents -> Nullable<Binary>,
        birth_on -> Nullable<Binary>,
        sex -> Nullable<Binary>,
        version -> BigInt,
        created_at -> DbInstant,
        updated_at -> DbInstant,
        erased_at -> Nullable<DbInstant>,
        erased_by -> Nullable<DbUuid>,
        erase_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    use super::DbUuid;
    people_keys (person_id) {
        person_id -> DbUuid,
        wrapped -> Binary,
        master_key_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use super::DbUuid;
    people_documents (person_id, hash) {
        person_id -> DbUuid,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use super::DbUuid;
    people_phones (person_id, hash) {
        person_id -> DbUuid,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use super::{DbInstant, DbUuid};
    people_flags (id) {
        id -> DbUuid,
        person_id -> DbUuid,
        kind -> Text,
        from_at -> DbInstant,
        until_at -> Nullable<DbInstant>,
        reason -> Binary,
        set_by -> DbUuid,
        set_at -> DbInstant,
        ended_at -> Nullable<DbInstant>,
        ended_by -> Nullable<DbUuid>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    people_consents (id) {
        id -> DbUuid,
        person_id -> DbUuid,
        kind -> Text,
        means -> Text,
        given_at -> DbInstant,
        recorded_by -> DbUuid,
        withdrawn_at -> Nullable<DbInstant>,
        withdrawn_by -> Nullable<DbUuid>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use super::{DbInstant, DbUuid};
    people_accounts (id) {
        id -> DbUuid,
        person_id -> DbUuid,
        user_id -> DbUuid,
        tied_at -> DbInstant,
        tied_by -> DbUuid,
        untied_at -> Nullable<DbInstant>,
        untied_by -> Nullable<DbUuid>,
        version -> BigInt,
    }
}

diesel::table! {
    use super::DbUuid;
    people_readers (user_id) {
        user_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    people_readings (id) {
        id -> DbUuid,
        reader_id -> DbUuid,
        person_id -> Nullable<DbUuid>,
        unit_id -> DbUuid,
        unit_path -> Text,
        kind -> Text,
        fields -> Text,
        purpose -> Text,
        request_id -> Text,
        at -> DbInstant,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    people_master_keys,
    people_realm_secrets,
    people_persons,
    people_keys,
    people_documents,
    people_phones,
    people_flags,
    people_consents,
    people_accounts,
    people_readers,
    people_readings
);
diesel::joinable!(people_keys -> people_persons (person_id));
