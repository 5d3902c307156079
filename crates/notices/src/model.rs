//! What is told: a template filled in.

use contracts::{Language, Template};
use kernel::id::{Notice as NoticeKind, User};
use kernel::{Id, Instant};

/// Longest value of a parameter, in characters: a name cannot become a letter of its own.
const MAX_VALUE: usize = 300;

/// A notice in somebody's inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Id<NoticeKind>,
    /// Whose inbox.
    pub user_id: Id<User>,
    /// `plugin.what_happened`.
    pub kind: String,
    /// The title in English.
    pub title_en: String,
    /// The title in Chinese.
    pub title_zh: String,
    /// The text in English.
    pub body_en: String,
    /// The text in Chinese.
    pub body_zh: String,
    /// When it was sent.
    pub created_at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
}

/// A message on its way to an address outside. Its content is sealed, and forgotten when it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id.
    pub id: Id<NoticeKind>,
    /// `plugin.what_happened`.
    pub kind: String,
    /// `phone` or `mail`.
    pub address_kind: String,
    /// [`WAITING`], [`SENT`] or [`EXPIRED`].
    pub state: String,
    /// Address, text and parameters, sealed.
    pub content: Option<String>,
    /// When it was written.
    pub created_at: Instant,
    /// After this it is not sent any more.
    pub expires_at: Instant,
    /// When it was sent, or found to have run out.
    pub ended_at: Option<Instant>,
}

/// `state` of a message that is to be sent.
pub const WAITING: &str = "waiting";
/// `state` of a message that a channel has taken.
pub const SENT: &str = "sent";
/// `state` of a message that ran out before.
pub const EXPIRED: &str = "expired";

/// Title and text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
}

/// Fills a template in.
pub fn fill(template: &Template, language: Language, parameters: &[(&'static str, String)]) -> Told {
    let (title, body) = match language {
        Language::En => (template.title_en, template.body_en),
        Language::Zh => (template.title_zh, template.body_zh),
    };
    Told { title: fill_in(title, parameters), body: fill_in(body, parameters) }
}

/// In one pass: braces in a value stay braces. A name without a value stays as it is, so that the mistake is seen.
fn fill_in(text: &str, parameters: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, tail)| {
            parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, tail))
        });
        match named {
            Some((value, tail)) => {
                filled.extend(plain(value));
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// A value without control characters, nor those that turn the direction of writing: a name cannot begin a line of its own.
pub fn plain(value: &str) -> impl Iterator<Item = char> {
    value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}'))
        .take(MAX_VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    static WELCOME: Template = Template {
        kind: "test.welcome",
        title_en: "Welcome, {name}",
        title_zh: "欢迎，{name}",
        body_en: "Your code is {code}. {name}, {missing} {",
        body_zh: "您的验证码为{code}。",
    };

    fn told(name: &str) -> Told {
        fill(&WELCOME, Language::En, &[("name", name.to_owned()), ("code", "12345678".to_owned())])
    }

    #[test]
    fn a_template_is_filled_in_once_and_what_is_missing_is_seen() {
        let told = told("Wang");
        assert_eq!(told.title, "Welcome, Wang");
        assert_eq!(told.body, "Your code is 12345678. Wang, {missing} {");
        let zh = fill(&WELCOME, Language::Zh, &[("name", "王".to_owned()), ("code", "1".to_owned())]);
        assert_eq!((zh.title.as_str(), zh.body.as_str()), ("欢迎，王", "您的验证码为1。"));
    }

    #[test]
    fn a_name_is_a_name_whatever_is_in_it() {
        assert_eq!(told("{code}").title, "Welcome, {code}", "not filled in a second time");
        assert_eq!(told("Wang\r\nBcc: all@town.example").title, "Welcome, Wang  Bcc: all@town.example");
        assert_eq!(told("a\u{202e}b\u{2028}c").title, "Welcome, abc");
        assert_eq!(told(&"x".repeat(1_000)).title.chars().count(), "Welcome, ".len() + MAX_VALUE);
    }
}
