//! Parameters as clients of the standard send them: an empty one is as good as none, one may come more than once, and all of it is
//! UTF-8 or nothing.

use kernel::{ErrorCode, Fault, Outcome, Refusal};
use percent_encoding::percent_decode;

use crate::error::{FORM_TOO_LARGE, NOT_UTF8, PARAMETER_INVALID, PARAMETER_REQUIRED};

/// The most parameters of a request.
pub const MOST_PARAMETERS: usize = 200;
/// The most bytes of a parameter's name.
pub const LONGEST_NAME: usize = 100;
/// The most bytes of a parameter's value: four thousand characters of any writing.
pub const LONGEST_VALUE: usize = 16_384;

/// The parameters of a request, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

/// The refusal for a parameter that is not right.
pub fn bad(name: &'static str, why: impl Into<String>) -> Fault {
    PARAMETER_INVALID.refusal().at_with(name, &PARAMETER_INVALID, why).into()
}

/// The refusal for parameters that must be there.
pub fn missing(names: &[&'static str]) -> Fault {
    let each = |refusal: Refusal, name: &&'static str| refusal.at(*name, &PARAMETER_REQUIRED);
    names.iter().fold(PARAMETER_REQUIRED.refusal(), each).into()
}

fn too_large(why: String) -> Fault {
    FORM_TOO_LARGE.refusal().because(why).into()
}

impl Form {
    /// Adds a parameter; an empty one is left out.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Outcome<()> {
        if name.len() > LONGEST_NAME {
            return Err(too_large(format!("a name has at most {LONGEST_NAME} bytes")));
        }
        if value.len() > LONGEST_VALUE {
            return Err(too_large(format!("a value has at most {LONGEST_VALUE} bytes")));
        }
        if self.0.len() >= MOST_PARAMETERS {
            return Err(too_large(format!("at most {MOST_PARAMETERS} parameters")));
        }
        let name = text(name, &NOT_UTF8)?;
        let value = text(value, &NOT_UTF8)?;
        if !value.trim().is_empty() {
            self.0.push((name, value));
        }
        Ok(())
    }

    /// Adds the pairs of `application/x-www-form-urlencoded`.
    pub fn push_encoded(&mut self, encoded: &[u8]) -> Outcome<()> {
        for pair in encoded.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            self.push(&decoded(name), &decoded(value))?;
        }
        Ok(())
    }

    /// Those of a query.
    pub fn of_query(query: &str) -> Outcome<Self> {
        let mut form = Self::default();
        form.push_encoded(query.as_bytes())?;
        Ok(form)
    }

    /// The first of this name, without the blanks around it.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The first of this name, at most so many characters.
    pub fn short(&self, name: &'static str, most: usize) -> Outcome<Option<&str>> {
        match self.one(name) {
            Some(value) if value.chars().count() > most => {
                Err(bad(name, format!("at most {most} characters")))
            }
            value => Ok(value),
        }
    }

    /// All of this name; `name[]` is the same.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let is = move |sent: &str| sent == name || sent.strip_suffix("[]") == Some(name);
        self.0.iter().filter(move |(sent, _)| is(sent)).map(|(_, value)| value.trim())
    }

    /// All of this name, each a list with commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let each = self.all(name).flat_map(|value| value.split(',')).map(str::trim);
        each.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }

    /// `attribute[code]`.
    pub fn attribute(&self, code: &str) -> Option<&str> {
        self.one(&format!("attribute[{code}]"))
    }
}

/// A text without the one character that no engine keeps in one.
fn text(bytes: &[u8], code: &'static ErrorCode) -> Outcome<String> {
    let text = std::str::from_utf8(bytes).map_err(|_| code.fault())?;
    Ok(text.replace('\0', ""))
}

/// `+` is a blank, `%41` a byte; what is no such sign stays as it is.
fn decoded(encoded: &[u8]) -> Vec<u8> {
    let blanks: Vec<u8> = encoded.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decode(&blanks).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(encoded: &str) -> Form {
        Form::of_query(encoded).expect("a form")
    }

    fn code(encoded: &str) -> &'static str {
        Form::of_query(encoded).err().and_then(|f| f.code()).map_or("", |c| c.code)
    }

    #[test]
    fn an_empty_parameter_is_as_good_as_none() {
        let form = form("a=&b=%20+&c&&=x&d=1");
        assert_eq!(
            (form.one("a"), form.one("b"), form.one("c"), form.one("d")),
            (None, None, None, Some("1"))
        );
    }

    #[test]
    fn lists_come_with_commas_or_again_or_both() {
        let form = form("id=a,b&id=+c+,,&id[]=d&other=e");
        assert_eq!(form.list("id"), ["a", "b", "c", "d"]);
        assert_eq!(form.one("id"), Some("a,b"));
    }

    #[test]
    fn what_is_not_utf_8_is_refused() {
        assert_eq!(form("d=%E8%B7%AF%E7%81%AF+%zz").one("d"), Some("路灯 %zz"));
        for latin in ["d=caf%E9", "d=%C3%28", "%E9=d", "d=%ED%A0%80"] {
            assert_eq!(code(latin), "open311.not_utf8", "{latin}");
        }
    }

    #[test]
    fn everything_has_a_bound() {
        assert_eq!(code(&"a=1&".repeat(201)), "open311.form_too_large");
        assert_eq!(code(&format!("{}=1", "n".repeat(101))), "open311.form_too_large");
        assert_eq!(code(&format!("a={}", "v".repeat(16_385))), "open311.form_too_large");
        assert_eq!(code(&"a=1&".repeat(200)), "");
    }

    #[test]
    fn attributes_are_found_in_their_brackets() {
        let form = form("attribute%5Bfixmystreet_id%5D=17&attribute[x][]=1");
        assert_eq!((form.attribute("fixmystreet_id"), form.attribute("x")), (Some("17"), Some("1")));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_answered(encoded in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut form = Form::default();
            drop(form.push_encoded(&encoded));
        }
    }
}
