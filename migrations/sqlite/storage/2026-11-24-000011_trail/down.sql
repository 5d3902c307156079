drop index storage_audit_records_object_kind_idx;
drop index storage_audit_records_action_idx;
drop index storage_audit_records_unit_path_idx;
drop index storage_audit_records_unit_idx;
drop index storage_audit_records_on_behalf_of_idx;
alter table storage_audit_records drop column unit_path;
alter table storage_audit_records drop column schema;
alter table storage_audit_records drop column on_behalf_of;
