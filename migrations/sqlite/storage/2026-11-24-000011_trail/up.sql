alter table storage_audit_records add column on_behalf_of blob;
alter table storage_audit_records add column schema integer not null default 1;
alter table storage_audit_records add column unit_path text;
create index storage_audit_records_on_behalf_of_idx on storage_audit_records (on_behalf_of, id) where on_behalf_of is not null;
create index storage_audit_records_unit_idx on storage_audit_records (unit_id, id);
create index storage_audit_records_unit_path_idx on storage_audit_records (unit_path, id) where unit_path is not null;
create index storage_audit_records_action_idx on storage_audit_records (action, id);
create index storage_audit_records_object_kind_idx on storage_audit_records (object_kind, id);
