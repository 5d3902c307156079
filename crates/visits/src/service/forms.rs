//! Forms: a unit's own, and which hold for a unit.

use std::collections::BTreeMap;

use kernel::error::{FIELD_CHARACTERS, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{self, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Outcome, Page, PageSize, UnitPath};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::{Tx, audit};

use crate::error::{FORM_RETIRED, UNIT_CLOSED};
use crate::model::{Form, FormVersion, Question, check_questions};
use crate::permission::{ManageForms, ReadForms};
use crate::ports::VisitServices;
use crate::store::{forms, place};

/// A form to be made.
#[derive(Debug, Clone)]
pub struct NewForm {
    /// For which unit and all below it.
    pub unit: Id<Unit>,
    /// What it is for.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it asks.
    pub questions: Vec<Question>,
}

/// A form and one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The form.
    pub form: Form,
    /// The version.
    pub version: FormVersion,
}

/// Makes a form for a unit.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, new: &NewForm) -> Outcome<Shown> {
    place::join(tx)?;
    let unknown = || Fault::from(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE));
    let unit = s.tree.unit(tx, new.unit)?.ok_or_else(unknown)?;
    ctx.require_at(ManageForms::PERMISSION, unit.id, &unit.path)?;
    if unit.closed {
        return Err(INVALID.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    let mut fields = Fields::default();
    fields.name("/name", &new.name, 1, 100);
    if !crate::model::is_key(&new.code) {
        let what = "small letters, digits and _, a letter first, at most 40";
        fields.bad("/code", &FIELD_CHARACTERS, Some(what.to_owned()));
    }
    check_questions(&mut fields, &new.questions);
    fields.finish()?;
    let form = Form {
        id: ctx.id(),
        unit: unit.id,
        path: unit.path,
        code: new.code.clone(),
        name: new.name.trim().to_owned(),
        number: 1,
        retired_at: None,
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    forms::insert(tx, &form)?;
    let version = add(tx, ctx, &form, new.questions.clone())?;
    leave(tx, ctx, "visits.form.create", &form, None)?;
    Ok(Shown { form, version })
}

fn add(tx: &mut Tx<'_>, ctx: &Context, form: &Form, questions: Vec<Question>) -> Outcome<FormVersion> {
    let version = FormVersion {
        id: ctx.id(),
        form: form.id,
        number: form.number,
        questions,
        created_at: ctx.now,
        created_by: ctx.actor.user,
    };
    forms::insert_version(tx, &version)?;
    Ok(version)
}

/// Asks something else from now on: a new version. Answers to older ones stay what they were.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::VisitForm>,
    expected: i64,
    name: Option<&str>,
    questions: Option<&[Question]>,
) -> Outcome<Shown> {
    let mut form = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    if let Some(name) = name {
        fields.name("/name", name, 1, 100);
    }
    if let Some(questions) = questions {
        check_questions(&mut fields, questions);
    }
    fields.finish()?;
    let before = facts(&form);
    form.name = name.map_or(form.name, |name| name.trim().to_owned());
    if questions.is_some() {
        form.number += 1;
    }
    save(tx, ctx, &mut form)?;
    let version = match questions {
        Some(questions) => add(tx, ctx, &form, questions.to_vec())?,
        None => forms::version(tx, form.id, form.number)?.or_refuse(&NOT_FOUND)?,
    };
    leave(tx, ctx, "visits.form.change", &form, Some(before))?;
    Ok(Shown { form, version })
}

/// Takes a form out of use: that of the unit above holds again.
pub fn retire(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::VisitForm>, expected: i64) -> Outcome<Shown> {
    let mut form = held(tx, ctx, id, expected)?;
    let before = facts(&form);
    form.retired_at = Some(ctx.now);
    save(tx, ctx, &mut form)?;
    leave(tx, ctx, "visits.form.retire", &form, Some(before))?;
    one(tx, form)
}

/// The form at the version seen, if the actor may change it. Two that change it at once: the second finds it changed.
fn held(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::VisitForm>, expected: i64) -> Outcome<Form> {
    let form = visible(tx, ctx, id)?;
    ctx.require_at(ManageForms::PERMISSION, form.unit, &form.path)?;
    if form.version != expected {
        return Err(STALE.fault());
    }
    if form.retired_at.is_some() {
        return Err(FORM_RETIRED.fault());
    }
    Ok(form)
}

fn save(tx: &mut Tx<'_>, ctx: &Context, form: &mut Form) -> Outcome<()> {
    form.version += 1;
    form.updated_at = ctx.now;
    if forms::update(tx, form)? { Ok(()) } else { Err(STALE.fault()) }
}

/// Whether what a unit has bears on the actor: they read it there, or below, where it holds as well.
pub(super) fn bears(ctx: &Context, read: &'static kernel::Permission, path: &UnitPath) -> bool {
    let scope = ctx.actor.scope(read, false, ctx.now);
    scope.roots.iter().any(|root| root.covers(path) || path.contains(&root.path))
}

/// The form, if it bears on the actor.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::VisitForm>) -> Outcome<Form> {
    let form = forms::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let manages = ctx.actor.may(ManageForms::PERMISSION, &form.path, ctx.now);
    if manages || bears(ctx, ReadForms::PERMISSION, &form.path) { Ok(form) } else { Err(NOT_FOUND.fault()) }
}

