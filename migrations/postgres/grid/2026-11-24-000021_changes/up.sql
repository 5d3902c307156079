alter table grid_incident_steps add column place bigint;

create table grid_feeds (
    name text not null primary key,
    newest bigint not null
);

update grid_incident_steps set place = numbered.place
    from (select id, row_number() over (order by id) as place from grid_incident_steps) as numbered
    where numbered.id = grid_incident_steps.id;
insert into grid_feeds (name, newest) select 'incident_steps', count(*) from grid_incident_steps;

create unique index grid_incident_steps_place_key on grid_incident_steps (place);
create index grid_incident_steps_unplaced_idx on grid_incident_steps (id) where place is null;
