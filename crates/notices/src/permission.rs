//! The permissions this crate enforces.

kernel::permissions! {
    /// One's own inbox.
    OwnNotices = "notices.message.own", Low, [] everyone, "Read the notices in one's own inbox.", "查看本人收到的通知。";
}
