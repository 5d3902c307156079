drop table files_usage;
drop table files_files;
drop table files_objects;
drop table files_realm;
