drop table identity_policies;
drop table identity_passwords;
drop table identity_codes;
drop table identity_contacts;
drop table identity_invitations;
