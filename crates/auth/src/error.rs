//! The refusals of this crate. What a bad token means to a client is said by the web layer, from [`crate::TokenFault`].

kernel::error_codes! {
    /// A password that a stranger would try early.
    PASSWORD_TOO_WEAK = "auth.password_too_weak", Invalid, "This password is too easy to guess.", "密码过于简单，容易被猜到。";
}
