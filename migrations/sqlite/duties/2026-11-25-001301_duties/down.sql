drop table duties_admissions;
drop table duties_items;
drop table duties_versions;
drop table duties_lists;
