alter table identity_sessions add column device text not null default '';
alter table identity_sessions add column place text not null default '';
alter table identity_sessions add column method text not null default 'password';

create table identity_totp (
    user_id uuid not null primary key,
    sealed text not null,
    confirmed_at timestamptz,
    last_step bigint not null,
    created_at timestamptz not null,
    constraint identity_totp_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);

create table identity_recovery_codes (
    user_id uuid not null,
    hash text not null,
    created_at timestamptz not null,
    used_at timestamptz,
    primary key (user_id, hash),
    constraint identity_recovery_codes_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);

create table identity_challenges (
    id uuid not null primary key,
    handle text not null,
    hash text not null,
    kind text not null constraint identity_challenges_kind_check check (kind in ('second_factor', 'ticket')),
    user_id uuid not null,
    user_version bigint not null,
    method text not null,
    attempts integer not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint identity_challenges_handle_key unique (handle),
    constraint identity_challenges_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);
create index identity_challenges_user_idx on identity_challenges (user_id);
create index identity_challenges_expires_at_idx on identity_challenges (expires_at);

create table identity_sign_ins (
    id uuid not null primary key,
    at timestamptz not null,
    minute bigint not null,
    user_id uuid,
    login_digest text,
    outcome text not null,
    method text not null,
    device text not null,
    place text not null,
    session_id uuid,
    tries bigint not null,
    constraint identity_sign_ins_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);
create index identity_sign_ins_user_idx on identity_sign_ins (user_id, id);
create index identity_sign_ins_minute_idx on identity_sign_ins (minute, place);
create index identity_sign_ins_at_idx on identity_sign_ins (at);

create table identity_service_accounts (
    user_id uuid not null primary key,
    owner_id uuid not null,
    purpose text not null,
    created_by uuid,
    created_at timestamptz not null,
    constraint identity_service_accounts_user_fkey foreign key (user_id) references identity_users (id) on delete cascade,
    constraint identity_service_accounts_owner_fkey foreign key (owner_id) references identity_users (id) on delete restrict,
    constraint identity_service_accounts_created_by_fkey foreign key (created_by) references identity_users (id) on delete restrict
);
create index identity_service_accounts_owner_idx on identity_service_accounts (owner_id);
create index identity_service_accounts_created_by_idx on identity_service_accounts (created_by);

create table identity_api_keys (
    id uuid not null primary key,
    user_id uuid not null,
    name text not null,
    handle text not null,
    hash text not null,
    permissions jsonb,
    created_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    rotated_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    revoke_reason text,
    version bigint not null,
    constraint identity_api_keys_handle_key unique (handle),
    constraint identity_api_keys_dates_check check (expires_at >= created_at),
    constraint identity_api_keys_user_fkey foreign key (user_id) references identity_users (id) on delete cascade,
    constraint identity_api_keys_created_by_fkey foreign key (created_by) references identity_users (id) on delete restrict,
    constraint identity_api_keys_revoked_by_fkey foreign key (revoked_by) references identity_users (id) on delete restrict
);
create index identity_api_keys_user_idx on identity_api_keys (user_id, id);
create index identity_api_keys_created_by_idx on identity_api_keys (created_by);
create index identity_api_keys_revoked_by_idx on identity_api_keys (revoked_by);

create table identity_external (
    id uuid not null primary key,
    provider text not null,
    issuer text not null,
    subject text not null,
    user_id uuid not null,
    linked_by uuid,
    linked_at timestamptz not null,
    last_used_at timestamptz,
    constraint identity_external_issuer_subject_key unique (issuer, subject),
    constraint identity_external_user_id_issuer_key unique (user_id, issuer),
    constraint identity_external_user_fkey foreign key (user_id) references identity_users (id) on delete cascade,
    constraint identity_external_linked_by_fkey foreign key (linked_by) references identity_users (id) on delete restrict
);
create index identity_external_linked_by_idx on identity_external (linked_by);

create table identity_oidc_states (
    state text not null primary key,
    expires_at timestamptz not null
);
create index identity_oidc_states_expires_at_idx on identity_oidc_states (expires_at);
