//! Units as a list, and units by what people write in lists.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::imports::{Column, Exported, Form, ImportRow, Ties, UnitWord};
use contracts::{ExportSource, ImportTarget, UnitFinder, UnitRef};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission, id};
use storage::Tx;
use uuid::Uuid;

use crate::model::{Level, Unit, is_division_code};
use crate::permission::ManageUnits;
use crate::ports::reference;
use crate::service::create::{self, NewUnit};
use crate::store::{lists, units};

/// Units by what people write.
pub type Finder = Arc<dyn for<'c> UnitFinder<Tx<'c>>>;

impl<'c> UnitFinder<Tx<'c>> for crate::Units {
    fn by_text(&self, tx: &mut Tx<'c>, text: &str) -> Outcome<Vec<UnitRef>> {
        let text = text.trim();
        if let Ok(id) = text.parse::<Uuid>() {
            return Ok(units::find(tx, Id::from_uuid(id))?.map(reference).into_iter().collect());
        }
        if is_division_code(text) {
            let coded = lists::seen_by_code(tx, text)?;
            if !coded.is_empty() {
                return Ok(coded.into_iter().map(reference).collect());
            }
        }
        let names: Vec<&str> = text.split('/').map(str::trim).collect();
        let Some((last, above)) = names.split_last() else { return Ok(Vec::new()) };
        let found = lists::called(tx, last)?;
        let mut meant = Vec::new();
        for unit in found {
            if above.is_empty() || stands_below(tx, &unit, above)? {
                meant.push(reference(unit));
            }
        }
        Ok(meant)
    }

    fn words(&self, tx: &mut Tx<'c>, ids: &[Id<id::Unit>]) -> Outcome<Vec<UnitWord>> {
        Ok(units::by_ids(tx, ids)?
            .into_iter()
            .map(|unit| UnitWord { id: unit.id, word: word(&unit), name: unit.name })
            .collect())
    }
}

/// What a unit is called in a list: its code, or its id.
fn word(unit: &Unit) -> String {
    unit.code.clone().unwrap_or_else(|| unit.id.to_string())
}

/// Whether the names stand above a unit in this order, the last one right above it.
fn stands_below(tx: &mut Tx<'_>, unit: &Unit, names: &[&str]) -> Outcome<bool> {
    let Some(parent) = unit.path.parent() else { return Ok(false) };
    let above = units::by_paths(tx, &parent.lineage())?;
    let theirs = above.iter().rev().map(|unit| unit.name.as_str());
    Ok(names.len() <= above.len() && names.iter().rev().zip(theirs).all(|(said, is)| *said == is))
}

