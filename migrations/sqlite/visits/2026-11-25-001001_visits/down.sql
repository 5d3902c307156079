drop table visits_editions;
drop table visits_visits;
drop table visits_plans;
drop table visits_rules;
drop table visits_form_versions;
drop table visits_forms;
