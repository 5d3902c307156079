-- A change of state finds its rows by the units above; an index by incident was six entries more for each report.
drop index grid_incident_scopes_incident_idx;
