-- One list for each unit and each kind of units below it.
create table duties_lists (
    id blob not null primary key,
    unit_id blob not null,
    level text not null,
    name text not null,
    last_number bigint not null,
    version bigint not null,
    created_at integer not null,
    created_by blob not null,
    updated_at integer not null
) without rowid;
create unique index duties_lists_unit_id_key on duties_lists (unit_id, level);

-- What a list says from a moment on. What was put in force is never changed: what held on a day can be asked for ever.
create table duties_versions (
    id blob not null primary key,
    list_id blob not null,
    number bigint not null,
    state text not null constraint duties_versions_state_check check (state in ('draft', 'set')),
    note text not null,
    is_end boolean not null,
    from_at integer,
    items bigint not null,
    hands text not null,
    drafted_by blob not null,
    drafted_at integer not null,
    set_by blob,
    set_at integer,
    version bigint not null,
    constraint duties_versions_list_fkey foreign key (list_id) references duties_lists (id),
    constraint duties_versions_set_check check ((state = 'set') = (from_at is not null))
) without rowid;
create unique index duties_versions_from_at_key on duties_versions (list_id, from_at);
create unique index duties_versions_number_key on duties_versions (list_id, number);

create table duties_items (
    version_id blob not null,
    category_id blob not null,
    note text not null,
    basis text not null,
    primary key (version_id, category_id),
    constraint duties_items_version_fkey foreign key (version_id) references duties_versions (id)
) without rowid;

-- Leave to ask a unit, and those below it, for what is on no list, for a time.
create table duties_admissions (
    id blob not null primary key,
    unit_id blob not null,
    category_id blob not null,
    reason text not null,
    from_at integer not null,
    until_at integer not null,
    state text not null constraint duties_admissions_state_check check (state in ('asked', 'admitted', 'refused', 'withdrawn')),
    holds_from integer,
    holds_until integer,
    asked_by blob not null,
    asked_at integer not null,
    decided_by blob,
    decided_at integer,
    decision_note text,
    withdrawn_by blob,
    withdrawn_at integer,
    withdrawal_note text,
    version bigint not null,
    constraint duties_admissions_order_check check (from_at < until_at)
) without rowid;
-- Nothing is asked for twice before it was decided once.
create unique index duties_admissions_unit_id_key on duties_admissions (unit_id, category_id) where state = 'asked';
create index duties_admissions_unit_idx on duties_admissions (unit_id, category_id, holds_until);
create index duties_admissions_asked_idx on duties_admissions (asked_by) where state = 'asked';
