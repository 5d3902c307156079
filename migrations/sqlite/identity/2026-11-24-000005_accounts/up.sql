create table identity_invitations (
    id blob not null primary key,
    login text,
    display_name text not null,
    unit_id blob not null,
    unit_path text not null,
    role_id blob,
    grant_unit_id blob,
    subtree boolean not null,
    grant_until integer,
    reason text not null,
    language text not null constraint identity_invitations_language_check check (language in ('zh', 'en')),
    address_kind text not null constraint identity_invitations_address_kind_check check (address_kind in ('phone', 'mail')),
    address_masked text not null,
    address_sealed text,
    state text not null constraint identity_invitations_state_check check (state in ('pending', 'accepted', 'withdrawn')),
    code_digest text not null,
    sent_at integer not null,
    sends integer not null,
    expires_at integer not null,
    invited_by blob not null,
    created_at integer not null,
    ended_at integer,
    ended_by blob,
    version bigint not null,
    constraint identity_invitations_role_fkey foreign key (role_id) references identity_roles (id) on delete restrict,
    constraint identity_invitations_invited_by_fkey foreign key (invited_by) references identity_users (id) on delete restrict,
    constraint identity_invitations_ended_by_fkey foreign key (ended_by) references identity_users (id) on delete restrict
);
create index identity_invitations_unit_path_idx on identity_invitations (unit_path, id);
create index identity_invitations_unit_idx on identity_invitations (unit_id);
create index identity_invitations_role_idx on identity_invitations (role_id);
create index identity_invitations_invited_by_idx on identity_invitations (invited_by);
create index identity_invitations_ended_by_idx on identity_invitations (ended_by);

create table identity_contacts (
    id blob not null primary key,
    user_id blob not null,
    kind text not null constraint identity_contacts_kind_check check (kind in ('phone', 'mail')),
    address_hash text not null,
    address_masked text not null,
    address_sealed text not null,
    claim text,
    verified_at integer,
    created_at integer not null,
    constraint identity_contacts_user_fkey foreign key (user_id) references identity_users (id) on delete cascade,
    constraint identity_contacts_user_id_address_hash_key unique (user_id, address_hash),
    constraint identity_contacts_claim_key unique (claim)
);
create index identity_contacts_address_hash_idx on identity_contacts (address_hash);

create table identity_codes (
    id blob not null primary key,
    purpose text not null constraint identity_codes_purpose_check check (purpose in ('registration', 'reset', 'contact')),
    subject_hash text not null,
    user_id blob,
    contact_id blob,
    unit_id blob,
    sealed text,
    language text not null constraint identity_codes_language_check check (language in ('zh', 'en')),
    digest text,
    tries integer not null,
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    constraint identity_codes_user_fkey foreign key (user_id) references identity_users (id) on delete cascade,
    constraint identity_codes_contact_fkey foreign key (contact_id) references identity_contacts (id) on delete cascade
);
create index identity_codes_subject_idx on identity_codes (subject_hash, created_at);
create index identity_codes_user_idx on identity_codes (user_id);
create index identity_codes_contact_idx on identity_codes (contact_id);
create index identity_codes_expires_at_idx on identity_codes (expires_at);

create table identity_passwords (
    id blob not null primary key,
    user_id blob not null,
    hash text not null,
    set_at integer not null,
    constraint identity_passwords_user_fkey foreign key (user_id) references identity_users (id) on delete cascade
);
create index identity_passwords_user_idx on identity_passwords (user_id, id);

create table identity_policies (
    name text not null primary key,
    body text not null,
    updated_at integer not null,
    updated_by blob not null,
    version bigint not null,
    constraint identity_policies_updated_by_fkey foreign key (updated_by) references identity_users (id) on delete restrict
);
create index identity_policies_updated_by_idx on identity_policies (updated_by);
