-- Lists of questions to be asked on a call. What a version asks never changes.
create table visits_forms (
    id blob not null primary key,
    unit_id blob not null,
    unit_path text not null,
    code text not null,
    name text not null,
    number bigint not null,
    retired_at integer,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null
) without rowid;
create unique index visits_forms_unit_id_key on visits_forms (unit_id, code) where retired_at is null;
create index visits_forms_unit_path_idx on visits_forms (unit_path);

create table visits_form_versions (
    id blob not null primary key,
    form_id blob not null,
    number bigint not null,
    questions text not null,
    created_at integer not null,
    created_by blob not null,
    constraint visits_form_versions_form_fkey foreign key (form_id) references visits_forms (id),
    constraint visits_form_versions_form_id_number_key unique (form_id, number)
) without rowid;

-- How often workers are to call, from a month on. Rows are added and never changed: of two for one month the later holds.
create table visits_rules (
    id blob not null primary key,
    unit_id blob not null,
    unit_path text not null,
    number bigint not null,
    from_on text not null,
    is_ended boolean not null,
    days bigint not null constraint visits_rules_days_check check (days between 0 and 31),
    households bigint not null constraint visits_rules_households_check check (households between 0 and 10000),
    min_days_between bigint not null,
    priority_days bigint not null,
    recorded_at integer not null,
    recorded_by blob not null,
    constraint visits_rules_unit_id_number_key unique (unit_id, number)
) without rowid;
create index visits_rules_unit_path_idx on visits_rules (unit_path);

create table visits_plans (
    id blob not null primary key,
    worker_id blob not null,
    household_id blob not null,
    unit_id blob not null,
    unit_path text not null,
    grid_id blob not null,
    planned_on text not null,
    state text not null constraint visits_plans_state_check check (state in ('planned', 'done', 'dropped', 'missed')),
    visit_id blob,
    reason text,
    planned_by blob not null,
    version bigint not null,
    created_at integer not null,
    ended_at integer
) without rowid;
create unique index visits_plans_worker_id_key on visits_plans (worker_id, household_id, planned_on) where state = 'planned';
create index visits_plans_worker_idx on visits_plans (worker_id, planned_on, id);
create index visits_plans_unit_path_idx on visits_plans (unit_path, planned_on);
create index visits_plans_state_idx on visits_plans (state, planned_on);

-- A call as it holds now; what was said of it before is in its editions.
create table visits_visits (
    id blob not null primary key,
    household_id blob not null,
    unit_id blob not null,
    unit_path text not null,
    grid_id blob not null,
    worker_id blob not null,
    visited_at integer not null,
    visited_on text not null,
    way text not null constraint visits_visits_way_check check (way in ('in_person', 'phone')),
    presence text not null constraint visits_visits_presence_check check (presence in ('near', 'far', 'unknown')),
    distance_m bigint,
    lat double,
    lng double,
    accuracy_m bigint,
    incident_id blob,
    plan_id blob,
    edition bigint not null,
    struck_at integer,
    struck_by blob,
    strike_reason text,
    version bigint not null,
    recorded_at integer not null
) without rowid;
create index visits_visits_worker_idx on visits_visits (worker_id, visited_on);
create index visits_visits_household_idx on visits_visits (household_id, visited_on);
create index visits_visits_grid_idx on visits_visits (grid_id, visited_at);
create index visits_visits_unit_path_idx on visits_visits (unit_path, visited_at);
create index visits_visits_time_idx on visits_visits (visited_at, id);

-- What a worker said of a call, and how it was corrected. The content (note, answers, the case reported with it, why it was
-- corrected) is sealed under the key of the person in sealed_for.
create table visits_editions (
    visit_id blob not null,
    number bigint not null,
    visited_at integer not null,
    visited_on text not null,
    way text not null,
    met text not null,
    form_id blob,
    form_number bigint,
    sealed_for blob,
    content blob,
    recorded_at integer not null,
    recorded_by blob not null,
    primary key (visit_id, number),
    constraint visits_editions_visit_fkey foreign key (visit_id) references visits_visits (id)
) without rowid;
