//! Persons as a list: a town brings its register in from a spreadsheet. There is no export of it: persons leave by way of a purpose
//! on the record, one by one.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use contracts::imports::{Column, Form, ImportRow, Results, Ties, only};
use contracts::{ImportTarget, UnitFinder};
use kernel::error::{FIELD_CHOICE, INVALID};
use kernel::gb::Sex;
use kernel::id::Unit;
use kernel::permission::Permit;
use kernel::{Context, ErrorCode, Fault, Id, Outcome, Permission, Refusal};
use storage::Tx;
use uuid::Uuid;

use crate::error::{BIRTH_DATE, DOCUMENT_TAKEN};
use crate::model::{Address, AddressKind, Document, DocumentKind, Personal};
use crate::permission::ManagePeople;
use crate::ports::PeopleServices;
use crate::service::create::{self, NewPerson};
use crate::service::import::{self, refusal_of};
use crate::service::taken;

/// Units by what people write.
pub type Finder = Arc<dyn for<'c> UnitFinder<Tx<'c>>>;

/// What stands between several phones in one cell.
const BETWEEN: [char; 6] = ['、', ';', '；', ',', '，', '/'];

const fn text(name: &'static str, zh: &'static [&'static str], required: bool) -> Column {
    Column { name, zh, required, told: false, form: Form::Text, pointers: &[], en: "", zh_text: "" }
}

const COLUMNS: &[Column] = &[
    Column { pointers: &["/name"], en: "The name.", zh_text: "姓名。", ..text("name", &["姓名"], true) },
    Column {
        pointers: &["/unit_id"],
        en: "The unit they belong to: its division code, its id, or its name with those above it, as in Town/Community.",
        zh_text: "所属单元：区划代码、编号，或由上至下以“/”分隔的名称。",
        ..text("unit", &["所属单元", "单元", "单位", "区划代码"], true)
    },
    Column {
        pointers: &["/documents/0/number", "/documents"],
        en: "The number of the document.",
        zh_text: "证件号码。",
        ..text("document_number", &["证件号码", "身份证号", "身份证号码", "公民身份号码"], false)
    },
    Column {
        pointers: &["/documents/0/kind"],
        en: "What document it is: a word or its name; a resident identity card unless told.",
        zh_text: "证件类型，默认居民身份证。",
        ..text("document_kind", &["证件类型"], false)
    },
    Column {
        pointers: &["/phones/0", "/phones/1", "/phones/2", "/phones"],
        en: "Phones, several with a comma between them.",
        zh_text: "手机号；多个以顿号分隔。",
        ..text("phones", &["手机号", "手机", "联系电话", "电话"], false)
    },
    Column {
        pointers: &["/addresses/0/text", "/addresses"],
        en: "Where they live.",
        zh_text: "现住址。",
        ..text("address", &["现住址", "住址", "地址"], false)
    },
    Column {
        pointers: &["/birth_on"],
        en: "The day of birth, as in 1980-02-29; an identity card says it where it is left out.",
        zh_text: "出生日期，例如 1980-02-29；有身份证号可不填。",
        ..text("birth_on", &["出生日期", "生日"], false)
    },
    Column {
        pointers: &["/sex"],
        en: "female or male; an identity card says it where it is left out.",
        zh_text: "性别：女或男；有身份证号可不填。",
        ..text("sex", &["性别"], false)
    },
];

/// The list of persons.
#[derive(Clone)]
pub struct PersonList {
    /// What every deed stands on.
    pub services: PeopleServices,
    /// Units by what people write.
    pub units: Finder,
}

fn choice(pointer: &'static str, words: impl Into<String>) -> kernel::Fault {
    INVALID.refusal().at_with(pointer, &FIELD_CHOICE, words).into()
}

fn personal(row: &ImportRow) -> Outcome<Personal> {
    let phones = row.text("phones").split(BETWEEN).map(str::trim).filter(|phone| !phone.is_empty());
    let document = row.get("document_number").map(|number| {
        Ok::<_, kernel::Fault>(Document {
            kind: document_kind(row.get("document_kind"))?,
            number: number.to_owned(),
        })
    });
    let address = row.get("address").map(|text| Address { kind: AddressKind::Home, text: text.to_owned() });
    let birth_on = row
        .get("birth_on")
        .map(|text| NaiveDate::from_str(text).map_err(|_| INVALID.refusal().at("/birth_on", &BIRTH_DATE)));
    Ok(Personal {
        name: row.text("name").to_owned(),
        phones: phones.map(str::to_owned).collect(),
        addresses: address.into_iter().collect(),
        documents: document.transpose()?.into_iter().collect(),
        birth_on: birth_on.transpose()?,
        sex: row.get("sex").map(sex).transpose()?,
    })
}

fn document_kind(said: Option<&str>) -> Outcome<DocumentKind> {
    let Some(said) = said else { return Ok(DocumentKind::IdCard) };
    let called = DocumentKind::LABELS.iter().find(|(word, en, zh)| [*word, *en, *zh].contains(&said));
    let words = || DocumentKind::LABELS.iter().map(|(word, ..)| *word).collect::<Vec<_>>().join(", ");
    called
        .and_then(|(word, ..)| DocumentKind::parse(word))
        .ok_or_else(|| choice("/documents/0/kind", words()))
}

fn sex(said: &str) -> Outcome<Sex> {
    match said {
        "female" | "女" => Ok(Sex::Female),
        "male" | "男" => Ok(Sex::Male),
        _ => Err(choice("/sex", "female, male")),
    }
}

impl<'c> ImportTarget<Tx<'c>> for PersonList {
    fn kind(&self) -> &'static str {
        "people"
    }

    fn permission(&self) -> &'static Permission {
        ManagePeople::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn grows(&self) -> &'static [&'static str] {
        &["people_persons", "people_keys", "people_phones", "people_documents"]
    }

    fn ties(&self, row: &ImportRow) -> Ties {
        let number = row.get("document_number").map(|number| number.trim().to_uppercase());
        Ties { key: number, ..Ties::default() }
    }

    fn apply(&self, tx: &mut Tx<'c>, ctx: &Context, row: &ImportRow) -> Outcome<Uuid> {
        let unit = only(self.units.by_text(tx, row.text("unit"))?, "/unit_id")?;
        let new = NewPerson { unit: unit.id, personal: personal(row)? };
        Ok(create::create(tx, ctx, &self.services, &new)?.id.uuid())
    }

    fn apply_many(&self, tx: &mut Tx<'c>, ctx: &Context, rows: &[ImportRow]) -> Outcome<Option<Results>> {
        let mut places: BTreeMap<&str, Result<Id<Unit>, Box<Refusal>>> = BTreeMap::new();
        let mut good = Vec::with_capacity(rows.len());
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            let text = row.text("unit");
            let unit = match places.get(text) {
                Some(known) => known.clone(),
                None => {
                    let found = only(self.units.by_text(tx, text)?, "/unit_id");
                    let found = found.map(|unit| unit.id).map_err(Box::new);
                    places.insert(text, found.clone());
                    found
                }
            };
            read.push(match (unit, refusal_of(personal(row))?) {
                (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
                (Ok(unit), Ok(personal)) => {
                    good.push(NewPerson { unit, personal });
                    Ok(())
                }
            });
        }
        let mut entered = import::import(tx, ctx, &self.services, &good)?.into_iter();
        let lost = || Fault::internal("a row of a batch got lost");
        let results = read.into_iter().map(|row| match row {
            Err(refusal) => Ok(Err(refusal)),
            Ok(()) => Ok(entered.next().ok_or_else(lost)?.map(Id::uuid)),
        });
        Ok(Some(results.collect::<Outcome<_>>()?))
    }
    fn heeded(&self) -> &'static [&'static ErrorCode] {
        const HEEDED: &[&ErrorCode] = &[&DOCUMENT_TAKEN];
        HEEDED
    }

    fn refused(&self, tx: &mut Tx<'c>, ctx: &Context, rows: &[ImportRow]) -> Outcome<()> {
        let documents: Vec<_> =
            rows.iter().filter_map(|row| personal(row).ok()).map(|plain| plain.documents).collect();
        taken::tried_in_list(tx, ctx, &self.services, &documents)
    }
}
