alter table grid_incident_steps drop column to_category_id;
alter table grid_incident_steps drop column from_category_id;
drop index grid_incidents_category_idx;
alter table grid_incidents drop column priority;
alter table grid_incidents drop column category_id;
drop table grid_category_rules;
drop table grid_category_scopes;
drop table grid_categories;
