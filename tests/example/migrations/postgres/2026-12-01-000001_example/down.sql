drop table example_sightings;
