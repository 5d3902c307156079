//! One binary for all of it: linked once.

mod architecture;
mod bad_input;
mod contract;
mod crash;
mod example;
mod manners;
mod newcomers;
mod parity;
mod rights_matrix;
mod scenario;
mod transitions;
