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
        folded -> Text,
    }
}

diesel::table! {
    use super::{DbInstant, DbUuid};
    identity_spent_tickets (id) {
        id -> DbUuid,
        expires_at -> DbInstant,
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
        awaits_approval -> Bool,
        notice_due_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    identity_grant_approvals (grant_id) {
        grant_id -> DbUuid,
        approved_by -> DbUuid,
        approved_at -> DbInstant,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    identity_role_conflicts (id) {
        id -> DbUuid,
        role_a_id -> DbUuid,
        role_b_id -> DbUuid,
        place -> Text,
        mode -> Text,
        reason -> Text,
        created_by -> DbUuid,
        created_at -> DbInstant,
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
        device -> Text,
        place -> Text,
        method -> Text,
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
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_totp (user_id) {
        user_id -> DbUuid,
        sealed -> Text,
        confirmed_at -> Nullable<DbInstant>,
        last_step -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_recovery_codes (user_id, hash) {
        user_id -> DbUuid,
        hash -> Text,
        created_at -> DbInstant,
        used_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_challenges (id) {
        id -> DbUuid,
        handle -> Text,
        hash -> Text,
        kind -> Text,
        user_id -> DbUuid,
        user_version -> BigInt,
        method -> Text,
        attempts -> Integer,
        created_at -> DbInstant,
        expires_at -> DbInstant,
        used_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_sign_ins (id) {
        id -> DbUuid,
        at -> DbInstant,
        minute -> BigInt,
        user_id -> Nullable<DbUuid>,
        login_digest -> Nullable<Text>,
        outcome -> Text,
        method -> Text,
        device -> Text,
        place -> Text,
        session_id -> Nullable<DbUuid>,
        tries -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_service_accounts (user_id) {
        user_id -> DbUuid,
        owner_id -> DbUuid,
        purpose -> Text,
        created_by -> Nullable<DbUuid>,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    identity_api_keys (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        name -> Text,
        handle -> Text,
        hash -> Text,
        permissions -> Nullable<DbJson>,
        created_by -> Nullable<DbUuid>,
        created_at -> DbInstant,
        expires_at -> DbInstant,
        last_used_at -> Nullable<DbInstant>,
        rotated_at -> Nullable<DbInstant>,
        revoked_at -> Nullable<DbInstant>,
        revoked_by -> Nullable<DbUuid>,
        revoke_reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    identity_external (id) {
        id -> DbUuid,
        provider -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> DbUuid,
        linked_by -> Nullable<DbUuid>,
        linked_at -> DbInstant,
        last_used_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::DbInstant;
    identity_oidc_states (state) {
        state -> Text,
        expires_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::{DbInstant, DbJson, DbUuid};
    identity_handovers (id) {
        id -> DbUuid,
        kind -> Text,
        user_id -> DbUuid,
        to_id -> Nullable<DbUuid>,
        kinds -> DbJson,
        unit_ids -> DbJson,
        item_limit -> Nullable<BigInt>,
        partial -> Bool,
        reason -> Text,
        due_at -> DbInstant,
        state -> Text,
        asked_by -> DbUuid,
        created_at -> DbInstant,
        ended_at -> Nullable<DbInstant>,
        ended_by -> Nullable<DbUuid>,
        code -> Nullable<Text>,
        outcome -> DbJson,
        version -> BigInt,
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

diesel::joinable!(identity_handovers -> identity_users (user_id));
diesel::allow_tables_to_appear_in_same_query!(identity_handovers, identity_users);
diesel::joinable!(identity_service_accounts -> identity_users (user_id));
diesel::joinable!(identity_sessions -> identity_users (user_id));
diesel::joinable!(identity_sign_ins -> identity_users (user_id));
diesel::allow_tables_to_appear_in_same_query!(identity_service_accounts, identity_users);
diesel::allow_tables_to_appear_in_same_query!(identity_sessions, identity_users);
diesel::allow_tables_to_appear_in_same_query!(identity_sign_ins, identity_users);

diesel::joinable!(identity_grants -> identity_roles (role_id));
diesel::joinable!(identity_role_permissions -> identity_roles (role_id));
diesel::allow_tables_to_appear_in_same_query!(
    identity_grants,
    identity_role_conflicts,
    identity_roles,
    identity_role_permissions,
    identity_users
);
