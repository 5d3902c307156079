-- Which grids came of which. `place`: which of a split's parts it is; the first takes what no part has.
create table grid_lineage (
    from_id blob not null,
    to_id blob not null,
    place bigint not null,
    at integer not null,
    kind text not null constraint grid_lineage_kind_check check (kind in ('split', 'merge')),
    primary key (from_id, to_id),
    constraint grid_lineage_from_fkey foreign key (from_id) references grid_grids (id),
    constraint grid_lineage_to_fkey foreign key (to_id) references grid_grids (id)
) without rowid;
create index grid_lineage_to_idx on grid_lineage (to_id);

-- Retired grids whose open incidents are still to follow.
create table grid_emptying (
    grid_id blob not null primary key,
    at integer not null,
    constraint grid_emptying_grid_fkey foreign key (grid_id) references grid_grids (id)
) without rowid;
