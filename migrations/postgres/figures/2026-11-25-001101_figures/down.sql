drop table figures_marks;
drop table figures_units;
drop table figures_grid_months;
drop table figures_unit_months;
drop table figures_cases;
