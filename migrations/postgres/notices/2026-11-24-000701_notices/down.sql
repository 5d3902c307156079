drop table notices_outgoing;
drop table notices_messages;
