create table territory_imports (
    id uuid not null primary key,
    fingerprint text not null,
    state text not null constraint territory_imports_state_check check (state in ('running', 'done')),
    started_at timestamptz not null,
    finished_at timestamptz
);

create table territory_units (
    id uuid not null primary key,
    parent_id uuid,
    path text collate "C" not null,
    name text collate "C" not null,
    kind text not null,
    code text collate "C",
    since timestamptz not null,
    closed_at timestamptz,
    version bigint not null,
    created_at timestamptz not null,
    import_id uuid,
    constraint territory_units_parent_fkey foreign key (parent_id) references territory_units (id)
);
create unique index territory_units_path_key on territory_units (path);
create unique index territory_units_code_key on territory_units (code);
create index territory_units_parent_idx on territory_units (parent_id, id);
create index territory_units_name_idx on territory_units (name, id);

create table territory_unit_versions (
    id uuid not null primary key,
    unit_id uuid not null,
    version bigint not null,
    parent_id uuid,
    name text collate "C" not null,
    kind text not null,
    code text collate "C",
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    changed_by uuid not null,
    constraint territory_unit_versions_unit_fkey foreign key (unit_id) references territory_units (id)
);
create unique index territory_unit_versions_unit_key on territory_unit_versions (unit_id, version);

create table territory_tree_lock (
    id text not null primary key
);
insert into territory_tree_lock (id) values ('tree');
