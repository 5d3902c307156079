create table identity_handovers (
    id uuid not null primary key,
    kind text not null constraint identity_handovers_kind_check check (kind in ('handover', 'offboarding')),
    user_id uuid not null,
    to_id uuid,
    kinds jsonb not null,
    unit_ids jsonb not null,
    item_limit bigint,
    partial boolean not null,
    reason text not null,
    due_at timestamptz not null,
    state text not null constraint identity_handovers_state_check check (state in ('scheduled', 'done', 'failed', 'cancelled')),
    asked_by uuid not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    ended_by uuid,
    code text,
    outcome jsonb not null,
    version bigint not null,
    constraint identity_handovers_user_fkey foreign key (user_id) references identity_users (id) on delete restrict,
    constraint identity_handovers_to_fkey foreign key (to_id) references identity_users (id) on delete restrict,
    constraint identity_handovers_asked_by_fkey foreign key (asked_by) references identity_users (id) on delete restrict,
    constraint identity_handovers_ended_by_fkey foreign key (ended_by) references identity_users (id) on delete restrict
);
create index identity_handovers_user_idx on identity_handovers (user_id, id);
create index identity_handovers_to_idx on identity_handovers (to_id);
create index identity_handovers_asked_by_idx on identity_handovers (asked_by);
create index identity_handovers_ended_by_idx on identity_handovers (ended_by);
create index identity_handovers_due_idx on identity_handovers (due_at, id) where state = 'scheduled';
