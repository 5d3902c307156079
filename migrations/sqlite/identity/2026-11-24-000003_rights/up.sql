alter table identity_grants add column awaits_approval boolean not null default false;
alter table identity_grants add column notice_due_at integer;
update identity_grants set notice_due_at = valid_until - 604800000000 where valid_until is not null and revoked_at is null;
drop index identity_grants_role_idx;
create index identity_grants_role_place_idx on identity_grants (role_id, unit_path, id, subtree, valid_until, revoked_at);
create index identity_grants_role_user_idx on identity_grants (role_id, user_id, unit_path);
create index identity_grants_valid_until_idx on identity_grants (valid_until, id) where valid_until is not null;
create index identity_grants_notice_due_at_idx on identity_grants (notice_due_at, id) where notice_due_at is not null;

create table identity_grant_approvals (
    grant_id blob not null primary key,
    approved_by blob not null,
    approved_at integer not null,
    reason text not null,
    constraint identity_grant_approvals_grant_fkey foreign key (grant_id) references identity_grants (id) on delete restrict,
    constraint identity_grant_approvals_approved_by_fkey foreign key (approved_by) references identity_users (id) on delete restrict
);
create index identity_grant_approvals_approved_by_idx on identity_grant_approvals (approved_by);

create table identity_role_conflicts (
    id blob not null primary key,
    role_a_id blob not null,
    role_b_id blob not null,
    place text not null constraint identity_role_conflicts_place_check check (place in ('same_unit', 'line', 'anywhere')),
    mode text not null constraint identity_role_conflicts_mode_check check (mode in ('forbid', 'needs_second')),
    reason text not null,
    created_by blob not null,
    created_at integer not null,
    constraint identity_role_conflicts_role_a_id_role_b_id_key unique (role_a_id, role_b_id),
    constraint identity_role_conflicts_order_check check (role_a_id < role_b_id),
    constraint identity_role_conflicts_role_a_fkey foreign key (role_a_id) references identity_roles (id) on delete restrict,
    constraint identity_role_conflicts_role_b_fkey foreign key (role_b_id) references identity_roles (id) on delete restrict,
    constraint identity_role_conflicts_created_by_fkey foreign key (created_by) references identity_users (id) on delete restrict
);
create index identity_role_conflicts_role_b_idx on identity_role_conflicts (role_b_id);
create index identity_role_conflicts_created_by_idx on identity_role_conflicts (created_by);