/// A form with its newest version.
pub fn one(tx: &mut Tx<'_>, form: Form) -> Outcome<Shown> {
    let version = forms::version(tx, form.id, form.number)?.or_refuse(&NOT_FOUND)?;
    Ok(Shown { form, version })
}

/// A version of a form, as a visit may name it.
pub fn version(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::VisitForm>, number: i64) -> Outcome<Shown> {
    let form = visible(tx, ctx, id)?;
    let version = forms::version(tx, id, number)?.or_refuse(&NOT_FOUND)?;
    Ok(Shown { form, version })
}

fn with_newest(tx: &mut Tx<'_>, all: Vec<Form>) -> Outcome<Vec<Shown>> {
    let mut newest = forms::newest(tx, &all)?;
    let mut shown = Vec::with_capacity(all.len());
    for form in all {
        let at = newest.iter().position(|version| version.form == form.id);
        let nothing = || Fault::internal(format!("the form {} asks nothing", form.id));
        let version = newest.swap_remove(at.ok_or_else(nothing)?);
        shown.push(Shown { form, version });
    }
    Ok(shown)
}

/// The forms that hold for a unit: of each code the nearest, its own or that of a unit above.
pub fn resolve(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, unit: Id<Unit>) -> Outcome<Vec<Shown>> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ReadForms::PERMISSION, unit.id, &unit.path)?;
    let lineage: Vec<Id<Unit>> = s.tree.lineage(tx, &unit.path)?.into_iter().map(|above| above.id).collect();
    // The nearest comes last, and stays.
    let mut nearest: BTreeMap<String, Form> = BTreeMap::new();
    for form in forms::live_of(tx, &lineage)? {
        nearest.insert(form.code.clone(), form);
    }
    with_newest(tx, nearest.into_values().collect())
}

/// One page of the forms of the actor's units, retired ones too.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    below: Option<Id<Unit>>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let mut scope = ctx.actor.scope(ReadForms::PERMISSION, false, ctx.now);
    if let Some(unit) = below {
        let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
        scope = scope.within(unit.id, &unit.path);
    }
    let rows = forms::list(tx, &scope, after.map(|cursor| Id::from_uuid(cursor.after)), size.probe())?;
    let cursor = |form: &Form| Cursor { after: form.id.uuid(), filter: fingerprint, key: None };
    let page = Page::cut(rows, size, cursor);
    Ok(Page { items: with_newest(tx, page.items)?, next: page.next })
}

fn facts(form: &Form) -> Value {
    json!({
        "code": form.code,
        "name": form.name,
        "number": form.number,
        "is_retired": form.retired_at.is_some(),
        "version": form.version,
    })
}

fn leave(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &'static str,
    form: &Form,
    before: Option<Value>,
) -> Outcome<()> {
    let (object, unit) = (Some(form.id.uuid()), Some(form.unit));
    let after = Some(facts(form));
    audit::record(tx, ctx, Entry { action, object_kind: "visit_form", object, unit, before, after })
}
