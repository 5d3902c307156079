//! One binary for all of it: linked once.

mod architecture;
mod parity;
