drop table grid_boundaries;
