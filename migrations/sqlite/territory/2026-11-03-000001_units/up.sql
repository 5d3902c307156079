create table territory_imports (
    id blob not null primary key,
    fingerprint text not null,
    state text not null constraint territory_imports_state_check check (state in ('running', 'done')),
    started_at integer not null,
    finished_at integer
) without rowid;

create table territory_units (
    id blob not null primary key,
    parent_id blob,
    path text not null,
    name text not null,
    kind text not null,
    code text,
    since integer not null,
    closed_at integer,
    version bigint not null,
    created_at integer not null,
    import_id blob,
    constraint territory_units_parent_fkey foreign key (parent_id) references territory_units (id)
) without rowid;
create unique index territory_units_path_key on territory_units (path);
create unique index territory_units_code_key on territory_units (code);
create index territory_units_parent_idx on territory_units (parent_id, id);
create index territory_units_name_idx on territory_units (name, id);

create table territory_unit_versions (
    id blob not null primary key,
    unit_id blob not null,
    version bigint not null,
    parent_id blob,
    name text not null,
    kind text not null,
    code text,
    valid_from integer not null,
    valid_until integer not null,
    changed_by blob not null,
    constraint territory_unit_versions_unit_fkey foreign key (unit_id) references territory_units (id)
) without rowid;
create unique index territory_unit_versions_unit_key on territory_unit_versions (unit_id, version);

create table territory_tree_lock (
    id text not null primary key
) without rowid;
insert into territory_tree_lock (id) values ('tree');
