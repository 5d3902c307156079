-- SQLite changes no check: the column is made anew beside the old one and takes its name.
alter table grid_incidents add column state_now text not null default 'reported' constraint grid_incidents_state_check check (state_now in ('reported', 'accepted', 'dispatched', 'in_progress', 'resolved', 'verified', 'closed', 'rejected', 'reopened', 'suspended', 'waiting', 'merged', 'void'));
update grid_incidents set state_now = state;
alter table grid_incidents drop column state;
alter table grid_incidents rename column state_now to state;
alter table grid_incidents add column number text not null default '';
alter table grid_incidents add column source text not null default 'resident' constraint grid_incidents_source_check check (source in ('resident', 'staff', 'anonymous', 'field', 'open311', 'visit'));
alter table grid_incidents add column merged_into_id blob;
alter table grid_incidents add column score integer constraint grid_incidents_score_check check (score between 1 and 5);
alter table grid_incidents add column occurred_at integer;
-- Those that have none get one from their id, as those reported before would have been written down.
update grid_incidents set number = strftime('%Y%m%d', reported_at / 1000000 + 28800, 'unixepoch') || '-' || upper(hex(substr(id, 12, 5)));
create unique index grid_incidents_number_key on grid_incidents (number);
create index grid_incidents_merged_into_idx on grid_incidents (merged_into_id) where merged_into_id is not null;

-- What figures are counted from besides: a history is enough to count them again.
alter table grid_incident_steps add column unit_id blob;
alter table grid_incident_steps add column grid_id blob;
alter table grid_incident_steps add column source text;
alter table grid_incident_steps add column late boolean;
alter table grid_incident_steps add column score integer;
update grid_incident_steps set source = 'resident',
    unit_id = (select i.unit_id from grid_incidents as i where i.id = grid_incident_steps.incident_id),
    grid_id = (select i.grid_id from grid_incidents as i where i.id = grid_incident_steps.incident_id)
    where seq = 1;

-- Who hears of a case besides its reporter.
create table grid_followers (
    incident_id blob not null,
    user_id blob not null,
    kind text not null constraint grid_followers_kind_check check (kind in ('me_too', 'merged')),
    at integer not null,
    primary key (incident_id, user_id),
    constraint grid_followers_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create index grid_followers_user_idx on grid_followers (user_id, incident_id);

-- What follows a case that nobody signed for: only the hash of the token is kept.
create table grid_tokens (
    token_hash text not null primary key,
    incident_id blob not null,
    at integer not null,
    constraint grid_tokens_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create unique index grid_tokens_incident_id_key on grid_tokens (incident_id);

-- What somebody has begun to report.
create table grid_drafts (
    id blob not null primary key,
    owner_id blob not null,
    content text not null,
    changed_at integer not null,
    version bigint not null
) without rowid;
create index grid_drafts_owner_idx on grid_drafts (owner_id, id);

-- What was sent by a device with an id of its own, and what became of it.
create table grid_field_records (
    sender_id blob not null,
    client_id blob not null,
    incident_id blob not null,
    fingerprint text not null,
    at integer not null,
    primary key (sender_id, client_id),
    constraint grid_field_records_incident_fkey foreign key (incident_id) references grid_incidents (id)
) without rowid;
create index grid_field_records_incident_idx on grid_field_records (incident_id);

-- Words that officials answer with, for a unit and below.
create table grid_answers (
    id blob not null primary key,
    unit_id blob not null,
    category_id blob,
    title text not null,
    body text not null,
    retired_at integer,
    version bigint not null,
    created_at integer not null,
    constraint grid_answers_category_fkey foreign key (category_id) references grid_categories (id)
) without rowid;
create index grid_answers_unit_idx on grid_answers (unit_id, id);
create index grid_answers_category_idx on grid_answers (category_id) where category_id is not null;
