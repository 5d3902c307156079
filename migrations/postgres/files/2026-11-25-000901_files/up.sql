create table files_realm (
    id integer not null primary key constraint files_realm_id_check check (id = 1),
    name text not null
);

create table files_objects (
    id uuid not null primary key,
    sha256 text not null,
    state text not null constraint files_objects_state_check check (state in ('arriving', 'present', 'leaving')),
    leaves_at timestamptz,
    constraint files_objects_leaves_check check ((state = 'leaving') = (leaves_at is not null))
);
create unique index files_objects_sha256_key on files_objects (sha256) where state <> 'leaving';
create index files_objects_leaves_idx on files_objects (leaves_at);

create table files_files (
    id uuid not null primary key,
    owner_id uuid not null,
    state text not null constraint files_files_state_check check (state in ('receiving', 'uploaded', 'attached')),
    name text not null,
    object_id uuid,
    sha256 text,
    size bigint not null,
    media_type text,
    width integer,
    height integer,
    reserved bigint not null,
    day text not null,
    thing_kind text,
    thing_id uuid,
    label text,
    attached_by uuid,
    attached_at timestamptz,
    created_at timestamptz not null,
    kept_until timestamptz,
    version bigint not null,
    constraint files_files_object_fkey foreign key (object_id) references files_objects (id),
    constraint files_files_bytes_check check (state = 'receiving' or (object_id is not null and sha256 is not null and media_type is not null)),
    constraint files_files_thing_check check ((state = 'attached') = (thing_id is not null) and (thing_id is null) = (thing_kind is null)),
    constraint files_files_kept_check check ((state = 'attached') = (kept_until is null))
);
create index files_files_object_idx on files_files (object_id);
create index files_files_owner_idx on files_files (owner_id, state);
create index files_files_thing_idx on files_files (thing_kind, thing_id, id);
create index files_files_kept_until_idx on files_files (kept_until);

create table files_usage (
    owner_id uuid not null,
    day text not null,
    files bigint not null,
    bytes bigint not null,
    primary key (owner_id, day)
);
create index files_usage_day_idx on files_usage (day);
