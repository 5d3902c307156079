//! Grid's tables, one definition for both engines.

#![expect(missing_docs, reason = "the columns are described where the rows are")]

use storage::{DbInstant, DbUuid};

diesel::table! {
    use super::DbUuid;
    grid_units (unit_id) {
        unit_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Double, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_grids (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        name -> Text,
        code -> Nullable<Text>,
        code_held -> Nullable<Text>,
        kind -> Text,
        boundary -> Nullable<Text>,
        min_lat -> Nullable<Double>,
        max_lat -> Nullable<Double>,
        min_lng -> Nullable<Double>,
        max_lng -> Nullable<Double>,
        retired_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use super::DbUuid;
    grid_cells (cell, grid_id) {
        cell -> BigInt,
        grid_id -> DbUuid,
    }
}

diesel::table! {
    use super::DbUuid;
    grid_scopes (ancestor_unit_id, grid_id) {
        ancestor_unit_id -> DbUuid,
        grid_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_posts (id) {
        id -> DbUuid,
        grid_id -> DbUuid,
        user_id -> DbUuid,
        role -> Text,
        from_at -> DbInstant,
        until_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_incidents (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        named_unit_id -> Nullable<DbUuid>,
        grid_id -> Nullable<DbUuid>,
        reporter_id -> DbUuid,
        title -> Text,
        description -> Text,
        address -> Nullable<Text>,
        lat -> Nullable<Double>,
        lng -> Nullable<Double>,
        state -> Text,
        assignee_unit_id -> Nullable<DbUuid>,
        assignee_id -> Nullable<DbUuid>,
        resolved_by -> Nullable<DbUuid>,
        version -> BigInt,
        reported_at -> DbInstant,
        state_since -> DbInstant,
        closed_at -> Nullable<DbInstant>,
        category_id -> Nullable<DbUuid>,
        priority -> Nullable<Text>,
        due_at -> Nullable<DbInstant>,
        back_state -> Nullable<Text>,
        question -> Nullable<Text>,
        resume_at -> Nullable<DbInstant>,
        escalated_at -> Nullable<DbInstant>,
        escalated_unit_id -> Nullable<DbUuid>,
        number -> Text,
        source -> Text,
        merged_into_id -> Nullable<DbUuid>,
        score -> Nullable<Integer>,
        occurred_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_incident_steps (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        seq -> BigInt,
        action -> Text,
        from_state -> Nullable<Text>,
        to_state -> Text,
        actor_id -> Nullable<DbUuid>,
        at -> DbInstant,
        note -> Nullable<Text>,
        assignee_unit_id -> Nullable<DbUuid>,
        assignee_id -> Nullable<DbUuid>,
        place -> Nullable<BigInt>,
        from_category_id -> Nullable<DbUuid>,
        to_category_id -> Nullable<DbUuid>,
        unit_id -> Nullable<DbUuid>,
        grid_id -> Nullable<DbUuid>,
        source -> Nullable<Text>,
        late -> Nullable<Bool>,
        score -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    grid_followers (incident_id, user_id) {
        incident_id -> DbUuid,
        user_id -> DbUuid,
        kind -> Text,
        at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    grid_tokens (token_hash) {
        token_hash -> Text,
        incident_id -> DbUuid,
        at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::{DbInstant, DbUuid};
    grid_drafts (id) {
        id -> DbUuid,
        owner_id -> DbUuid,
        content -> Text,
        changed_at -> DbInstant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::{DbInstant, DbUuid};
    grid_field_records (sender_id, client_id) {
        sender_id -> DbUuid,
        client_id -> DbUuid,
        incident_id -> DbUuid,
        fingerprint -> Text,
        at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_answers (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        category_id -> Nullable<DbUuid>,
        title -> Text,
        body -> Text,
        retired_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_incident_scopes (ancestor_unit_id, incident_id) {
        ancestor_unit_id -> DbUuid,
        incident_id -> DbUuid,
        state -> Text,
        due_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_incident_clocks (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        kind -> Text,
        started_at -> DbInstant,
        span_count -> BigInt,
        span_unit -> Text,
        due_at -> Nullable<DbInstant>,
        unknown_code -> Nullable<Text>,
        ended_at -> Nullable<DbInstant>,
        end_word -> Nullable<Text>,
        escalated_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_incident_pauses (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        state -> Text,
        from_at -> DbInstant,
        until_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_incident_requests (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        kind -> Text,
        extra_count -> Nullable<Integer>,
        reason -> Text,
        asked_by -> DbUuid,
        asked_at -> DbInstant,
        outcome -> Text,
        decided_by -> Nullable<DbUuid>,
        decided_at -> Nullable<DbInstant>,
        note -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    grid_feeds (name) {
        name -> Text,
        newest -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_categories (id) {
        id -> DbUuid,
        parent_id -> Nullable<DbUuid>,
        unit_id -> DbUuid,
        kind -> Text,
        name -> Text,
        code -> Nullable<Text>,
        is_local -> Bool,
        depth -> Integer,
        retired_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::Integer;
    use super::DbUuid;
    grid_category_scopes (ancestor_id, category_id) {
        ancestor_id -> DbUuid,
        category_id -> DbUuid,
        steps -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::DbUuid;
    grid_category_rules (category_id, unit_id) {
        category_id -> DbUuid,
        unit_id -> DbUuid,
        department_id -> Nullable<DbUuid>,
        priority -> Nullable<Text>,
        requires -> Nullable<Text>,
        accept_count -> Nullable<Integer>,
        accept_unit -> Nullable<Text>,
        resolve_count -> Nullable<Integer>,
        resolve_unit -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::joinable!(grid_cells -> grid_grids (grid_id));
diesel::joinable!(grid_scopes -> grid_grids (grid_id));
diesel::joinable!(grid_posts -> grid_grids (grid_id));
diesel::joinable!(grid_incidents -> grid_grids (grid_id));
diesel::joinable!(grid_incident_scopes -> grid_incidents (incident_id));
diesel::joinable!(grid_incident_steps -> grid_incidents (incident_id));
diesel::joinable!(grid_followers -> grid_incidents (incident_id));
diesel::joinable!(grid_tokens -> grid_incidents (incident_id));
diesel::allow_tables_to_appear_in_same_query!(
    grid_grids,
    grid_cells,
    grid_scopes,
    grid_posts,
    grid_incidents,
    grid_incident_steps,
    grid_incident_scopes,
    grid_categories,
    grid_category_scopes,
    grid_followers,
    grid_tokens
);

diesel::table! {
    use diesel::sql_types::{BigInt, Double, Nullable, Text};
    use super::{DbInstant, DbUuid};
    grid_boundaries (grid_id, version) {
        grid_id -> DbUuid,
        version -> BigInt,
        valid_from -> DbInstant,
        valid_until -> Nullable<DbInstant>,
        geometry -> Text,
        min_lat -> Double,
        max_lat -> Double,
        min_lng -> Double,
        max_lng -> Double,
        drawn_by -> Nullable<DbUuid>,
        drawn_at -> DbInstant,
        settled_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::{DbInstant, DbUuid};
    grid_lineage (from_id, to_id) {
        from_id -> DbUuid,
        to_id -> DbUuid,
        place -> BigInt,
        at -> DbInstant,
        kind -> Text,
    }
}

diesel::table! {
    use super::{DbInstant, DbUuid};
    grid_emptying (grid_id) {
        grid_id -> DbUuid,
        at -> DbInstant,
    }
}

diesel::joinable!(grid_boundaries -> grid_grids (grid_id));
diesel::allow_tables_to_appear_in_same_query!(grid_boundaries, grid_grids);
