drop table grid_emptying;
drop table grid_lineage;
