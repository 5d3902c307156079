drop index grid_grids_code_held_key;
alter table grid_grids drop column code_held;
drop index grid_grids_code_key;
-- What was retired gives up its code where a later grid has it: once more a unit has each once.
update grid_grids set code = null where retired_at is not null and exists (
    select 1 from grid_grids as other where other.unit_id = grid_grids.unit_id and other.code = grid_grids.code
    and other.id <> grid_grids.id and (other.retired_at is null or other.id > grid_grids.id));
create unique index grid_grids_code_key on grid_grids (unit_id, code);
