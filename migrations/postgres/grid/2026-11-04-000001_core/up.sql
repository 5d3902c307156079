create table grid_units (
    unit_id uuid not null primary key
);

create table grid_grids (
    id uuid not null primary key,
    unit_id uuid not null,
    name text not null,
    code text,
    kind text not null constraint grid_grids_kind_check check (kind in ('residential', 'market', 'industrial', 'special')),
    boundary text,
    min_lat double precision,
    max_lat double precision,
    min_lng double precision,
    max_lng double precision,
    retired_at timestamptz,
    version bigint not null,
    created_at timestamptz not null
);
create unique index grid_grids_code_key on grid_grids (unit_id, code);
create index grid_grids_unit_idx on grid_grids (unit_id, id);

create table grid_cells (
    cell bigint not null,
    grid_id uuid not null,
    primary key (cell, grid_id),
    constraint grid_cells_grid_fkey foreign key (grid_id) references grid_grids (id)
);
create index grid_cells_grid_idx on grid_cells (grid_id);

create table grid_scopes (
    ancestor_unit_id uuid not null,
    grid_id uuid not null,
    primary key (ancestor_unit_id, grid_id)
);
create index grid_scopes_grid_idx on grid_scopes (grid_id);

create table grid_posts (
    id uuid not null primary key,
    grid_id uuid not null,
    user_id uuid not null,
    role text not null constraint grid_posts_role_check check (role in ('worker', 'police', 'assistant')),
    from_at timestamptz not null,
    until_at timestamptz,
    version bigint not null,
    created_at timestamptz not null,
    constraint grid_posts_grid_fkey foreign key (grid_id) references grid_grids (id)
);
create index grid_posts_grid_idx on grid_posts (grid_id, id);
create index grid_posts_user_idx on grid_posts (user_id, id);

create table grid_incidents (
    id uuid not null primary key,
    unit_id uuid not null,
    named_unit_id uuid,
    grid_id uuid,
    reporter_id uuid not null,
    title text not null,
    description text not null,
    address text,
    lat double precision,
    lng double precision,
    state text not null constraint grid_incidents_state_check check (state in ('reported', 'accepted', 'dispatched', 'in_progress', 'resolved', 'verified', 'closed', 'rejected', 'reopened')),
    assignee_unit_id uuid,
    assignee_id uuid,
    resolved_by uuid,
    version bigint not null,
    reported_at timestamptz not null,
    state_since timestamptz not null,
    closed_at timestamptz,
    constraint grid_incidents_grid_fkey foreign key (grid_id) references grid_grids (id)
);
create index grid_incidents_unit_idx on grid_incidents (unit_id, id);
create index grid_incidents_reporter_idx on grid_incidents (reporter_id, id);
create index grid_incidents_grid_idx on grid_incidents (grid_id, id) where grid_id is not null;
create index grid_incidents_assignee_idx on grid_incidents (assignee_id, id) where assignee_id is not null;
create index grid_incidents_assignee_unit_idx on grid_incidents (assignee_unit_id, id) where assignee_unit_id is not null;

create table grid_incident_steps (
    id uuid not null primary key,
    incident_id uuid not null,
    seq bigint not null,
    action text not null,
    from_state text,
    to_state text not null,
    actor_id uuid not null,
    at timestamptz not null,
    note text,
    assignee_unit_id uuid,
    assignee_id uuid,
    constraint grid_incident_steps_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create unique index grid_incident_steps_seq_key on grid_incident_steps (incident_id, seq);

create table grid_incident_scopes (
    ancestor_unit_id uuid not null,
    incident_id uuid not null,
    state text not null,
    primary key (ancestor_unit_id, incident_id)
);
create index grid_incident_scopes_state_idx on grid_incident_scopes (ancestor_unit_id, state, incident_id);
create index grid_incident_scopes_incident_idx on grid_incident_scopes (incident_id);
