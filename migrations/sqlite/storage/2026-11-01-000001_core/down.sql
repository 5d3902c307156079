drop table storage_leases;
drop table storage_idempotency;
drop table storage_deliveries;
drop table storage_events;
drop table storage_audit_records;
