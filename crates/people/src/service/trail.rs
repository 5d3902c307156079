//! What people leaves behind: records of the audit trail, and events. Which fields changed is said in the clear; what they were and
//! are is sealed under the person's key, so that an erasure reaches it and every chain stays whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;
use contracts::events::PersonTold;
use kernel::{Context, Fault, Outcome};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::outbox::{self, Event};
use storage::{Tx, audit};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::{DataKey, Field};
use crate::model::{Document, Person, Personal, sex_word};

/// What a record says.
#[derive(Debug, Default)]
pub struct Said<'a> {
    /// `people.noun.verb`.
    pub action: &'static str,
    /// The object, where it is not the person.
    pub object: Option<(&'static str, Uuid)>,
    /// Which fields.
    pub fields: &'a [&'a str],
    /// What they were.
    pub before: Option<Value>,
    /// What they are.
    pub after: Option<Value>,
}

/// Puts a deed on the trail.
pub fn record(
    tx: &mut Tx<'_>,
    ctx: &Context,
    person: &Person,
    key: Option<&DataKey>,
    said: Said<'_>,
) -> Outcome<()> {
    audit::record(tx, ctx, entry(person, key, said)?)
}

/// What goes on the trail of a deed.
pub fn entry(person: &Person, key: Option<&DataKey>, said: Said<'_>) -> Outcome<Entry<'static>> {
    let seal = |value: Option<Value>| -> Outcome<Option<String>> {
        let (Some(value), Some(key)) = (value, key) else { return Ok(None) };
        let text = Zeroizing::new(value.to_string());
        Ok(Some(B64.encode(key.seal(person.id, Field::Trail, None, text.as_bytes())?)))
    };
    let before = seal(said.before)?.map(|sealed| json!({ "sealed": sealed }));
    let mut after =
        json!({ "fields": said.fields, "version": person.version, "status": person.status.word() });
    if let (Some(sealed), Some(map)) = (seal(said.after)?, after.as_object_mut()) {
        map.insert("sealed".to_owned(), sealed.into());
    }
    let (kind, object) = said.object.unwrap_or(("person", person.id.uuid()));
    if let (true, Some(map)) = (kind != "person", after.as_object_mut()) {
        map.insert("person".to_owned(), json!(person.id));
    }
    Ok(Entry {
        action: said.action,
        object_kind: kind,
        object: Some(object),
        unit: Some(person.unit),
        before,
        after: Some(after),
    })
}

/// What a record kept sealed, opened again; for whoever proves what was changed. Nothing once the person is erased.
pub fn reveal(person: &Person, key: &DataKey, sealed: &str) -> Outcome<Value> {
    let sealed = B64.decode(sealed).map_err(Fault::internal)?;
    let text = key.open(person.id, Field::Trail, None, &sealed)?;
    serde_json::from_slice(&text).map_err(Fault::internal)
}

/// Tells others.
pub fn tell(tx: &mut Tx<'_>, ctx: &Context, topic: &str, person: &Person) -> Outcome<()> {
    outbox::emit(tx, ctx, &event(topic, person)?)
}

/// What others are told.
pub fn event<'a>(topic: &'a str, person: &Person) -> Outcome<Event<'a>> {
    let told = PersonTold { person: person.id, unit: person.unit, version: person.version };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    Ok(Event { topic, object: person.id.uuid(), object_seq: person.version, payload })
}

/// The fields in which two states differ, and what they are in the first.
pub fn differing(of: &Personal, than: &Personal) -> (Vec<&'static str>, Value) {
    let documents = |all: &[Document]| all.iter().map(|d| json!([d.kind, d.number])).collect::<Vec<_>>();
    let mut names = Vec::new();
    let mut values = serde_json::Map::new();
    let mut note = |name: &'static str, differs: bool, value: Value| {
        if differs {
            names.push(name);
            values.insert(name.to_owned(), value);
        }
    };
    note("name", of.name != than.name, json!(of.name));
    note("phones", of.phones != than.phones, json!(of.phones));
    note("addresses", of.addresses != than.addresses, json!(of.addresses));
    note("documents", of.documents != than.documents, json!(documents(&of.documents)));
    note("birth_on", of.birth_on != than.birth_on, json!(of.birth_on.map(|d| d.to_string())));
    note("sex", of.sex != than.sex, json!(of.sex.map(sex_word)));
    (names, Value::Object(values))
}
