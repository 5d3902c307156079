drop table open311_remarks;
drop table open311_told;
drop table open311_requests;
