-- A code is taken as long as its grid lives, in the whole realm. Codes of another shape stay a unit's own until they are changed;
-- what two live grids have already is nobody's alone.
drop index grid_grids_code_key;
create unique index grid_grids_code_key on grid_grids (unit_id, code) where retired_at is null;
alter table grid_grids add column code_held text;
update grid_grids set code_held = code where retired_at is null and length(code) = 15 and not exists (
    select 1 from grid_grids as other where other.code = grid_grids.code and other.retired_at is null and other.id <> grid_grids.id);
create unique index grid_grids_code_held_key on grid_grids (code_held);
