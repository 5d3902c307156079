create table calendar_calendars (
    id uuid not null primary key,
    unit_id uuid not null,
    unit_path text collate "C" not null,
    name text not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint calendar_calendars_unit_id_key unique (unit_id)
);
create index calendar_calendars_unit_path_idx on calendar_calendars (unit_path);

-- What a calendar says from a day on. Rows are added, never changed: what was counted by them can be counted again.
create table calendar_versions (
    id uuid not null primary key,
    calendar_id uuid not null,
    number bigint not null,
    from_on date not null,
    is_ended boolean not null,
    follows text not null constraint calendar_versions_follows_check check (follows in ('above', 'own', 'week')),
    time_zone text,
    week jsonb,
    recorded_at timestamptz not null,
    recorded_by uuid not null,
    constraint calendar_versions_calendar_fkey foreign key (calendar_id) references calendar_calendars (id),
    constraint calendar_versions_calendar_id_number_key unique (calendar_id, number)
);

-- The exceptions of a year as they were put once; the last put before a moment are those known then.
create table calendar_years (
    id uuid not null primary key,
    calendar_id uuid not null,
    year integer not null constraint calendar_years_year_check check (year between 1970 and 2169),
    number bigint not null,
    is_complete boolean not null,
    days jsonb not null,
    recorded_at timestamptz not null,
    recorded_by uuid not null,
    constraint calendar_years_calendar_fkey foreign key (calendar_id) references calendar_calendars (id),
    constraint calendar_years_calendar_id_year_number_key unique (calendar_id, year, number)
);
