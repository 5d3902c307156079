-- The cases that were reported through Open311: what the standard says of them and grid does not.
create table open311_requests (
    incident_id uuid not null primary key,
    account_id uuid not null,
    external_id text,
    media_urls text not null,
    reported_at timestamptz not null
);
create unique index open311_requests_external_id_key on open311_requests (account_id, external_id);

-- What happened to them that is told to who reported them, behind the commit of the step.
create table open311_told (
    step_id uuid not null primary key,
    account_id uuid not null,
    incident_id uuid not null,
    status text not null,
    at timestamptz not null,
    constraint open311_told_incident_fkey foreign key (incident_id) references open311_requests (incident_id)
);
create index open311_told_account_idx on open311_told (account_id, at, step_id);
create index open311_told_incident_idx on open311_told (incident_id);

-- What who reported them says besides.
create table open311_remarks (
    id uuid not null primary key,
    incident_id uuid not null,
    account_id uuid not null,
    update_id text not null,
    status text not null,
    description text not null,
    media_urls text not null,
    has_reopened boolean not null,
    said_at timestamptz not null,
    received_at timestamptz not null,
    constraint open311_remarks_incident_fkey foreign key (incident_id) references open311_requests (incident_id)
);
create unique index open311_remarks_update_id_key on open311_remarks (account_id, incident_id, update_id);
create index open311_remarks_incident_idx on open311_remarks (incident_id, id);
