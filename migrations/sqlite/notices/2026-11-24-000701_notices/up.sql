create table notices_messages (
    id blob not null primary key,
    user_id blob not null,
    kind text not null,
    title_en text not null,
    title_zh text not null,
    body_en text not null,
    body_zh text not null,
    created_at integer not null,
    read_at integer
);
create index notices_messages_user_idx on notices_messages (user_id, id);
create index notices_messages_created_at_idx on notices_messages (created_at);

create table notices_outgoing (
    id blob not null primary key,
    kind text not null,
    address_kind text not null,
    state text not null constraint notices_outgoing_state_check check (state in ('waiting', 'sent', 'expired')),
    content text,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
);
create index notices_outgoing_expires_at_idx on notices_outgoing (expires_at);
