drop table identity_spent_tickets;
