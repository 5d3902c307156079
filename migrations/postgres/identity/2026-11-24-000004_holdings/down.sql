drop table identity_handovers;
