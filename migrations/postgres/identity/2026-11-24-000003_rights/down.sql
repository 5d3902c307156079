drop table identity_role_conflicts;
drop table identity_grant_approvals;
drop index identity_grants_notice_due_at_idx;
drop index identity_grants_valid_until_idx;
drop index identity_grants_role_user_idx;
drop index identity_grants_role_place_idx;
create index identity_grants_role_idx on identity_grants (role_id, id);
alter table identity_grants drop column notice_due_at;
alter table identity_grants drop column awaits_approval;
