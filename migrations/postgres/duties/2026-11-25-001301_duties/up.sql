-- One list for each unit and each kind of units below it.
create table duties_lists (
    id uuid not null primary key,
    unit_id uuid not null,
    level text not null,
    name text not null,
    last_number bigint not null,
    version bigint not null,
    created_at timestamptz not null,
    created_by uuid not null,
    updated_at timestamptz not null
);
create unique index duties_lists_unit_id_key on duties_lists (unit_id, level);

-- What a list says from a moment on. What was put in force is never changed: what held on a day can be asked for ever.
create table duties_versions (
    id uuid not null primary key,
    list_id uuid not null,
    number bigint not null,
    state text not null constraint duties_versions_state_check check (state in ('draft', 'set')),
    note text not null,
    is_end boolean not null,
    from_at timestamptz,
    items bigint not null,
    hands jsonb not null,
    drafted_by uuid not null,
    drafted_at timestamptz not null,
    set_by uuid,
    set_at timestamptz,
    version bigint not null,
    constraint duties_versions_list_fkey foreign key (list_id) references duties_lists (id),
    constraint duties_versions_set_check check ((state = 'set') = (from_at is not null))
);
create unique index duties_versions_from_at_key on duties_versions (list_id, from_at);
create unique index duties_versions_number_key on duties_versions (list_id, number);

create table duties_items (
    version_id uuid not null,
    category_id uuid not null,
    note text not null,
    basis text not null,
    primary key (version_id, category_id),
    constraint duties_items_version_fkey foreign key (version_id) references duties_versions (id)
);

-- Leave to ask a unit, and those below it, for what is on no list, for a time.
create table duties_admissions (
    id uuid not null primary key,
    unit_id uuid not null,
    category_id uuid not null,
    reason text not null,
    from_at timestamptz not null,
    until_at timestamptz not null,
    state text not null constraint duties_admissions_state_check check (state in ('asked', 'admitted', 'refused', 'withdrawn')),
    holds_from timestamptz,
    holds_until timestamptz,
    asked_by uuid not null,
    asked_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    decision_note text,
    withdrawn_by uuid,
    withdrawn_at timestamptz,
    withdrawal_note text,
    version bigint not null,
    constraint duties_admissions_order_check check (from_at < until_at)
);
-- Nothing is asked for twice before it was decided once.
create unique index duties_admissions_unit_id_key on duties_admissions (unit_id, category_id) where state = 'asked';
create index duties_admissions_unit_idx on duties_admissions (unit_id, category_id, holds_until);
create index duties_admissions_asked_idx on duties_admissions (asked_by) where state = 'asked';
