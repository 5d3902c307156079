drop table whistles_steps;
drop table whistles_calls;
drop table whistles_whistles;
