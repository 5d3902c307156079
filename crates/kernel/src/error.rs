//! What a refusal is. One row per code: its name, its kind and a sentence in English and Chinese; the HTTP status, the
//! page of codes and the document's examples are made from the same row.

use std::borrow::Cow;
use std::fmt;

/// The kinds of refusal. The web layer gives each exactly one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is not what it claims to be: broken JSON, an unreadable parameter. 400.
    Malformed,
    /// Nobody is signed in, or the token is not worth anything. 401.
    Unauthenticated,
    /// Known, but not allowed. 403.
    Forbidden,
    /// Not there, or not for this reader to know. 404.
    NotFound,
    /// There, but not to be used in this way: the method. 405.
    NotThisWay,
    /// Right in itself, impossible in the present state. 409.
    Conflict,
    /// The record has changed since it was read. 412.
    Stale,
    /// Larger than what is taken. 413.
    TooLarge,
    /// A media type that is not taken. 415.
    UnsupportedMedia,
    /// A part of something that has no such part. 416.
    OutOfRange,
    /// Well formed, and its content breaks a rule. 422.
    Invalid,
    /// A precondition (`If-Match`, `Idempotency-Key`) is missing. 428.
    PreconditionRequired,
    /// Too often. 429.
    TooMany,
    /// Our fault. 500.
    Internal,
    /// Full, or going down: try again. 503.
    Unavailable,
}

/// One row of the page of codes.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// Stable, `plugin.what`, never reused.
    pub code: &'static str,
    /// Decides the HTTP status.
    pub kind: Kind,
    /// One sentence in English.
    pub en: &'static str,
    /// The same sentence in Chinese.
    pub zh: &'static str,
}

/// Declares a crate's error codes: `pub static` rows and `CODES`, the list a plugin hands in.
///
/// ```
/// kernel::error_codes! {
///     /// No grid has this point.
///     OUTSIDE_EVERY_GRID = "grid.outside_every_grid", Invalid, "No grid has this point.", "该位置不在任何网格内。";
/// }
/// assert_eq!(CODES.len(), 1);
/// ```
#[macro_export]
macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $kind:ident, $en:literal, $zh:literal;)+) => {
        $($(#[$doc])* pub static $name: $crate::ErrorCode =
            $crate::ErrorCode { code: $code, kind: $crate::Kind::$kind, en: $en, zh: $zh };)+
        /// Every code of this crate.
        pub static CODES: &[&$crate::ErrorCode] = &[$(&$name),+];
    };
}

error_codes! {
    /// A row that storage should never have held.
    INTERNAL = "kernel.internal", Internal, "Something went wrong on our side.", "服务器内部错误。";
    /// A queue is full or the service is stopping.
    UNAVAILABLE = "kernel.unavailable", Unavailable, "The service is busy or stopping. Try again shortly.", "服务繁忙或正在停止，请稍后重试。";
    /// Missing, or not for this reader to know.
    NOT_FOUND = "kernel.not_found", NotFound, "There is no such thing, or not for you to see.", "不存在，或您无权查看。";
    /// The record changed since it was read.
    STALE = "kernel.stale", Stale, "It has changed since you read it. Read it again.", "内容已被他人修改，请重新读取。";
    /// No grant covers it.
    FORBIDDEN = "kernel.forbidden", Forbidden, "You may not do this here.", "您无权在此执行该操作。";
    /// One or more fields break a rule; `errors` names each.
    INVALID = "kernel.invalid", Invalid, "Some fields are not right. Each is named.", "部分字段不正确，详见各字段说明。";
    /// A cursor that this list did not give out.
    BAD_CURSOR = "kernel.bad_cursor", Malformed, "This cursor does not belong to this list.", "分页游标无效。";
    /// A field is missing or empty where something must be given.
    FIELD_REQUIRED = "kernel.field_required", Invalid, "This must be given.", "此项必填。";
    /// A text is too long or too short.
    FIELD_LENGTH = "kernel.field_length", Invalid, "Too long or too short.", "长度不符合要求。";
    /// A number lies outside its range.
    FIELD_RANGE = "kernel.field_range", Invalid, "Outside the allowed range.", "超出允许范围。";
    /// A text has characters that are not taken there.
    FIELD_CHARACTERS = "kernel.field_characters", Invalid, "Has characters that are not allowed here.", "含有不允许的字符。";
    /// A word that is not one of the list.
    FIELD_CHOICE = "kernel.field_choice", Invalid, "Not one of the allowed values.", "不是允许的取值。";
    /// Two fields that do not go together.
    FIELD_ORDER = "kernel.field_order", Invalid, "Must come after the other date.", "日期先后顺序不正确。";
    /// A reference to something that is not there.
    FIELD_UNKNOWN_REFERENCE = "kernel.field_unknown_reference", Invalid, "Refers to something that is not there.", "引用的对象不存在。";
}

/// One bad field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// RFC 6901 pointer into the request body, or the name of a parameter.
    pub pointer: Cow<'static, str>,
    /// What is wrong with it.
    pub code: &'static ErrorCode,
    /// Details: the bound, the allowed words.
    pub detail: Option<String>,
}

