create table audit_exports (
    id blob not null primary key,
    requested_by blob not null,
    format text not null constraint audit_exports_format_check check (format in ('jsonl', 'csv')),
    filter text not null,
    state text not null constraint audit_exports_state_check check (state in ('waiting', 'done', 'failed', 'purged')),
    upto_seq bigint not null,
    at_seq bigint not null,
    rows_written bigint not null,
    bytes_written bigint not null,
    sha256 text,
    request_id text not null,
    lease_owner text,
    lease_until integer,
    fence bigint not null,
    attempts integer not null,
    created_at integer not null,
    finished_at integer,
    kept_until integer not null
) without rowid;
create index audit_exports_requested_by_idx on audit_exports (requested_by, id);
create index audit_exports_waiting_idx on audit_exports (id) where state = 'waiting';
create index audit_exports_kept_until_idx on audit_exports (kept_until);
