create table imports_imports (
    id uuid not null primary key,
    owner_id uuid not null,
    kind text not null,
    filename text not null,
    dry_run boolean not null,
    atomic boolean not null,
    time_zone text not null,
    state text not null constraint imports_imports_state_check check (state in ('awaiting_file', 'receiving', 'checking', 'checked', 'applying', 'applied', 'failed')),
    format text,
    sha256 text,
    header jsonb not null,
    upload bigint not null,
    at_line bigint not null,
    rows_total integer not null,
    rows_passed integer not null,
    rows_done integer not null,
    rows_failed integer not null,
    rights text,
    problem_code text,
    problem_detail text,
    request_id text not null,
    lease_owner text,
    lease_until timestamptz,
    fence bigint not null,
    attempts integer not null,
    purged boolean not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    kept_until timestamptz not null,
    version bigint not null
);
create index imports_imports_owner_idx on imports_imports (owner_id, id);
create index imports_imports_state_idx on imports_imports (state, id);
create index imports_imports_kept_until_idx on imports_imports (kept_until);

create table imports_rows (
    import_id uuid not null,
    line bigint not null,
    cells jsonb not null,
    wants text,
    outcome text not null constraint imports_rows_outcome_check check (outcome in ('pending', 'passed', 'done', 'failed')),
    code text,
    detail text,
    errors jsonb not null,
    object_id uuid,
    primary key (import_id, line),
    constraint imports_rows_import_fkey foreign key (import_id) references imports_imports (id) on delete cascade
);
create index imports_rows_outcome_idx on imports_rows (import_id, outcome, line);

create table imports_row_names (
    import_id uuid not null,
    name text not null,
    line bigint not null,
    primary key (import_id, name, line),
    constraint imports_row_names_import_fkey foreign key (import_id) references imports_imports (id) on delete cascade
);
