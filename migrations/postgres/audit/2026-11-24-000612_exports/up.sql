create table audit_exports (
    id uuid not null primary key,
    requested_by uuid not null,
    format text not null constraint audit_exports_format_check check (format in ('jsonl', 'csv')),
    filter jsonb not null,
    state text not null constraint audit_exports_state_check check (state in ('waiting', 'done', 'failed', 'purged')),
    upto_seq bigint not null,
    at_seq bigint not null,
    rows_written bigint not null,
    bytes_written bigint not null,
    sha256 text,
    request_id text not null,
    lease_owner text,
    lease_until timestamptz,
    fence bigint not null,
    attempts integer not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    kept_until timestamptz not null
);
create index audit_exports_requested_by_idx on audit_exports (requested_by, id);
create index audit_exports_waiting_idx on audit_exports (id) where state = 'waiting';
create index audit_exports_kept_until_idx on audit_exports (kept_until);
