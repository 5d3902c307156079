//! Accounts as a list. No password is ever in a file: who is imported is invited, or given a password, afterwards.

use contracts::imports::{Column, Exported, Form, ImportRow, Ties};
use contracts::{ExportSource, ImportTarget};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, PageSize, Permission};
use storage::Tx;
use uuid::Uuid;

use super::Lists;
use crate::model::fold_login;
use crate::permission::{ManageUsers, ReadUsers};
use crate::service::accounts::{self, NewUser};
use crate::store::users::{self, Filter};

const COLUMNS: &[Column] = &[
    Column {
        name: "login",
        zh: &["登录名", "用户名", "账号"],
        required: true,
        told: false,
        form: Form::Text,
        pointers: &["/login"],
        en: "What the account signs in with: 3 to 64 letters, digits and . _ - @ +.",
        zh_text: "登录用的名称：3 至 64 个字母、数字或 . _ - @ +。",
    },
    Column {
        name: "display_name",
        zh: &["姓名", "显示名", "名称"],
        required: true,
        told: false,
        form: Form::Text,
        pointers: &["/display_name"],
        en: "The name shown to others.",
        zh_text: "显示给他人的姓名。",
    },
    Column {
        name: "unit",
        zh: &["所属单元", "单元", "单位", "区划代码"],
        required: true,
        told: false,
        form: Form::Text,
        pointers: &["/unit_id"],
        en: "The unit it belongs to: its division code, its id, or its name with those above it, as in Town/Community.",
        zh_text: "所属单元：区划代码、编号，或由上至下以“/”分隔的名称。",
    },
    Column {
        name: "unit_name",
        zh: &["单元名称", "单位名称"],
        required: false,
        told: true,
        form: Form::Text,
        pointers: &[],
        en: "The unit's name; told by an export, ignored by an import.",
        zh_text: "单元名称：仅供查看，导入时忽略。",
    },
    Column {
        name: "status",
        zh: &["状态"],
        required: false,
        told: true,
        form: Form::Text,
        pointers: &[],
        en: "enabled or disabled; told by an export, ignored by an import.",
        zh_text: "账号状态：仅供查看，导入时忽略。",
    },
];

/// The list of accounts.
#[derive(Clone)]
pub struct UserList(pub Lists);

impl<'c> ImportTarget<Tx<'c>> for UserList {
    fn kind(&self) -> &'static str {
        "users"
    }

    fn permission(&self) -> &'static Permission {
        ManageUsers::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn grows(&self) -> &'static [&'static str] {
        &["identity_users"]
    }

    fn ties(&self, row: &ImportRow) -> Ties {
        Ties { key: row.get("login").map(fold_login), ..Ties::default() }
    }

    fn apply(&self, tx: &mut Tx<'c>, ctx: &Context, row: &ImportRow) -> Outcome<Uuid> {
        let unit = self.0.unit(tx, row.text("unit"), "/unit_id")?;
        let new = NewUser {
            login: row.text("login").to_owned(),
            display_name: row.text("display_name").to_owned(),
            unit: unit.id,
            password_hash: None,
        };
        Ok(accounts::create(tx, ctx, &self.0.services, &new)?.id.uuid())
    }
}

/// What the cursors of an export are marked with: they are no list's.
const EXPORT: u64 = 0;

impl<'c> ExportSource<Tx<'c>> for UserList {
    fn kind(&self) -> &'static str {
        "users"
    }

    fn permission(&self) -> &'static Permission {
        ReadUsers::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn page(&self, tx: &mut Tx<'c>, ctx: &Context, after: Option<&str>, limit: i64) -> Outcome<Exported> {
        let scope = ctx.actor.scope(ReadUsers::PERMISSION, false, ctx.now);
        let after = after.map(|text| Cursor::decode(text, EXPORT)).transpose()?;
        let size = PageSize::new(limit).unwrap_or(PageSize::DEFAULT);
        let page = users::list(tx, &scope, &Filter::default(), after.as_ref(), size, EXPORT)?;
        let homes: Vec<Id<kernel::id::Unit>> = page.items.iter().map(|user| user.unit_id).collect();
        let words = self.0.units.words(tx, &homes)?;
        let next = page.next.map(|cursor| cursor.encode());
        let rows = page.items.into_iter().map(|user| {
            let home = words.iter().find(|unit| unit.id == user.unit_id);
            let word = home.map_or_else(|| user.unit_id.to_string(), |unit| unit.word.clone());
            let name = home.map(|unit| unit.name.clone()).unwrap_or_default();
            vec![user.login, user.display_name, word, name, user.status]
        });
        Ok(Exported { rows: rows.collect(), next })
    }
}
