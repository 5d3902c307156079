create table identity_spent_tickets (
    id blob not null primary key,
    expires_at integer not null
);
create index identity_spent_tickets_expires_at_idx on identity_spent_tickets (expires_at);
