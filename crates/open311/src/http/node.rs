//! A document of the standard, once for XML and JSON: what JSON has is XML without the wrapper around it (Spark).

use kernel::{Fault, Outcome};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Map, Number, Value};

use crate::model::plain::is_xml;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number: latitude or longitude.
    Number(f64),
    /// Nothing: an empty element, `null`.
    Nothing,
    /// Elements in an element, each of this name.
    List(&'static str, Vec<Node>),
    /// Named values, in this order.
    Object(Vec<(&'static str, Node)>),
}

impl Node {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }

    /// A text, or nothing.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Bool(is) => Value::Bool(*is),
            Self::Whole(number) => Value::Number((*number).into()),
            Self::Number(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Nothing => Value::Null,
            Self::List(_, items) => Value::Array(items.iter().map(Self::json).collect()),
            Self::Object(fields) => Value::Object(
                fields.iter().map(|(name, node)| ((*name).to_owned(), node.json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// As a document of XML in an element of this name: no attributes, no blanks between elements, no character that XML has not.
    pub fn xml(&self, root: &str) -> Outcome<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        let begun = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        begun.and_then(|()| self.write(&mut writer, root)).map_err(Fault::internal)?;
        Ok(writer.into_inner())
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>, name: &str) -> std::io::Result<()> {
        if matches!(self, Self::Nothing) {
            return writer.write_event(Event::Empty(BytesStart::new(name)));
        }
        writer.write_event(Event::Start(BytesStart::new(name)))?;
        match self {
            Self::Nothing => {}
            Self::Text(text) => {
                let text: String = text.chars().filter(|c| is_xml(*c)).collect();
                writer.write_event(Event::Text(BytesText::new(&text)))?;
            }
            Self::Bool(is) => writer.write_event(Event::Text(BytesText::new(&is.to_string())))?,
            Self::Whole(number) => writer.write_event(Event::Text(BytesText::new(&number.to_string())))?,
            Self::Number(number) => writer.write_event(Event::Text(BytesText::new(&number.to_string())))?,
            Self::List(each, items) => {
                for item in items {
                    item.write(writer, each)?;
                }
            }
            Self::Object(fields) => {
                for (name, node) in fields {
                    node.write(writer, name)?;
                }
            }
        }
        writer.write_event(Event::End(BytesEnd::new(name)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;

    use super::*;

    fn one(text: &str) -> String {
        let node =
            Node::Object(vec![("a", Node::text(text)), ("b", Node::Nothing), ("c", Node::Number(23.5))]);
        String::from_utf8(node.xml("r").expect("written")).expect("text")
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            one("]]><!-- & <b x=\"1\">'\u{0}\u{b}\u{fffe}"),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><r><a>]]&gt;&lt;!-- &amp; &lt;b x=&quot;1&quot;&gt;&apos;</a><b/><c>23.5</c></r>"
        );
    }

    #[test]
    fn json_is_the_same_without_the_wrapper() {
        let node = Node::List("x", vec![Node::Object(vec![("a", Node::text("")), ("b", Node::Bool(true))])]);
        assert_eq!(node.json().to_string(), "[{\"a\":null,\"b\":true}]");
        assert_eq!(
            String::from_utf8(node.xml("xs").expect("written")).expect("text"),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><xs><x><a/><b>true</b></x></xs>"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
            let written = one(&text);
            let mut reader = Reader::from_str(&written);
            let mut read = String::new();
            loop {
                match reader.read_event().expect("well-formed") {
                    Event::Eof => break,
                    Event::Text(t) => read.push_str(&t),
                    Event::GeneralRef(r) => {
                        let one = format!("&{};", &*r);
                        read.push_str(&quick_xml::escape::unescape(&one).expect("a reference"));
                    }
                    _ => {}
                }
            }
            let kept: String = text.chars().filter(|c| is_xml(*c)).collect();
            prop_assert_eq!(read, format!("{kept}23.5"));
        }
    }
}
