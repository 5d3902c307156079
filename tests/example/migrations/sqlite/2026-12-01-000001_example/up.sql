create table example_sightings (
    event_id blob not null primary key,
    incident_id blob not null,
    state text not null,
    seen_at integer not null
) without rowid;
create index example_sightings_incident_idx on example_sightings (incident_id, event_id);
