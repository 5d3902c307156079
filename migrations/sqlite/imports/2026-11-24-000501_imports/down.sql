drop table imports_row_names;
drop table imports_rows;
drop table imports_imports;
