create table grid_categories (
    id uuid not null primary key,
    parent_id uuid,
    unit_id uuid not null,
    kind text not null constraint grid_categories_kind_check check (kind in ('event', 'component')),
    name text not null,
    code text,
    is_local boolean not null,
    depth integer not null constraint grid_categories_depth_check check (depth between 1 and 6),
    retired_at timestamptz,
    version bigint not null,
    created_at timestamptz not null,
    constraint grid_categories_parent_fkey foreign key (parent_id) references grid_categories (id)
);
create unique index grid_categories_code_key on grid_categories (code);
create index grid_categories_parent_idx on grid_categories (parent_id, id) where parent_id is not null;
create index grid_categories_unit_idx on grid_categories (unit_id, id);

-- One row for every category and each above it, itself included: a subtree is one range, what is above another.
create table grid_category_scopes (
    ancestor_id uuid not null,
    category_id uuid not null,
    steps integer not null,
    primary key (ancestor_id, category_id),
    constraint grid_category_scopes_ancestor_fkey foreign key (ancestor_id) references grid_categories (id),
    constraint grid_category_scopes_category_fkey foreign key (category_id) references grid_categories (id)
);
create index grid_category_scopes_category_idx on grid_category_scopes (category_id, steps);

create table grid_category_rules (
    category_id uuid not null,
    unit_id uuid not null,
    department_id uuid,
    priority text constraint grid_category_rules_priority_check check (priority in ('low', 'normal', 'high', 'urgent')),
    requires text,
    accept_count integer constraint grid_category_rules_accept_count_check check (accept_count > 0),
    accept_unit text constraint grid_category_rules_accept_unit_check check (accept_unit in ('working_minutes', 'working_hours', 'working_days', 'calendar_days')),
    resolve_count integer constraint grid_category_rules_resolve_count_check check (resolve_count > 0),
    resolve_unit text constraint grid_category_rules_resolve_unit_check check (resolve_unit in ('working_minutes', 'working_hours', 'working_days', 'calendar_days')),
    version bigint not null,
    primary key (category_id, unit_id),
    constraint grid_category_rules_category_fkey foreign key (category_id) references grid_categories (id)
);

alter table grid_incidents add column category_id uuid constraint grid_incidents_category_fkey references grid_categories (id);
alter table grid_incidents add column priority text constraint grid_incidents_priority_check check (priority in ('low', 'normal', 'high', 'urgent'));
create index grid_incidents_category_idx on grid_incidents (category_id, id) where category_id is not null;

alter table grid_incident_steps add column from_category_id uuid;
alter table grid_incident_steps add column to_category_id uuid;
