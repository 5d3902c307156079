//! Closed lists of words, as stored and as sent.

/// A closed list of words: an enum with its words, and with labels where they are given. Attributes are passed on.
///
/// ```
/// kernel::words! {
///     /// What kind of area a grid is.
///     GridKind { /** Homes. */ Residential = "residential", /** Shops. */ Market = "market" }
/// }
/// kernel::words! {
///     /// How things stand with somebody.
///     Status { /** Here. */ Active = "active", "Here", "在住"; /** Elsewhere. */ Away = "away", "Moved away", "已迁出"; }
/// }
/// assert_eq!(GridKind::parse("market"), Some(GridKind::Market));
/// assert_eq!(Status::LABELS[1], (Status::Away.word(), "Moved away", "已迁出"));
/// ```
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $word:literal, $en:literal, $zh:literal;)+
    }) => {
        $crate::words! { $(#[$doc])* $name { $($(#[$vdoc])* $variant = $word),+ } }
        impl $name {
            /// Word, English label, Chinese label.
            pub const LABELS: &'static [(&'static str, &'static str, &'static str)] = &[$(($word, $en, $zh)),+];
        }
    };
}
