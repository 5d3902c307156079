//! The tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use kernel::sql::{DbInstant, DbJson, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_users (id) {
        id -> DbUuid,
        login -> Text,
        display_name -> Text,
        unit_id -> DbUuid,
        unit_path -> Text,
        status -> Text,
        password_hash -> Nullable<Text>,
        must_change_password -> Bool,
        failed_count -> Integer,
        last_failed_at -> Nullable<DbInstant>,
        created_at -> DbInstant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_roles (id) {
        id -> DbUuid,
        name -> Text,
        label_en -> Text,
        label_zh -> Text,
        builtin -> Bool,
        unit_id -> Nullable<DbUuid>,
        unit_path -> Nullable<Text>,
        gives_all -> Bool,
        retired -> Bool,
        created_at -> DbInstant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::DbUuid;
    identity_role_permissions (role_id, permission) {
        role_id -> DbUuid,
        permission -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    identity_grants (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        role_id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        subtree -> Bool,
        valid_from -> DbInstant,
        valid_until -> Nullable<DbInstant>,
        reason -> Text,
        ticket -> Nullable<Text>,
        granted_by -> Nullable<DbUuid>,
        granted_under -> DbJson,
        created_at -> DbInstant,
        revoked_at -> Nullable<DbInstant>,
        revoked_by -> Nullable<DbUuid>,
        revoke_reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_sessions (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        secret -> Text,
        generation -> BigInt,
        rotated_at -> DbInstant,
        replayable -> Bool,
        given_again -> Bool,
        confirmed -> Bool,
        expires_at -> DbInstant,
        revoked_at -> Nullable<DbInstant>,
        created_at -> DbInstant,
        last_used_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::DbInstant;
    identity_signing_keys (name) {
        name -> Text,
        ring -> Text,
        updated_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer};
    identity_rights_state (id) {
        id -> Integer,
        epoch -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use super::{DbInstant, DbUuid};
    identity_rights_log (epoch) {
        epoch -> BigInt,
        user_id -> Nullable<DbUuid>,
        at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_invitations (id) {
        id -> DbUuid,
        login -> Nullable<Text>,
        display_name -> Text,
        unit_id -> DbUuid,
        unit_path -> Text,
        role_id -> Nullable<DbUuid>,
        grant_unit_id -> Nullable<DbUuid>,
        subtree -> Bool,
        grant_until -> Nullable<DbInstant>,
        reason -> Text,
        language -> Text,
        address_kind -> Text,
        address_masked -> Text,
        address_sealed -> Nullable<Text>,
        state -> Text,
        code_digest -> Text,
        sent_at -> DbInstant,
        sends -> Integer,
        expires_at -> DbInstant,
        invited_by -> DbUuid,
        created_at -> DbInstant,
        ended_at -> Nullable<DbInstant>,
        ended_by -> Nullable<DbUuid>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_contacts (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        kind -> Text,
        address_hash -> Text,
        address_masked -> Text,
        address_sealed -> Text,
        claim -> Nullable<Text>,
        verified_at -> Nullable<DbInstant>,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_codes (id) {
        id -> DbUuid,
        purpose -> Text,
        subject_hash -> Text,
        user_id -> Nullable<DbUuid>,
        contact_id -> Nullable<DbUuid>,
        unit_id -> Nullable<DbUuid>,
        sealed -> Nullable<Text>,
        language -> Text,
        digest -> Nullable<Text>,
        tries -> Integer,
        created_at -> DbInstant,
        expires_at -> DbInstant,
        used_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    identity_passwords (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        hash -> Text,
        set_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::{DbInstant, DbJson, DbUuid};
    identity_policies (name) {
        name -> Text,
        body -> DbJson,
        updated_at -> DbInstant,
        updated_by -> DbUuid,
        version -> BigInt,
    }
}

diesel::joinable!(identity_grants -> identity_roles (role_id));
diesel::joinable!(identity_role_permissions -> identity_roles (role_id));
diesel::allow_tables_to_appear_in_same_query!(
    identity_grants,
    identity_roles,
    identity_role_permissions,
    identity_users
);
