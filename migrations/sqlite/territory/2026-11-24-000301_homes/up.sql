create table territory_dwellings (
    id blob not null primary key,
    unit_id blob not null,
    unit_path text not null,
    address text not null,
    kind text not null constraint territory_dwellings_kind_check check (kind in ('house', 'flat', 'dormitory', 'shop', 'other')),
    lat double,
    lng double,
    floor_area double,
    opened_on text not null,
    closed_on text,
    version bigint not null,
    created_at integer not null,
    constraint territory_dwellings_unit_fkey foreign key (unit_id) references territory_units (id),
    constraint territory_dwellings_dates_check check (closed_on is null or closed_on >= opened_on)
) without rowid;
create index territory_dwellings_unit_idx on territory_dwellings (unit_id);
create index territory_dwellings_path_idx on territory_dwellings (unit_path, id);

create table territory_households (
    id blob not null primary key,
    unit_id blob not null,
    unit_path text not null,
    dwelling_id blob,
    head_id blob,
    register_kind text not null constraint territory_households_register_check check (register_kind in ('family', 'collective', 'unregistered')),
    opened_on text not null,
    closed_on text,
    version bigint not null,
    created_at integer not null,
    constraint territory_households_unit_fkey foreign key (unit_id) references territory_units (id),
    constraint territory_households_dwelling_fkey foreign key (dwelling_id) references territory_dwellings (id),
    constraint territory_households_dates_check check (closed_on is null or closed_on >= opened_on)
) without rowid;
create index territory_households_unit_idx on territory_households (unit_id);
create index territory_households_path_idx on territory_households (unit_path, id);
create index territory_households_dwelling_idx on territory_households (dwelling_id);

create table territory_household_changes (
    id blob not null primary key,
    household_id blob not null,
    kind text not null,
    other_id blob,
    dwelling_id blob,
    head_id blob,
    register_kind text not null,
    happened_on text not null,
    recorded_at integer not null,
    recorded_by blob not null,
    constraint territory_household_changes_household_fkey foreign key (household_id) references territory_households (id),
    constraint territory_household_changes_other_fkey foreign key (other_id) references territory_households (id)
) without rowid;
create index territory_household_changes_household_idx on territory_household_changes (household_id, id);
create index territory_household_changes_other_idx on territory_household_changes (other_id);

create table territory_persons (
    person_id blob not null primary key
) without rowid;

-- The unit of a residence or a rental is a copy of its dwelling's or household's, like the path: a foreign key of its own
-- would wait for a unit that moves while the move waits for the dwelling.
create table territory_residences (
    id blob not null primary key,
    person_id blob not null,
    dwelling_id blob,
    household_id blob,
    unit_id blob not null,
    unit_path text not null,
    resident_type text not null constraint territory_residences_type_check check (resident_type in ('registered', 'non_registered', 'floating')),
    relation text,
    is_main boolean not null,
    from_on text not null,
    to_on text,
    corrects_id blob,
    voided_at integer,
    void_reason text,
    version bigint not null,
    created_at integer not null,
    constraint territory_residences_person_fkey foreign key (person_id) references territory_persons (person_id),
    constraint territory_residences_dwelling_fkey foreign key (dwelling_id) references territory_dwellings (id),
    constraint territory_residences_household_fkey foreign key (household_id) references territory_households (id),
    constraint territory_residences_corrects_fkey foreign key (corrects_id) references territory_residences (id),
    constraint territory_residences_place_check check (dwelling_id is not null or household_id is not null),
    constraint territory_residences_dates_check check (to_on is null or to_on > from_on)
) without rowid;
-- The last line of defence: whatever a program does, nobody has two main residences without an end.
create unique index territory_residences_person_id_key on territory_residences (person_id) where is_main and to_on is null and voided_at is null;
create index territory_residences_person_idx on territory_residences (person_id, from_on);
create index territory_residences_dwelling_idx on territory_residences (dwelling_id);
create index territory_residences_household_idx on territory_residences (household_id);
create index territory_residences_corrects_idx on territory_residences (corrects_id);
create index territory_residences_path_idx on territory_residences (unit_path, id);
create index territory_residences_count_idx on territory_residences (unit_path, is_main, resident_type, from_on, to_on, voided_at);

create table territory_rentals (
    id blob not null primary key,
    dwelling_id blob not null,
    unit_id blob not null,
    unit_path text not null,
    landlord_id blob not null,
    is_shared boolean not null,
    from_on text not null,
    to_on text,
    filed_at integer not null,
    voided_at integer,
    void_reason text,
    version bigint not null,
    constraint territory_rentals_dwelling_fkey foreign key (dwelling_id) references territory_dwellings (id),
    constraint territory_rentals_dates_check check (to_on is null or to_on > from_on)
) without rowid;
create index territory_rentals_dwelling_idx on territory_rentals (dwelling_id, from_on);
create index territory_rentals_path_idx on territory_rentals (unit_path, id);

create table territory_rental_tenants (
    rental_id blob not null,
    person_id blob not null,
    primary key (rental_id, person_id),
    constraint territory_rental_tenants_rental_fkey foreign key (rental_id) references territory_rentals (id)
) without rowid;
create index territory_rental_tenants_person_idx on territory_rental_tenants (person_id);

-- What was below a unit on a day: the stretches that ended since.
create index territory_unit_versions_until_idx on territory_unit_versions (valid_until);
