-- What waits for a second person is little, and is asked for whenever somebody's leaving is looked at.
create index identity_grants_awaiting_idx on identity_grants (unit_path, id) where awaits_approval;
