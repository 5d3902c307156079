alter table grid_incidents drop constraint grid_incidents_state_check;
alter table grid_incidents add constraint grid_incidents_state_check check (state in ('reported', 'accepted', 'dispatched', 'in_progress', 'resolved', 'verified', 'closed', 'rejected', 'reopened', 'suspended', 'waiting', 'void'));
alter table grid_incidents add column due_at timestamptz;
alter table grid_incidents add column back_state text;
alter table grid_incidents add column question text;
alter table grid_incidents add column resume_at timestamptz;
alter table grid_incidents add column escalated_at timestamptz;
alter table grid_incidents add column escalated_unit_id uuid;
alter table grid_incident_steps alter column actor_id drop not null;

-- One row for every clock that ever ran: figures are counted from them.
create table grid_incident_clocks (
    id uuid not null primary key,
    incident_id uuid not null,
    kind text not null constraint grid_incident_clocks_kind_check check (kind in ('acceptance', 'resolution')),
    started_at timestamptz not null,
    span_count bigint not null,
    span_unit text not null constraint grid_incident_clocks_span_unit_check check (span_unit in ('working_minutes', 'working_hours', 'working_days', 'calendar_days')),
    due_at timestamptz,
    unknown_code text,
    ended_at timestamptz,
    end_word text constraint grid_incident_clocks_end_word_check check (end_word in ('done', 'dropped')),
    escalated_at timestamptz,
    constraint grid_incident_clocks_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create index grid_incident_clocks_incident_idx on grid_incident_clocks (incident_id, id);
create index grid_incident_clocks_due_idx on grid_incident_clocks (due_at, id) where ended_at is null and escalated_at is null and due_at is not null;
create index grid_incident_clocks_unknown_idx on grid_incident_clocks (id) where ended_at is null and unknown_code is not null;

-- At most one of a case is open; times in which its clock stands.
create table grid_incident_pauses (
    id uuid not null primary key,
    incident_id uuid not null,
    state text not null constraint grid_incident_pauses_state_check check (state in ('suspended', 'waiting')),
    from_at timestamptz not null,
    until_at timestamptz,
    constraint grid_incident_pauses_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create index grid_incident_pauses_incident_idx on grid_incident_pauses (incident_id, id);

-- What somebody wants to be decided about a case: more time, to strike it.
create table grid_incident_requests (
    id uuid not null primary key,
    incident_id uuid not null,
    kind text not null constraint grid_incident_requests_kind_check check (kind in ('extension', 'void')),
    extra_count integer,
    reason text not null,
    asked_by uuid not null,
    asked_at timestamptz not null,
    outcome text not null constraint grid_incident_requests_outcome_check check (outcome in ('pending', 'granted', 'refused', 'moot')),
    decided_by uuid,
    decided_at timestamptz,
    note text,
    version bigint not null,
    constraint grid_incident_requests_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create unique index grid_incident_requests_incident_id_key on grid_incident_requests (incident_id, kind) where outcome = 'pending';
create index grid_incident_requests_incident_idx on grid_incident_requests (incident_id, id);

-- When the clock that runs for a case is over, beside its state: what is overdue below a unit is one range.
alter table grid_incident_scopes add column due_at timestamptz;
create index grid_incident_scopes_due_idx on grid_incident_scopes (ancestor_unit_id, due_at, incident_id) where due_at is not null;
create index grid_incidents_assignee_due_idx on grid_incidents (assignee_id, due_at, id) where assignee_id is not null and due_at is not null;
create index grid_incidents_assignee_unit_due_idx on grid_incidents (assignee_unit_id, due_at, id) where assignee_unit_id is not null and due_at is not null;
create index grid_incidents_resume_idx on grid_incidents (resume_at) where resume_at is not null;
