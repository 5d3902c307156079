create table identity_users (
    id uuid not null primary key,
    login text not null,
    display_name text not null,
    unit_id uuid not null,
    unit_path text collate "C" not null,
    status text not null constraint identity_users_status_check check (status in ('enabled', 'disabled')),
    password_hash text,
    must_change_password boolean not null,
    failed_count integer not null,
    last_failed_at timestamptz,
    created_at timestamptz not null,
    version bigint not null,
    constraint identity_users_login_key unique (login)
);
create index identity_users_unit_path_idx on identity_users (unit_path, id);
create index identity_users_unit_idx on identity_users (unit_id);

create table identity_roles (
    id uuid not null primary key,
    name text not null,
    label_en text not null,
    label_zh text not null,
    builtin boolean not null,
    unit_id uuid,
    unit_path text collate "C",
    gives_all boolean not null,
    retired boolean not null,
    created_at timestamptz not null,
    version bigint not null,
    constraint identity_roles_name_key unique (name)
);
create index identity_roles_unit_path_idx on identity_roles (unit_path);

create table identity_role_permissions (
    role_id uuid not null,
    permission text not null,
    primary key (role_id, permission),
    constraint identity_role_permissions_role_fkey foreign key (role_id) references identity_roles (id) on delete cascade
);
create index identity_role_permissions_permission_idx on identity_role_permissions (permission, role_id);

create table identity_grants (
    id uuid not null primary key,
    user_id uuid not null,
    role_id uuid not null,
    unit_id uuid not null,
    unit_path text collate "C" not null,
    subtree boolean not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    reason text not null,
    ticket text,
    granted_by uuid,
    granted_under jsonb not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    revoked_by uuid,
    revoke_reason text,
    version bigint not null,
    constraint identity_grants_dates_check check (valid_until is null or valid_until > valid_from),
    constraint identity_grants_user_fkey foreign key (user_id) references identity_users (id) on delete restrict,
    constraint identity_grants_role_fkey foreign key (role_id) references identity_roles (id) on delete restrict,
    constraint identity_grants_granted_by_fkey foreign key (granted_by) references identity_users (id) on delete restrict,
    constraint identity_grants_revoked_by_fkey foreign key (revoked_by) references identity_users (id) on delete restrict
);
create index identity_grants_user_idx on identity_grants (user_id, id);
create index identity_grants_role_idx on identity_grants (role_id, id);
create index identity_grants_unit_path_idx on identity_grants (unit_path, id);
create index identity_grants_unit_idx on identity_grants (unit_id);
create index identity_grants_granted_by_idx on identity_grants (granted_by);
create index identity_grants_revoked_by_idx on identity_grants (revoked_by);

create table identity_sessions (
    id uuid not null primary key,
    user_id uuid not null,
    secret text not null,
    generation bigint not null,
    rotated_at timestamptz not null,
    replayable boolean not null,
    given_again boolean not null,
    confirmed boolean not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    constraint identity_sessions_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);
create index identity_sessions_user_idx on identity_sessions (user_id, id);
create index identity_sessions_expires_at_idx on identity_sessions (expires_at);

create table identity_signing_keys (
    name text not null primary key,
    ring text not null,
    updated_at timestamptz not null
);

create table identity_rights_state (
    id integer not null primary key constraint identity_rights_state_one_check check (id = 1),
    epoch bigint not null
);
insert into identity_rights_state (id, epoch) values (1, 1);

create table identity_rights_log (
    epoch bigint not null primary key,
    user_id uuid,
    at timestamptz not null
);
create index identity_rights_log_at_idx on identity_rights_log (at);
