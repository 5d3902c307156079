drop index territory_unit_versions_until_idx;
drop table territory_rental_tenants;
drop table territory_rentals;
drop table territory_residences;
drop table territory_persons;
drop table territory_household_changes;
drop table territory_households;
drop table territory_dwellings;
