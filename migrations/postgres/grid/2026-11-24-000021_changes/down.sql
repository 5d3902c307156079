drop index grid_incident_steps_unplaced_idx;
drop index grid_incident_steps_place_key;
drop table grid_feeds;
alter table grid_incident_steps drop column place;
