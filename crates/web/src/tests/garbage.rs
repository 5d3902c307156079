//! Whatever comes in, reading it ends in a value or a refusal.

use super::{Filters, ThingCreate};

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reading_of_a_body_fail_otherwise_than_by_a_refusal(bytes: Vec<u8>, json in "[\\[\\]{}\",:0-9a-z\\\\ ]{0,60}") {
        for raw in [bytes.as_slice(), json.as_bytes()] {
            if let Err(fault) = crate::body::parse::<ThingCreate>(raw) {
                proptest::prop_assert!(matches!(fault, kernel::Fault::Refused(_)), "{fault}");
            }
        }
    }

    #[test]
    fn no_query_makes_the_reading_of_parameters_panic(query in "(limit|kind|open|%|&|=|[0-9a-f+é]){0,40}") {
        let _ = crate::params::parse::<Filters>(&query);
    }
}
