drop table calendar_years;
drop table calendar_versions;
drop table calendar_calendars;
