//! `Params<T>`: query parameters, each known, given once and readable.

use std::fmt;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::{FieldError, Refusal};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use crate::error::INVALID_PARAMETER;
use crate::guard::after_guard;
use crate::problem::Problem;

/// The query as a `T`: scalars, options of scalars, and vectors of scalars (the parameter repeated).
#[derive(Debug, Clone)]
pub struct Params<T>(T);

impl<T> Params<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Params<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Params<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            after_guard(&req).await;
            Ok(Self(parse(req.query_string())?))
        })
    }
}

/// A parameter that is not right, by name.
pub fn bad(name: &str, why: impl Into<String>) -> Refusal {
    let why = why.into();
    let mut refusal = INVALID_PARAMETER.refusal().because(format!("{name}: {why}"));
    refusal.fields.push(FieldError {
        pointer: name.to_owned().into(),
        code: &INVALID_PARAMETER,
        detail: Some(why.chars().take(300).collect()),
    });
    refusal
}

/// Reads a query string.
pub fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Refusal> {
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name).ok_or_else(|| bad(name, "its name cannot be read"))?;
        let value = decode(value).ok_or_else(|| bad(&name, "not percent-encoded UTF-8"))?;
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => fields.push((name, vec![value])),
        }
    }
    T::deserialize(Query { fields: fields.into_iter(), current: None }).map_err(|Trouble { name, why }| {
        // A missing field is only known by serde's text.
        match why.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(field) => bad(field, "must be given"),
            None => bad(&name, why),
        }
    })
}

/// Percent-decoding without mercy: a broken escape, what is not UTF-8 and U+0000 are refused.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
            }
            other => other,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok().filter(|t| !t.contains('\0'))
}

/// What is wrong, and with which parameter.
#[derive(Debug)]
struct Trouble {
    name: String,
    why: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.why)
    }
}

impl std::error::Error for Trouble {}

impl de::Error for Trouble {
    fn custom<M: fmt::Display>(msg: M) -> Self {
        Self { name: String::new(), why: msg.to_string() }
    }
}

struct Query {
    fields: std::vec::IntoIter<(String, Vec<String>)>,
    current: Option<(String, Vec<String>)>,
}

impl<'de> de::Deserializer<'de> for Query {
    type Error = Trouble;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Query {
    type Error = Trouble;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Trouble> {
        self.current = self.fields.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        let key: StrDeserializer<'_, Trouble> = name.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|t| Trouble { name: name.clone(), ..t })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Trouble> {
        let (name, values) = self.current.take().unwrap_or_default();
        seed.deserialize(Values(&values)).map_err(|t| Trouble { name, ..t })
    }
}

/// The values of one parameter.
struct Values<'v>(&'v [String]);

impl Values<'_> {
    fn one(&self) -> Result<&str, Trouble> {
        match self.0 {
            [one] => Ok(one),
            _ => Err(de::Error::custom("given more than once")),
        }
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $ty:ty, $what:literal;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
            let value: $ty = self.one()?.parse().map_err(|_| de::Error::custom($what))?;
            visitor.$visit(value)
        })+
    };
}

impl<'de> de::Deserializer<'de> for Values<'_> {
    type Error = Trouble;

    parsed! {
        deserialize_bool visit_bool bool, "true or false is expected";
        deserialize_i8 visit_i8 i8, "an integer is expected";
        deserialize_i16 visit_i16 i16, "an integer is expected";
        deserialize_i32 visit_i32 i32, "an integer is expected";
        deserialize_i64 visit_i64 i64, "an integer is expected";
        deserialize_u8 visit_u8 u8, "an integer is expected";
        deserialize_u16 visit_u16 u16, "an integer is expected";
        deserialize_u32 visit_u32 u32, "an integer is expected";
        deserialize_u64 visit_u64 u64, "an integer is expected";
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        let value: f64 = self.one()?.parse().map_err(|_| de::Error::custom("a number is expected"))?;
        if value.is_finite() {
            visitor.visit_f64(value)
        } else {
            Err(de::Error::custom("a finite number is expected"))
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        visitor.visit_str(self.one()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Trouble> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        visitor.visit_seq(Each(self.0.iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Trouble> {
        let word: StrDeserializer<'_, Trouble> = self.one()?.into_deserializer();
        word.deserialize_enum(name, variants, visitor)
    }

    /// Asked for where a struct does not know the name: an unknown parameter is refused even then.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Trouble> {
        Err(de::Error::custom("this parameter is not known"))
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
    }
}

/// The values of a repeated parameter.
struct Each<'v>(std::slice::Iter<'v, String>);

impl<'de> SeqAccess<'de> for Each<'_> {
    type Error = Trouble;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Trouble> {
        self.0.next().map(|value| seed.deserialize(Values(std::slice::from_ref(value)))).transpose()
    }
}
