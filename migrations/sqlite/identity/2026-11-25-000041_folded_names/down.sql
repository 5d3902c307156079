alter table identity_users drop column folded;
