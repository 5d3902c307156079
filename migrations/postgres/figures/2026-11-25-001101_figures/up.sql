-- A case as it is counted: what its steps say, and no more.
create table figures_cases (
    incident_id uuid not null primary key,
    unit_id uuid not null,
    grid_id uuid,
    category_id uuid,
    source text not null,
    department_id uuid,
    worker_id uuid,
    state text not null,
    reported_at timestamptz not null,
    accepted_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    due bigint not null,
    on_time bigint not null,
    dispatches bigint not null,
    returns bigint not null,
    results bigint not null,
    reworks bigint not null,
    marks bigint not null,
    mark_sum bigint not null,
    content bigint not null,
    lat bigint,
    lng bigint
);
create index figures_cases_unit_idx on figures_cases (unit_id, reported_at, incident_id);
create index figures_cases_grid_idx on figures_cases (grid_id, reported_at, incident_id) where grid_id is not null;

-- Sums by the month of the report, in the realm's time zone: 202601.
create table figures_unit_months (
    unit_id uuid not null,
    month integer not null,
    received bigint not null,
    struck bigint not null,
    merged bigint not null,
    accepted bigint not null,
    closed bigint not null,
    due bigint not null,
    on_time bigint not null,
    dispatches bigint not null,
    returns bigint not null,
    results bigint not null,
    reworks bigint not null,
    marks bigint not null,
    mark_sum bigint not null,
    content bigint not null,
    primary key (unit_id, month)
);
create table figures_grid_months (
    grid_id uuid not null,
    month integer not null,
    received bigint not null,
    struck bigint not null,
    merged bigint not null,
    accepted bigint not null,
    closed bigint not null,
    due bigint not null,
    on_time bigint not null,
    dispatches bigint not null,
    returns bigint not null,
    results bigint not null,
    reworks bigint not null,
    marks bigint not null,
    mark_sum bigint not null,
    content bigint not null,
    primary key (grid_id, month)
);

-- The units that have cases, below every unit above them.
create table figures_units (
    ancestor_id uuid not null,
    unit_id uuid not null,
    primary key (ancestor_id, unit_id)
);
create index figures_units_unit_idx on figures_units (unit_id);

-- Until where was counted: one row.
create table figures_marks (
    name text not null primary key,
    place bigint not null,
    at timestamptz,
    recounting boolean not null
);
insert into figures_marks (name, place, at, recounting) values ('cases', 0, null, false);
