create table example_sightings (
    event_id uuid not null primary key,
    incident_id uuid not null,
    state text not null,
    seen_at timestamptz not null
);
create index example_sightings_incident_idx on example_sightings (incident_id, event_id);
