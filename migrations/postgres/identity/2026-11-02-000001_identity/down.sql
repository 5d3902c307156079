drop table identity_rights_log;
drop table identity_rights_state;
drop table identity_signing_keys;
drop table identity_sessions;
drop table identity_grants;
drop table identity_role_permissions;
drop table identity_roles;
drop table identity_users;
