//! The refusals of this crate.

kernel::error_codes! {
    /// The realm has no channel to that kind of address.
    NO_CHANNEL = "notices.no_channel", Conflict, "This realm has no channel to send messages by.", "本系统未配置消息发送渠道。";
}
