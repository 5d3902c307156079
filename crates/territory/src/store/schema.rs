//! The tables, one definition for both engines.

use kernel::sql::{DbInstant, DbUuid};

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_units (id) {
        id -> DbUuid,
        parent_id -> Nullable<DbUuid>,
        path -> Text,
        name -> Text,
        kind -> Text,
        code -> Nullable<Text>,
        since -> DbInstant,
        closed_at -> Nullable<DbInstant>,
        version -> BigInt,
        created_at -> DbInstant,
        import_id -> Nullable<DbUuid>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_unit_versions (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        version -> BigInt,
        parent_id -> Nullable<DbUuid>,
        name -> Text,
        kind -> Text,
        code -> Nullable<Text>,
        valid_from -> DbInstant,
        valid_until -> DbInstant,
        changed_by -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_imports (id) {
        id -> DbUuid,
        fingerprint -> Text,
        state -> Text,
        started_at -> DbInstant,
        finished_at -> Nullable<DbInstant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    territory_tree_lock (id) {
        id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Date, Double, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_dwellings (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        address -> Text,
        kind -> Text,
        lat -> Nullable<Double>,
        lng -> Nullable<Double>,
        floor_area -> Nullable<Double>,
        opened_on -> Date,
        closed_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Date, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_households (id) {
        id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        dwelling_id -> Nullable<DbUuid>,
        head_id -> Nullable<DbUuid>,
        register_kind -> Text,
        opened_on -> Date,
        closed_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{Date, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_household_changes (id) {
        id -> DbUuid,
        household_id -> DbUuid,
        kind -> Text,
        other_id -> Nullable<DbUuid>,
        dwelling_id -> Nullable<DbUuid>,
        head_id -> Nullable<DbUuid>,
        register_kind -> Text,
        happened_on -> Date,
        recorded_at -> DbInstant,
        recorded_by -> DbUuid,
    }
}

diesel::table! {
    use super::DbUuid;
    territory_persons (person_id) {
        person_id -> DbUuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_residences (id) {
        id -> DbUuid,
        person_id -> DbUuid,
        dwelling_id -> Nullable<DbUuid>,
        household_id -> Nullable<DbUuid>,
        unit_id -> DbUuid,
        unit_path -> Text,
        resident_type -> Text,
        relation -> Nullable<Text>,
        is_main -> Bool,
        from_on -> Date,
        to_on -> Nullable<Date>,
        corrects_id -> Nullable<DbUuid>,
        voided_at -> Nullable<DbInstant>,
        void_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> DbInstant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};
    use super::{DbInstant, DbUuid};
    territory_rentals (id) {
        id -> DbUuid,
        dwelling_id -> DbUuid,
        unit_id -> DbUuid,
        unit_path -> Text,
        landlord_id -> DbUuid,
        is_shared -> Bool,
        from_on -> Date,
        to_on -> Nullable<Date>,
        filed_at -> DbInstant,
        voided_at -> Nullable<DbInstant>,
        void_reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use super::DbUuid;
    territory_rental_tenants (rental_id, person_id) {
        rental_id -> DbUuid,
        person_id -> DbUuid,
    }
}

diesel::joinable!(territory_unit_versions -> territory_units (unit_id));
diesel::allow_tables_to_appear_in_same_query!(territory_unit_versions, territory_units);
diesel::allow_tables_to_appear_in_same_query!(territory_rentals, territory_rental_tenants);
diesel::allow_tables_to_appear_in_same_query!(territory_units, territory_imports);
diesel::allow_tables_to_appear_in_same_query!(territory_dwellings, territory_households);