const fn text(name: &'static str, zh: &'static [&'static str], required: bool) -> Column {
    Column { name, zh, required, told: false, form: Form::Text, pointers: &[], en: "", zh_text: "" }
}

const COLUMNS: &[Column] = &[
    Column {
        pointers: &["/name"],
        en: "The unit's name.",
        zh_text: "单元名称。",
        ..text("name", &["名称", "单元名称"], true)
    },
    Column {
        pointers: &["/kind"],
        en: "Its kind: community, group …, or the word in Chinese.",
        zh_text: "层级：社区/村、小组/小区等，或英文词。",
        ..text("kind", &["层级", "类型"], true)
    },
    Column {
        pointers: &["/code"],
        en: "Its division code: 2, 4, 6, 9 or 12 digits.",
        zh_text: "区划代码：2、4、6、9 或 12 位数字。",
        ..text("code", &["区划代码", "代码"], false)
    },
    Column {
        pointers: &["/parent_id"],
        en: "The unit above: its division code, its id, or its name with those above it, as in Town/Community. It may stand \
             earlier in the same file.",
        zh_text: "上级单元：区划代码、编号，或由上至下以“/”分隔的名称；可在同一文件中位于其前。",
        ..text("parent", &["上级", "上级单元", "上级代码"], true)
    },
    Column {
        told: true,
        en: "The name of the unit above; told by an export, ignored by an import.",
        zh_text: "上级名称：仅供查看，导入时忽略。",
        ..text("parent_name", &["上级名称"], false)
    },
    Column {
        told: true,
        en: "Its id; told by an export, ignored by an import.",
        zh_text: "编号：仅供查看，导入时忽略。",
        ..text("id", &["编号"], false)
    },
];

/// The list of units.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnitList;

impl<'c> ImportTarget<Tx<'c>> for UnitList {
    fn kind(&self) -> &'static str {
        "units"
    }

    fn permission(&self) -> &'static Permission {
        ManageUnits::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn grows(&self) -> &'static [&'static str] {
        &["territory_units"]
    }

    fn ties(&self, row: &ImportRow) -> Ties {
        let (name, parent) = (row.text("name"), row.text("parent"));
        let tail = |count: usize| {
            let names: Vec<&str> = parent.split('/').map(str::trim).collect();
            let skipped = names.len().saturating_sub(count);
            names.into_iter().skip(skipped).collect::<Vec<_>>().join("/")
        };
        // Whoever comes later may call it by its code, by its own name, or by its name with what it was put below.
        let mut gives = vec![format!("{}/{name}", tail(1)), name.to_owned()];
        gives.extend(row.get("code").map(str::to_owned));
        Ties {
            key: Some(row.get("code").map_or_else(|| format!("{parent}/{name}"), str::to_owned)),
            gives,
            wants: vec![tail(2), tail(1)],
        }
    }

    fn apply(&self, tx: &mut Tx<'c>, ctx: &Context, row: &ImportRow) -> Outcome<Uuid> {
        let mut above = crate::Units.by_text(tx, row.text("parent"))?;
        let parent = match (above.pop(), above.is_empty()) {
            (Some(parent), true) => parent,
            (Some(_), false) => {
                return Err(INVALID
                    .refusal()
                    .at_with(
                        "/parent_id",
                        &FIELD_UNKNOWN_REFERENCE,
                        "more than one is called so: give its code or id",
                    )
                    .into());
            }
            (None, _) => return Err(INVALID.refusal().at("/parent_id", &FIELD_UNKNOWN_REFERENCE).into()),
        };
        let said = row.text("kind");
        let kind = Level::WORDS.iter().find(|(name, en, zh)| {
            said == *name || said == *en || said == *zh || zh.split('/').any(|part| part == said)
        });
        let new = NewUnit {
            parent_id: Some(parent.id),
            name: row.text("name").to_owned(),
            kind: kind.map_or(said, |(name, ..)| name).to_owned(),
            code: row.get("code").map(str::to_owned),
        };
        Ok(create::create(tx, ctx, &new)?.id.uuid())
    }
}

impl<'c> ExportSource<Tx<'c>> for UnitList {
    fn kind(&self) -> &'static str {
        "units"
    }

    /// Everybody sees units; who takes them all away in a file manages them.
    fn permission(&self) -> &'static Permission {
        ManageUnits::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn page(&self, tx: &mut Tx<'c>, ctx: &Context, after: Option<&str>, limit: i64) -> Outcome<Exported> {
        let scope = ctx.actor.scope(ManageUnits::PERMISSION, false, ctx.now);
        let found = lists::page(tx, &scope, after.unwrap_or_default(), limit)?;
        let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit;
        let next = found.last().filter(|_| full).map(|unit| unit.path.to_string());
        let ids: Vec<_> = found.iter().filter_map(|unit| unit.parent_id).collect();
        let parents: HashMap<_, _> =
            units::by_ids(tx, &ids)?.into_iter().map(|unit| (unit.id, unit)).collect();
        let rows = found.into_iter().map(|unit| {
            let parent = unit.parent_id.and_then(|id| parents.get(&id));
            vec![
                unit.name.clone(),
                unit.kind.clone(),
                unit.code.clone().unwrap_or_default(),
                parent.map(word).unwrap_or_default(),
                parent.map(|parent| parent.name.clone()).unwrap_or_default(),
                unit.id.to_string(),
            ]
        });
        Ok(Exported { rows: rows.collect(), next })
    }
}
