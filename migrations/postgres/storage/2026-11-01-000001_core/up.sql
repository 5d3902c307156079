create table storage_audit_records (
    id uuid not null primary key,
    at timestamptz not null,
    actor_id uuid,
    action text not null,
    object_kind text not null,
    object_id uuid,
    unit_id uuid,
    request_id text not null,
    body text not null,
    seq bigint,
    prev_hash text,
    hash text
);
create unique index storage_audit_records_seq_key on storage_audit_records (seq);
create index storage_audit_records_unsealed_idx on storage_audit_records (id) where seq is null;
create index storage_audit_records_actor_idx on storage_audit_records (actor_id, id);
create index storage_audit_records_object_idx on storage_audit_records (object_id, id);

create table storage_events (
    id uuid not null primary key,
    topic text not null,
    object_id uuid not null,
    object_seq bigint not null,
    at timestamptz not null,
    payload jsonb not null
);

create table storage_deliveries (
    event_id uuid not null,
    consumer text not null,
    object_id uuid not null,
    object_seq bigint not null,
    state text not null constraint storage_deliveries_state_check check (state in ('pending', 'delivered', 'dead')),
    attempts integer not null,
    due_at timestamptz not null,
    lease_owner text,
    lease_until timestamptz,
    last_error text,
    primary key (event_id, consumer),
    constraint storage_deliveries_event_fkey foreign key (event_id) references storage_events (id) on delete cascade
);
create index storage_deliveries_due_idx on storage_deliveries (due_at) where state = 'pending';
create index storage_deliveries_order_idx on storage_deliveries (consumer, object_id, object_seq) where state = 'pending';

create table storage_idempotency (
    user_id uuid not null,
    idempotency_key text not null,
    fingerprint text not null,
    status integer not null,
    headers jsonb not null,
    body text not null,
    created_at timestamptz not null,
    kept_until timestamptz,
    primary key (user_id, idempotency_key)
);
create index storage_idempotency_kept_until_idx on storage_idempotency (kept_until);

create table storage_leases (
    name text not null primary key,
    owner text not null,
    expires_at timestamptz not null,
    fence bigint not null
);
