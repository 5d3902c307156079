-- What an account is found by: login and name, folded by us and not by the engine. Names that are there are folded as far as the
-- engine can; the rest is when they are next changed.
alter table identity_users add column folded text not null default '';
update identity_users set folded = login || ' ' || lower(display_name);
