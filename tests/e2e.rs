//! One binary for all of it: linked once.

mod architecture;
mod bad_input;
mod contract;
mod crash;
mod deadlines;
mod example;
mod files;
mod haicang;
mod handover;
mod lists;
mod manners;
mod newcomers;
mod operations;
mod parity;
mod people;
mod registers;
mod rights_exceptions;
mod rights_matrix;
mod rights_things;
mod scenario;
mod streams;
mod traces;
mod transitions;
mod traps;
mod visiting;
mod xishan;
