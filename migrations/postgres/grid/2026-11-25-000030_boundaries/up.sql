-- Every boundary that was ever drawn. `settled_at`: since when it needs no more doing: it was put on the map, or fell away before.
create table grid_boundaries (
    grid_id uuid not null,
    version bigint not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    geometry text not null,
    min_lat double precision not null,
    max_lat double precision not null,
    min_lng double precision not null,
    max_lng double precision not null,
    drawn_by uuid,
    drawn_at timestamptz not null,
    settled_at timestamptz,
    primary key (grid_id, version),
    constraint grid_boundaries_grid_fkey foreign key (grid_id) references grid_grids (id)
);
create index grid_boundaries_pending_idx on grid_boundaries (valid_from) where settled_at is null;
-- Who drew what is there, and when, was not kept: it holds since the grid was made.
insert into grid_boundaries (grid_id, version, valid_from, valid_until, geometry, min_lat, max_lat, min_lng, max_lng, drawn_at, settled_at)
    select id, 1, created_at, retired_at, boundary, min_lat, max_lat, min_lng, max_lng, created_at, created_at
    from grid_grids where boundary is not null;
