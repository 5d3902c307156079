//! What this crate refuses.

kernel::error_codes! {
    /// Whoever audits a part of the realm must say which unit of it they look at.
    UNIT_NEEDED = "audit.unit_needed", Invalid, "You audit a part of the realm: name the unit.", "您仅审计部分辖区：请指定单元。";
    /// A place in the chain is a number together with the hash that was there.
    PLACE_INCOMPLETE = "audit.place_incomplete", Invalid, "A place in the chain is a sequence number and its hash: give both or neither.", "链中位置须同时给出序号与哈希值。";
}
