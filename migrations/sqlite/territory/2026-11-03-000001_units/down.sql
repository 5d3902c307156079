drop table territory_tree_lock;
drop table territory_unit_versions;
drop table territory_units;
drop table territory_imports;
