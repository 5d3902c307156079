//! The gateway as the tests start it: the same code as the product's binary, built together with the tests.

fn main() -> std::process::ExitCode {
    commonweal::main()
}
