alter table grid_incidents drop constraint grid_incidents_state_check;
alter table grid_incidents add constraint grid_incidents_state_check check (state in ('reported', 'accepted', 'dispatched', 'in_progress', 'resolved', 'verified', 'closed', 'rejected', 'reopened', 'suspended', 'waiting', 'merged', 'void'));
alter table grid_incidents add column number text not null default '';
alter table grid_incidents add column source text not null default 'resident' constraint grid_incidents_source_check check (source in ('resident', 'staff', 'anonymous', 'field', 'open311', 'visit'));
alter table grid_incidents add column merged_into_id uuid;
alter table grid_incidents add column score integer constraint grid_incidents_score_check check (score between 1 and 5);
alter table grid_incidents add column occurred_at timestamptz;
-- Those that have none get one from their id, as those reported before would have been written down.
update grid_incidents set number = to_char((reported_at at time zone 'UTC') + interval '8 hours', 'YYYYMMDD') || '-' || upper(right(replace(id::text, '-', ''), 10));
create unique index grid_incidents_number_key on grid_incidents (number);
create index grid_incidents_merged_into_idx on grid_incidents (merged_into_id) where merged_into_id is not null;

-- What figures are counted from besides: a history is enough to count them again.
alter table grid_incident_steps add column unit_id uuid;
alter table grid_incident_steps add column grid_id uuid;
alter table grid_incident_steps add column source text;
alter table grid_incident_steps add column late boolean;
alter table grid_incident_steps add column score integer;
update grid_incident_steps set source = 'resident',
    unit_id = (select i.unit_id from grid_incidents as i where i.id = grid_incident_steps.incident_id),
    grid_id = (select i.grid_id from grid_incidents as i where i.id = grid_incident_steps.incident_id)
    where seq = 1;

-- Who hears of a case besides its reporter.
create table grid_followers (
    incident_id uuid not null,
    user_id uuid not null,
    kind text not null constraint grid_followers_kind_check check (kind in ('me_too', 'merged')),
    at timestamptz not null,
    primary key (incident_id, user_id),
    constraint grid_followers_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create index grid_followers_user_idx on grid_followers (user_id, incident_id);

-- What follows a case that nobody signed for: only the hash of the token is kept.
create table grid_tokens (
    token_hash text not null primary key,
    incident_id uuid not null,
    at timestamptz not null,
    constraint grid_tokens_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create unique index grid_tokens_incident_id_key on grid_tokens (incident_id);

-- What somebody has begun to report.
create table grid_drafts (
    id uuid not null primary key,
    owner_id uuid not null,
    content text not null,
    changed_at timestamptz not null,
    version bigint not null
);
create index grid_drafts_owner_idx on grid_drafts (owner_id, id);

-- What was sent by a device with an id of its own, and what became of it.
create table grid_field_records (
    sender_id uuid not null,
    client_id uuid not null,
    incident_id uuid not null,
    fingerprint text not null,
    at timestamptz not null,
    primary key (sender_id, client_id),
    constraint grid_field_records_incident_fkey foreign key (incident_id) references grid_incidents (id)
);
create index grid_field_records_incident_idx on grid_field_records (incident_id);

-- Words that officials answer with, for a unit and below.
create table grid_answers (
    id uuid not null primary key,
    unit_id uuid not null,
    category_id uuid,
    title text not null,
    body text not null,
    retired_at timestamptz,
    version bigint not null,
    created_at timestamptz not null,
    constraint grid_answers_category_fkey foreign key (category_id) references grid_categories (id)
);
create index grid_answers_unit_idx on grid_answers (unit_id, id);
create index grid_answers_category_idx on grid_answers (category_id) where category_id is not null;
