create index grid_incident_scopes_incident_idx on grid_incident_scopes (incident_id);
