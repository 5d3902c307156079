create table whistles_whistles (
    id blob not null primary key,
    incident_id blob not null,
    case_number text not null,
    unit_id blob not null,
    unit_path text not null,
    wanted text not null,
    report_due_at integer not null,
    result_due_at integer not null,
    blown_by blob not null,
    blown_at integer not null,
    ended_at integer,
    version bigint not null,
    constraint whistles_whistles_due_check check (report_due_at <= result_due_at)
) without rowid;
create index whistles_whistles_unit_path_idx on whistles_whistles (unit_path, id);
create index whistles_whistles_incident_idx on whistles_whistles (incident_id, id);
create index whistles_whistles_unit_idx on whistles_whistles (unit_id) where ended_at is null;

-- One department's part. Whether it is late follows from its moments and is not written down; that it was told of is.
create table whistles_calls (
    id blob not null primary key,
    whistle_id blob not null,
    incident_id blob not null,
    unit_id blob not null,
    unit_path text not null,
    state text not null constraint whistles_calls_state_check check (state in ('called', 'reported', 'answered', 'graded', 'declined', 'excused', 'withdrawn')),
    report_due_at integer not null,
    result_due_at integer not null,
    due_at integer not null,
    blown_at integer not null,
    reported_at integer,
    reported_by blob,
    who_comes text,
    coming_at integer,
    result_at integer,
    result_by blob,
    result text,
    declined_at integer,
    declined_by blob,
    decline_reason text,
    graded_at integer,
    graded_by blob,
    grade integer constraint whistles_calls_grade_check check (grade between 1 and 5),
    remark text,
    withdrawn_at integer,
    report_told_at integer,
    result_told_at integer,
    over_at integer,
    version bigint not null,
    constraint whistles_calls_whistle_fkey foreign key (whistle_id) references whistles_whistles (id)
) without rowid;
create index whistles_calls_whistle_idx on whistles_calls (whistle_id, id);
-- Nobody is called twice to one case before the first call is over.
create unique index whistles_calls_incident_id_key on whistles_calls (incident_id, unit_id) where over_at is null;
create index whistles_calls_open_idx on whistles_calls (due_at, id) where over_at is null;
create index whistles_calls_unit_idx on whistles_calls (unit_id) where over_at is null;
create index whistles_calls_figures_idx on whistles_calls (unit_path, blown_at);

-- What was done to a call, in order. Rows are added and never changed.
create table whistles_steps (
    call_id blob not null,
    seq bigint not null,
    action text not null,
    to_state text not null,
    actor_id blob not null,
    at integer not null,
    note text,
    primary key (call_id, seq),
    constraint whistles_steps_call_fkey foreign key (call_id) references whistles_calls (id)
) without rowid;
