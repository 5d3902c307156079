create table people_master_keys (
    id text not null primary key,
    number bigint not null,
    proof bytea not null,
    since_at timestamptz not null,
    constraint people_master_keys_number_key unique (number)
);

create table people_realm_secrets (
    name text not null primary key,
    wrapped bytea not null,
    master_key_id text not null,
    constraint people_realm_secrets_master_key_fkey foreign key (master_key_id) references people_master_keys (id)
);
create index people_realm_secrets_master_key_idx on people_realm_secrets (master_key_id);

create table people_persons (
    id uuid not null primary key,
    unit_id uuid not null,
    unit_path text collate "C" not null,
    status text not null constraint people_persons_status_check check (status in ('active', 'away', 'deceased', 'erased')),
    name bytea,
    phones bytea,
    addresses bytea,
    documents bytea,
    birth_on bytea,
    sex bytea,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    erased_at timestamptz,
    erased_by uuid,
    erase_reason text
);
create index people_persons_unit_path_idx on people_persons (unit_path, id);
create index people_persons_unit_idx on people_persons (unit_id);
create index people_persons_erased_idx on people_persons (erased_at, id) where erased_at is not null;

create table people_keys (
    person_id uuid not null primary key,
    wrapped bytea not null,
    master_key_id text not null,
    constraint people_keys_person_fkey foreign key (person_id) references people_persons (id),
    constraint people_keys_master_key_fkey foreign key (master_key_id) references people_master_keys (id)
);
create index people_keys_master_key_idx on people_keys (master_key_id, person_id);

create table people_documents (
    person_id uuid not null,
    hash bytea not null,
    primary key (person_id, hash),
    constraint people_documents_person_fkey foreign key (person_id) references people_persons (id)
);
create unique index people_documents_hash_key on people_documents (hash);

create table people_phones (
    person_id uuid not null,
    hash bytea not null,
    primary key (person_id, hash),
    constraint people_phones_person_fkey foreign key (person_id) references people_persons (id)
);
create index people_phones_hash_idx on people_phones (hash, person_id);

create table people_flags (
    id uuid not null primary key,
    person_id uuid not null,
    kind text not null constraint people_flags_kind_check check (kind in ('empty_nest_elder', 'living_alone', 'low_income', 'extreme_poverty', 'disabled', 'left_behind_child', 'child_in_need', 'serious_illness', 'veteran_family', 'lost_only_child', 'pregnant', 'other')),
    from_at timestamptz not null,
    until_at timestamptz,
    reason bytea not null,
    set_by uuid not null,
    set_at timestamptz not null,
    ended_at timestamptz,
    ended_by uuid,
    version bigint not null,
    constraint people_flags_person_fkey foreign key (person_id) references people_persons (id)
);
create index people_flags_person_idx on people_flags (person_id, id);

create table people_consents (
    id uuid not null primary key,
    person_id uuid not null,
    kind text not null constraint people_consents_kind_check check (kind in ('data_processing', 'sensitive_data', 'sharing', 'notices', 'pictures', 'home_visits')),
    means text not null constraint people_consents_means_check check (means in ('paper', 'online', 'spoken', 'guardian')),
    given_at timestamptz not null,
    recorded_by uuid not null,
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    version bigint not null,
    constraint people_consents_person_fkey foreign key (person_id) references people_persons (id)
);
create index people_consents_person_idx on people_consents (person_id, id);
create unique index people_consents_kind_key on people_consents (person_id, kind) where withdrawn_at is null;

create table people_accounts (
    id uuid not null primary key,
    person_id uuid not null,
    user_id uuid not null,
    tied_at timestamptz not null,
    tied_by uuid not null,
    untied_at timestamptz,
    untied_by uuid,
    version bigint not null,
    constraint people_accounts_person_fkey foreign key (person_id) references people_persons (id)
);
create index people_accounts_person_idx on people_accounts (person_id, id);
create unique index people_accounts_user_id_key on people_accounts (user_id) where untied_at is null;

create table people_readers (
    user_id uuid not null primary key
);

create table people_readings (
    id uuid not null primary key,
    reader_id uuid not null,
    person_id uuid,
    unit_id uuid not null,
    unit_path text collate "C" not null,
    kind text not null constraint people_readings_kind_check check (kind in ('unmask', 'lookup')),
    fields text not null,
    purpose text not null,
    request_id text not null,
    at timestamptz not null,
    constraint people_readings_person_fkey foreign key (person_id) references people_persons (id)
);
create index people_readings_reader_idx on people_readings (reader_id, at);
create index people_readings_person_idx on people_readings (person_id, id) where person_id is not null;
create index people_readings_unit_path_idx on people_readings (unit_path);
