create table identity_users (
    id blob not null primary key,
    login text not null,
    display_name text not null,
    unit_id blob not null,
    unit_path text not null,
    status text not null constraint identity_users_status_check check (status in ('enabled', 'disabled')),
    password_hash text,
    must_change_password boolean not null,
    failed_count integer not null,
    last_failed_at integer,
    created_at integer not null,
    version bigint not null,
    constraint identity_users_login_key unique (login)
);
create index identity_users_unit_path_idx on identity_users (unit_path, id);
create index identity_users_unit_idx on identity_users (unit_id);

create table identity_roles (
    id blob not null primary key,
    name text not null,
    label_en text not null,
    label_zh text not null,
    builtin boolean not null,
    unit_id blob,
    unit_path text,
    gives_all boolean not null,
    retired boolean not null,
    created_at integer not null,
    version bigint not null,
    constraint identity_roles_name_key unique (name)
);
create index identity_roles_unit_path_idx on identity_roles (unit_path);

create table identity_role_permissions (
    role_id blob not null,
    permission text not null,
    primary key (role_id, permission),
    constraint identity_role_permissions_role_fkey foreign key (role_id) references identity_roles (id) on delete cascade
);
create index identity_role_permissions_permission_idx on identity_role_permissions (permission, role_id);

create table identity_grants (
    id blob not null primary key,
    user_id blob not null,
    role_id blob not null,
    unit_id blob not null,
    unit_path text not null,
    subtree boolean not null,
    valid_from integer not null,
    valid_until integer,
    reason text not null,
    ticket text,
    granted_by blob,
    granted_under text not null,
    created_at integer not null,
    revoked_at integer,
    revoked_by blob,
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
    id blob not null primary key,
    user_id blob not null,
    secret text not null,
    generation bigint not null,
    rotated_at integer not null,
    replayable boolean not null,
    given_again boolean not null,
    confirmed boolean not null,
    expires_at integer not null,
    revoked_at integer,
    created_at integer not null,
    last_used_at integer not null,
    constraint identity_sessions_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);
create index identity_sessions_user_idx on identity_sessions (user_id, id);
create index identity_sessions_expires_at_idx on identity_sessions (expires_at);

create table identity_signing_keys (
    name text not null primary key,
    ring text not null,
    updated_at integer not null
);

create table identity_rights_state (
    id integer not null primary key constraint identity_rights_state_one_check check (id = 1),
    epoch bigint not null
);
insert into identity_rights_state (id, epoch) values (1, 1);

create table identity_rights_log (
    epoch bigint not null primary key,
    user_id blob,
    at integer not null
);
create index identity_rights_log_at_idx on identity_rights_log (at);
