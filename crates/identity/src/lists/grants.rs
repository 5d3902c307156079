//! Grants as a list. Each row passes the one ceiling, the three administrators and all else that a grant passes.

use contracts::imports::{Column, Exported, Form, ImportRow, Ties};
use contracts::{ExportSource, ImportTarget};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use super::{Lists, moment};
use crate::model::{User, fold_login};
use crate::permission::{ManageGrants, ReadGrants, ReadUsers};
use crate::service::ceiling;
use crate::service::give::{self, Gift};
use crate::store::{lists, users};

const fn text(name: &'static str, zh: &'static [&'static str], required: bool) -> Column {
    Column { name, zh, required, told: false, form: Form::Text, pointers: &[], en: "", zh_text: "" }
}

const COLUMNS: &[Column] = &[
    Column {
        pointers: &["/user_id"],
        en: "To whom: the account's login, or its id.",
        zh_text: "授予谁：登录名或编号。",
        ..text("login", &["登录名", "用户名", "账号"], true)
    },
    Column {
        told: true,
        en: "Whose name it is; told by an export, ignored by an import.",
        zh_text: "姓名：仅供查看，导入时忽略。",
        ..text("display_name", &["姓名", "显示名"], false)
    },
    Column {
        pointers: &["/role_id"],
        en: "Which role: its name, its label, or its id.",
        zh_text: "角色：名称、中文名或编号。",
        ..text("role", &["角色"], true)
    },
    Column {
        pointers: &["/unit_id"],
        en: "Where: the unit's division code, its id, or its name with those above it, as in Town/Community.",
        zh_text: "在何处：区划代码、编号，或由上至下以“/”分隔的名称。",
        ..text("unit", &["单元", "授权单元", "单位", "区划代码"], true)
    },
    Column {
        told: true,
        en: "The unit's name; told by an export, ignored by an import.",
        zh_text: "单元名称：仅供查看，导入时忽略。",
        ..text("unit_name", &["单元名称", "单位名称"], false)
    },
    Column {
        form: Form::Flag,
        en: "Whether it reaches below the unit: yes or no; yes unless told.",
        zh_text: "是否含下级：是或否，默认是。",
        ..text("subtree", &["含下级", "包含下级"], false)
    },
    Column {
        form: Form::Start,
        pointers: &["/starts_at"],
        en: "From when: a date or an instant; at once unless told.",
        zh_text: "生效时间：日期或时刻，默认立即。",
        ..text("starts_at", &["生效时间", "开始日期", "开始时间"], false)
    },
    Column {
        form: Form::End,
        pointers: &["/ends_at"],
        en: "Until when: a date, its whole day included, or an instant; until revoked unless told.",
        zh_text: "截止时间：日期（含当日）或时刻，默认长期。",
        ..text("ends_at", &["截止时间", "结束日期", "有效期至"], false)
    },
    Column {
        pointers: &["/reason"],
        en: "Why; it is kept on the trail.",
        zh_text: "授权理由，记入审计。",
        ..text("reason", &["理由", "原因说明", "授权理由"], true)
    },
    Column {
        pointers: &["/ticket"],
        en: "The number of the request elsewhere.",
        zh_text: "工单号。",
        ..text("ticket", &["工单号", "文号"], false)
    },
];

/// The list of grants.
#[derive(Clone)]
pub struct GrantList(pub Lists);

impl GrantList {
    /// The account that a text means, if the actor may know of it: a file is no way to ask which logins there are.
    fn holder(&self, tx: &mut Tx<'_>, ctx: &Context, text: &str) -> Outcome<User> {
        let unknown = || INVALID.refusal().at("/user_id", &FIELD_UNKNOWN_REFERENCE);
        if let Ok(id) = text.parse::<Uuid>() {
            return Ok(users::find(tx, Id::from_uuid(id))?.ok_or_else(unknown)?);
        }
        let actor = ceiling::as_of_now(tx, ctx)?;
        let user = users::find_by_login(tx, &fold_login(text))?.filter(|user| {
            actor.may(ReadUsers::PERMISSION, &user.unit_path, ctx.now)
                || actor.may(ManageGrants::PERMISSION, &user.unit_path, ctx.now)
        });
        Ok(user.ok_or_else(unknown)?)
    }
}

impl<'c> ImportTarget<Tx<'c>> for GrantList {
    fn kind(&self) -> &'static str {
        "grants"
    }

    fn permission(&self) -> &'static Permission {
        ManageGrants::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn grows(&self) -> &'static [&'static str] {
        &["identity_grants"]
    }

    fn ties(&self, row: &ImportRow) -> Ties {
        let login = fold_login(row.text("login"));
        let key = [&login, row.text("role"), row.text("unit")].join("\u{1f}");
        // What somebody holds already decides what else they may be given.
        Ties { key: Some(key), gives: vec![login.clone()], wants: vec![login] }
    }

    fn apply(&self, tx: &mut Tx<'c>, ctx: &Context, row: &ImportRow) -> Outcome<Uuid> {
        let user = self.holder(tx, ctx, row.text("login"))?;
        let unit = self.0.unit(tx, row.text("unit"), "/unit_id")?;
        let role = Lists::role(tx, row.text("role"), &unit.path, "/role_id")?;
        let gift = Gift {
            user: user.id,
            role,
            unit: unit.id,
            subtree: row.get("subtree") != Some("no"),
            from: moment(row, "starts_at")?,
            until: moment(row, "ends_at")?,
            reason: row.text("reason").to_owned(),
            ticket: row.get("ticket").map(str::to_owned),
        };
        Ok(give::give(tx, ctx, &self.0.services, &gift)?.id.uuid())
    }
}

impl<'c> ExportSource<Tx<'c>> for GrantList {
    fn kind(&self) -> &'static str {
        "grants"
    }

    fn permission(&self) -> &'static Permission {
        ReadGrants::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn page(&self, tx: &mut Tx<'c>, ctx: &Context, after: Option<&str>, limit: i64) -> Outcome<Exported> {
        let scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
        let after = after.and_then(|text| text.parse().ok());
        let found = lists::grants_page(tx, &scope, ctx.now, after, limit)?;
        let units: Vec<_> = found.iter().map(|(grant, ..)| grant.unit_id).collect();
        let words = self.0.units.words(tx, &units)?;
        let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit;
        let next = found.last().filter(|_| full).map(|(grant, ..)| grant.id.to_string());
        let rows = found.into_iter().map(|(grant, login, name, role)| {
            let place = words.iter().find(|unit| unit.id == grant.unit_id);
            vec![
                login,
                name,
                role,
                place.map_or_else(|| grant.unit_id.to_string(), |unit| unit.word.clone()),
                place.map(|unit| unit.name.clone()).unwrap_or_default(),
                if grant.subtree { "yes" } else { "no" }.to_owned(),
                grant.valid_from.to_string(),
                grant.valid_until.map(|until| until.to_string()).unwrap_or_default(),
                grant.reason,
                grant.ticket.unwrap_or_default(),
            ]
        });
        Ok(Exported { rows: rows.collect(), next })
    }
}
