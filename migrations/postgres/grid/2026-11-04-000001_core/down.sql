drop table grid_incident_scopes;
drop table grid_incident_steps;
drop table grid_incidents;
drop table grid_posts;
drop table grid_scopes;
drop table grid_cells;
drop table grid_grids;
drop table grid_units;
