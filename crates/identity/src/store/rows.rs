//! The rows: one beside each record of the model, field by field. The model knows nothing of them.

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::*;
use kernel::id::{
    Contact as ContactKind, Grant as GrantKind, Handover as HandoverKind, Invitation as InvitationKind,
    OneTimeCode as CodeKind, Role as RoleKind, RoleConflict as RoleConflictKind, Session as SessionKind,
    Unit, User as UserKind,
};
use kernel::sql::Json;
use kernel::{Id, Instant, UnitPath};

use super::schema::{
    identity_codes, identity_contacts, identity_grants, identity_handovers, identity_invitations,
    identity_role_conflicts, identity_roles, identity_sessions, identity_users,
};
use crate::model::conflict::RoleConflict;
use crate::model::handover::Handover;
use crate::model::newcomers::{Code, Contact, Invitation};
use crate::model::{Grant, Role, Session, User};

macro_rules! rows {
    ($($row:ident = $model:ident in $table:ident { $($field:ident: $ty:ty),+ $(,)? })+) => {$(
        #[derive(Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        #[doc = concat!("[`", stringify!($model), "`] as it is stored.")]
        pub struct $row { $($field: $ty),+ }

        impl From<$row> for $model {
            fn from(row: $row) -> Self {
                Self { $($field: row.$field),+ }
            }
        }

        impl From<$model> for $row {
            fn from(record: $model) -> Self {
                Self { $($field: record.$field),+ }
            }
        }

        impl<DB: Backend> Selectable<DB> for $model
        where
            $row: Selectable<DB>,
        {
            type SelectExpression = <$row as Selectable<DB>>::SelectExpression;
            fn construct_selection() -> Self::SelectExpression {
                <$row as Selectable<DB>>::construct_selection()
            }
        }

        impl<ST, DB: Backend> Queryable<ST, DB> for $model
        where
            $row: Queryable<ST, DB>,
        {
            type Row = <$row as Queryable<ST, DB>>::Row;
            fn build(row: Self::Row) -> deserialize::Result<Self> {
                <$row as Queryable<ST, DB>>::build(row).map(Self::from)
            }
        }
    )+};
}

rows! {
    UserRow = User in identity_users {
        id: Id<UserKind>,
        login: String,
        display_name: String,
        unit_id: Id<Unit>,
        unit_path: UnitPath,
        status: String,
        password_hash: Option<String>,
        must_change_password: bool,
        failed_count: i32,
        last_failed_at: Option<Instant>,
        created_at: Instant,
        version: i64,
    }
    RoleRow = Role in identity_roles {
        id: Id<RoleKind>,
        name: String,
        label_en: String,
        label_zh: String,
        builtin: bool,
        unit_id: Option<Id<Unit>>,
        unit_path: Option<UnitPath>,
        gives_all: bool,
        retired: bool,
        created_at: Instant,
        version: i64,
    }
    GrantRow = Grant in identity_grants {
        id: Id<GrantKind>,
        user_id: Id<UserKind>,
        role_id: Id<RoleKind>,
        unit_id: Id<Unit>,
        unit_path: UnitPath,
        subtree: bool,
        valid_from: Instant,
        valid_until: Option<Instant>,
        reason: String,
        ticket: Option<String>,
        granted_by: Option<Id<UserKind>>,
        granted_under: Json,
        created_at: Instant,
        revoked_at: Option<Instant>,
        revoked_by: Option<Id<UserKind>>,
        revoke_reason: Option<String>,
        version: i64,
        awaits_approval: bool,
        notice_due_at: Option<Instant>,
    }
    RoleConflictRow = RoleConflict in identity_role_conflicts {
        id: Id<RoleConflictKind>,
        role_a_id: Id<RoleKind>,
        role_b_id: Id<RoleKind>,
        place: String,
        mode: String,
        reason: String,
        created_by: Id<UserKind>,
        created_at: Instant,
    }
    SessionRow = Session in identity_sessions {
        id: Id<SessionKind>,
        user_id: Id<UserKind>,
        secret: String,
        generation: i64,
        rotated_at: Instant,
        replayable: bool,
        given_again: bool,
        confirmed: bool,
        expires_at: Instant,
        revoked_at: Option<Instant>,
        created_at: Instant,
        last_used_at: Instant,
        device: String,
        place: String,
        method: String,
    }
    HandoverRow = Handover in identity_handovers {
        id: Id<HandoverKind>,
        kind: String,
        user_id: Id<UserKind>,
        to_id: Option<Id<UserKind>>,
        kinds: Json,
        unit_ids: Json,
        item_limit: Option<i64>,
        partial: bool,
        reason: String,
        due_at: Instant,
        state: String,
        asked_by: Id<UserKind>,
        created_at: Instant,
        ended_at: Option<Instant>,
        ended_by: Option<Id<UserKind>>,
        code: Option<String>,
        outcome: Json,
        version: i64,
    }
    InvitationRow = Invitation in identity_invitations {
        id: Id<InvitationKind>,
        login: Option<String>,
        display_name: String,
        unit_id: Id<Unit>,
        unit_path: UnitPath,
        role_id: Option<Id<RoleKind>>,
        grant_unit_id: Option<Id<Unit>>,
        subtree: bool,
        grant_until: Option<Instant>,
        reason: String,
        language: String,
        address_kind: String,
        address_masked: String,
        address_sealed: Option<String>,
        state: String,
        code_digest: String,
        sent_at: Instant,
        sends: i32,
        expires_at: Instant,
        invited_by: Id<UserKind>,
        created_at: Instant,
        ended_at: Option<Instant>,
        ended_by: Option<Id<UserKind>>,
        version: i64,
    }
    ContactRow = Contact in identity_contacts {
        id: Id<ContactKind>,
        user_id: Id<UserKind>,
        kind: String,
        address_hash: String,
        address_masked: String,
        address_sealed: String,
        claim: Option<String>,
        verified_at: Option<Instant>,
        created_at: Instant,
    }
    CodeRow = Code in identity_codes {
        id: Id<CodeKind>,
        purpose: String,
        subject_hash: String,
        user_id: Option<Id<UserKind>>,
        contact_id: Option<Id<ContactKind>>,
        unit_id: Option<Id<Unit>>,
        sealed: Option<String>,
        language: String,
        digest: Option<String>,
        tries: i32,
        created_at: Instant,
        expires_at: Instant,
        used_at: Option<Instant>,
    }
}

pub(crate) use rows;
