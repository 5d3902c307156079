-- SQLite changes neither a check nor a column that may not be empty: both tables are made anew, the one that refers to the other
-- out of the way while it is.
create table grid_incident_steps_kept as select * from grid_incident_steps;
drop table grid_incident_steps;

create table grid_incidents_new (
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
    state text not null constraint grid_incidents_state_check check (state in ('reported', 'accepted', 'dispatched', 'in_progress', 'resolved', 'verified', 'closed', 'rejected', 'reopened', 'suspended', 'waiting', 'void')),
    assignee_unit_id blob,
    assignee_id blob,
    resolved_by blob,
    version bigint not null,
    reported_at integer not null,
    state_since integer not null,
    closed_at integer,
    category_id blob constraint grid_incidents_category_fkey references grid_categories (id),
    priority text constraint grid_incidents_priority_check check (priority in ('low', 'normal', 'high', 'urgent')),
    due_at integer,
    back_state text,
    question text,
    resume_at integer,
    escalated_at integer,
    escalated_unit_id blob,
    constraint grid_incidents_grid_fkey foreign key (grid_id) references grid_grids (id)
) without rowid;
insert into grid_incidents_new (id, unit_id, named_unit_id, grid_id, reporter_id, title, description, address, lat, lng, state,
        assignee_unit_id, assignee_id, resolved_by, version, reported_at, state_since, closed_at, category_id, priority)
    select id, unit_id, named_unit_id, grid_id, reporter_id, title, description, address, lat, lng, state,
        assignee_unit_id, assignee_id, resolved_by, version, reported_at, state_since, closed_at, category_id, priority
    from grid_incidents;
drop table grid_incidents;
alter table grid_incidents_new rename to grid_incidents;
create index grid_incidents_unit_idx on grid_incidents (unit_id, id);
create index grid_incidents_reporter_idx on grid_incidents (reporter_id, id);
create index grid_incidents_grid_idx on grid_incidents (grid_id, id) where grid_id is not null;
create index grid_incidents_assignee_idx on grid_incidents (assignee_id, id) where assignee_id is not null;
create index grid_incidents_assignee_unit_idx on grid_incidents (assignee_unit_id, id) where assignee_unit_id is not null;
create index grid_incidents_category_idx on grid_incidents (category_id, id) where category_id is not null;

create table grid_incident_steps (
    id blob not null primary key,
    incident_id blob not null,
    seq bigint not null,
    action text not null,
    from_state text,
    to_state text not null,
    actor_id blob,
    at integer not null,
    note text,
    assignee_unit_id blob,
    assignee_id blob,
    place bigint,
    from_category_id blob,
    to_category_id blob,
    constraint grid_incident_steps_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
insert into grid_incident_steps (id, incident_id, seq, action, from_state, to_state, actor_id, at, note, assignee_unit_id, assignee_id,
        place, from_category_id, to_category_id)
    select id, incident_id, seq, action, from_state, to_state, actor_id, at, note, assignee_unit_id, assignee_id,
        place, from_category_id, to_category_id
    from grid_incident_steps_kept;
drop table grid_incident_steps_kept;
create unique index grid_incident_steps_seq_key on grid_incident_steps (incident_id, seq);
create unique index grid_incident_steps_place_key on grid_incident_steps (place);
create index grid_incident_steps_unplaced_idx on grid_incident_steps (id) where place is null;

-- One row for every clock that ever ran: figures are counted from them.
create table grid_incident_clocks (
    id blob not null primary key,
    incident_id blob not null,
    kind text not null constraint grid_incident_clocks_kind_check check (kind in ('acceptance', 'resolution')),
    started_at integer not null,
    span_count bigint not null,
    span_unit text not null constraint grid_incident_clocks_span_unit_check check (span_unit in ('working_minutes', 'working_hours', 'working_days', 'calendar_days')),
    due_at integer,
    unknown_code text,
    ended_at integer,
    end_word text constraint grid_incident_clocks_end_word_check check (end_word in ('done', 'dropped')),
    escalated_at integer,
    constraint grid_incident_clocks_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create index grid_incident_clocks_incident_idx on grid_incident_clocks (incident_id, id);
create index grid_incident_clocks_due_idx on grid_incident_clocks (due_at, id) where ended_at is null and escalated_at is null and due_at is not null;
create index grid_incident_clocks_unknown_idx on grid_incident_clocks (id) where ended_at is null and unknown_code is not null;

-- At most one of a case is open; times in which its clock stands.
create table grid_incident_pauses (
    id blob not null primary key,
    incident_id blob not null,
    state text not null constraint grid_incident_pauses_state_check check (state in ('suspended', 'waiting')),
    from_at integer not null,
    until_at integer,
    constraint grid_incident_pauses_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create index grid_incident_pauses_incident_idx on grid_incident_pauses (incident_id, id);

-- What somebody wants to be decided about a case: more time, to strike it.
create table grid_incident_requests (
    id blob not null primary key,
    incident_id blob not null,
    kind text not null constraint grid_incident_requests_kind_check check (kind in ('extension', 'void')),
    extra_count integer,
    reason text not null,
    asked_by blob not null,
    asked_at integer not null,
    outcome text not null constraint grid_incident_requests_outcome_check check (outcome in ('pending', 'granted', 'refused', 'moot')),
    decided_by blob,
    decided_at integer,
    note text,
    version bigint not null,
    constraint grid_incident_requests_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create unique index grid_incident_requests_incident_id_key on grid_incident_requests (incident_id, kind) where outcome = 'pending';
create index grid_incident_requests_incident_idx on grid_incident_requests (incident_id, id);

-- When the clock that runs for a case is over, beside its state: what is overdue below a unit is one range.
alter table grid_incident_scopes add column due_at integer;
create index grid_incident_scopes_due_idx on grid_incident_scopes (ancestor_unit_id, due_at, incident_id) where due_at is not null;
create index grid_incidents_assignee_due_idx on grid_incidents (assignee_id, due_at, id) where assignee_id is not null and due_at is not null;
create index grid_incidents_assignee_unit_due_idx on grid_incidents (assignee_unit_id, due_at, id) where assignee_unit_id is not null and due_at is not null;
create index grid_incidents_resume_idx on grid_incidents (resume_at) where resume_at is not null;
