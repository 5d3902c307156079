create table grid_units (
    unit_id blob not null primary key
) without rowid;

create table grid_grids (
    id blob not null primary key,
    unit_id blob not null,
    name text not null,
    code text,
    kind text not null constraint grid_grids_kind_check check (kind in ('residential', 'market', 'industrial', 'special')),
    boundary text,
    min_lat double,
    max_lat double,
    min_lng double,
    max_lng double,
    retired_at integer,
    version bigint not null,
    created_at integer not null
) without rowid;
create unique index grid_grids_code_key on grid_grids (unit_id, code);
create index grid_grids_unit_idx on grid_grids (unit_id, id);

create table grid_cells (
    cell bigint not null,
    grid_id blob not null,
    primary key (cell, grid_id),
    constraint grid_cells_grid_fkey foreign key (grid_id) references grid_grids (id)
) without rowid;
create index grid_cells_grid_idx on grid_cells (grid_id);

create table grid_scopes (
    ancestor_unit_id blob not null,
    grid_id blob not null,
    primary key (ancestor_unit_id, grid_id)
) without rowid;
create index grid_scopes_grid_idx on grid_scopes (grid_id);

create table grid_posts (
    id blob not null primary key,
    grid_id blob not null,
    user_id blob not null,
    role text not null constraint grid_posts_role_check check (role in ('worker', 'police', 'assistant')),
    from_at integer not null,
    until_at integer,
    version bigint not null,
    created_at integer not null,
    constraint grid_posts_grid_fkey foreign key (grid_id) references grid_grids (id)
) without rowid;
create index grid_posts_grid_idx on grid_posts (grid_id, id);
create index grid_posts_user_idx on grid_posts (user_id, id);

create table grid_incidents (
    id blob not null primary key,
    unit_id blob not null,
    named_unit_id blob,
    grid_id blob,
    reporter_id blob not null,
    title text not null,
    description text not null,
    address text,
    lat double,
    lng double,
    state text not null constraint grid_incidents_state_check check (state in ('reported', 'accepted', 'dispatched', 'in_progress', 'resolved', 'verified', 'closed', 'rejected', 'reopened')),
    assignee_unit_id blob,
    assignee_id blob,
    resolved_by blob,
    version bigint not null,
    reported_at integer not null,
    state_since integer not null,
    closed_at integer,
    constraint grid_incidents_grid_fkey foreign key (grid_id) references grid_grids (id)
) without rowid;
create index grid_incidents_unit_idx on grid_incidents (unit_id, id);
create index grid_incidents_reporter_idx on grid_incidents (reporter_id, id);
create index grid_incidents_grid_idx on grid_incidents (grid_id, id) where grid_id is not null;
create index grid_incidents_assignee_idx on grid_incidents (assignee_id, id) where assignee_id is not null;
create index grid_incidents_assignee_unit_idx on grid_incidents (assignee_unit_id, id) where assignee_unit_id is not null;

create table grid_incident_steps (
    id blob not null primary key,
    incident_id blob not null,
    seq bigint not null,
    action text not null,
    from_state text,
    to_state text not null,
    actor_id blob not null,
    at integer not null,
    note text,
    assignee_unit_id blob,
    assignee_id blob,
    constraint grid_incident_steps_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create unique index grid_incident_steps_seq_key on grid_incident_steps (incident_id, seq);

create table grid_incident_scopes (
    ancestor_unit_id blob not null,
    incident_id blob not null,
    state text not null,
    primary key (ancestor_unit_id, incident_id)
) without rowid;
create index grid_incident_scopes_state_idx on grid_incident_scopes (ancestor_unit_id, state, incident_id);
create index grid_incident_scopes_incident_idx on grid_incident_scopes (incident_id);