/// A refusal: what a rule answers when it says no. Nothing was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The row of the page of codes.
    pub code: &'static ErrorCode,
    /// What exactly, in words for the caller. Never a secret, never an internal message.
    pub detail: Option<String>,
    /// The bad fields, if it was fields.
    pub fields: Vec<FieldError>,
    /// Facts the caller may use, `missing` permissions for instance: a JSON object merged into the problem document.
    pub extra: Option<Box<serde_json::Map<String, serde_json::Value>>>,
}

impl Refusal {
    /// Says why in words, for the caller.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names a bad field.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<Cow<'static, str>>, code: &'static ErrorCode) -> Self {
        self.fields.push(FieldError { pointer: pointer.into(), code, detail: None });
        self
    }

    /// Names a bad field and says more of it.
    #[must_use]
    pub fn at_with(
        mut self,
        pointer: impl Into<Cow<'static, str>>,
        code: &'static ErrorCode,
        detail: impl Into<String>,
    ) -> Self {
        self.fields.push(FieldError { pointer: pointer.into(), code, detail: Some(detail.into()) });
        self
    }

    /// Adds a fact to the problem document.
    #[must_use]
    pub fn with(mut self, name: &str, value: serde_json::Value) -> Self {
        self.extra.get_or_insert_default().insert(name.to_owned(), value);
        self
    }
}

impl ErrorCode {
    /// A refusal with this code.
    pub const fn refusal(&'static self) -> Refusal {
        Refusal { code: self, detail: None, fields: Vec::new(), extra: None }
    }

    /// A [`Fault`] with this code and nothing more.
    pub fn fault(&'static self) -> Fault {
        Fault::Refused(Box::new(self.refusal()))
    }
}

/// What stops a deed: a refusal by a rule, or trouble underneath.
#[derive(Debug)]
pub enum Fault {
    /// A rule said no. Goes to the caller.
    Refused(Box<Refusal>),
    /// The engine could not serialise it, or lost its connection before the commit was sent: done again, bounded.
    Transient(String),
    /// A constraint of this name was broken. The query that knows it turns it into a refusal; untranslated it is our fault.
    Constraint(String),
    /// The outcome of a commit is not known: it was sent, and no answer came.
    Unknown(String),
    /// Our fault; the text goes to the log, never to the caller.
    Internal(String),
}

impl Fault {
    /// Trouble underneath, with words for the log.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    /// Gives a broken constraint its meaning: the refusal `code` if the constraint's name is `name`.
    #[must_use]
    pub fn meaning(self, name: &str, code: &'static ErrorCode) -> Self {
        match self {
            Self::Constraint(ref broken) if broken.contains(name) => code.fault(),
            other => other,
        }
    }

    /// The refusal's code, if it is one.
    pub fn code(&self) -> Option<&'static ErrorCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.code),
            _ => None,
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => {
                write!(f, "{}: {}", refusal.code.code, refusal.detail.as_deref().unwrap_or(refusal.code.en))
            }
            Self::Transient(what) => write!(f, "transient: {what}"),
            Self::Constraint(name) => write!(f, "constraint broken: {name}"),
            Self::Unknown(what) => write!(f, "outcome unknown: {what}"),
            Self::Internal(what) => write!(f, "internal: {what}"),
        }
    }
}

impl std::error::Error for Fault {}

/// What every deed answers.
pub type Outcome<T> = Result<T, Fault>;

/// Looks a thing up and refuses if it is not there.
pub trait OrRefuse<T> {
    /// `Some(t)` or the refusal `code`.
    fn or_refuse(self, code: &'static ErrorCode) -> Outcome<T>;
}

impl<T> OrRefuse<T> for Option<T> {
    fn or_refuse(self, code: &'static ErrorCode) -> Outcome<T> {
        self.ok_or_else(|| code.fault())
    }
}

/// Collects the bad fields of one request, so that the caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes a bad field.
    pub fn bad(
        &mut self,
        pointer: impl Into<Cow<'static, str>>,
        code: &'static ErrorCode,
        detail: Option<String>,
    ) {
        self.0.push(FieldError { pointer: pointer.into(), code, detail });
    }

    /// Checks a text's length in characters, and that it has no control characters but line breaks and tabs.
    pub fn text(&mut self, pointer: &'static str, text: &str, min: usize, max: usize) {
        let length = text.trim().chars().count();
        if length < min && length == 0 {
            self.bad(pointer, &FIELD_REQUIRED, None);
        } else if length < min || text.chars().count() > max {
            self.bad(pointer, &FIELD_LENGTH, Some(format!("{min} to {max} characters")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.bad(pointer, &FIELD_CHARACTERS, None);
        }
    }

    /// Checks a name that is shown to others: a line of text of which everything can be seen.
    pub fn name(&mut self, pointer: &'static str, name: &str, min: usize, max: usize) {
        self.text(pointer, name, min, max);
        let nothing_seen = |c: char| c.is_whitespace() || crate::text::is_variation(c);
        let hidden = name.chars().any(crate::text::is_unseen);
        let blank = !name.trim().is_empty() && name.chars().all(nothing_seen);
        let told = self.0.last().is_some_and(|f| f.pointer == pointer && f.code == &FIELD_CHARACTERS);
        if (hidden || blank) && !told {
            let what = "no characters that cannot be seen or change the direction of writing";
            self.bad(pointer, &FIELD_CHARACTERS, Some(what.to_owned()));
        }
    }

    /// Refuses with [`INVALID`] if any field was bad.
    pub fn finish(self) -> Outcome<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refusal { fields: self.0, ..INVALID.refusal() }.into())
    }
}
