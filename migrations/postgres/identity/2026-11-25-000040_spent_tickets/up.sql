create table identity_spent_tickets (
    id uuid not null primary key,
    expires_at timestamptz not null
);
create index identity_spent_tickets_expires_at_idx on identity_spent_tickets (expires_at);
