//! Invitations as a list: a street invites its workers from a spreadsheet. Each row is the deed that a request calls, so nobody is
//! invited from a file to what they could not be given.

use contracts::imports::{Column, Form, ImportRow, Ties};
use contracts::{ImportTarget, Language};
use kernel::error::{FIELD_CHOICE, INVALID};
use kernel::permission::Permit;
use kernel::{Context, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use super::{Lists, moment};
use crate::gate::newcomers::read_address;
use crate::permission::ManageUsers;
use crate::service::invite::{self, NewInvitation, NewInvitationRole};

const fn text(name: &'static str, zh: &'static [&'static str], required: bool) -> Column {
    Column { name, zh, required, told: false, form: Form::Text, pointers: &[], en: "", zh_text: "" }
}

/// Its word in the API.
pub const KIND: &str = "invitations";

const COLUMNS: &[Column] = &[
    Column {
        pointers: &["/address"],
        en: "Where the invitation is sent: a telephone number or a mail address.",
        zh_text: "邀请发送至：手机号或邮箱。",
        ..text("address", &["手机号", "手机", "邮箱", "联系方式"], true)
    },
    Column {
        pointers: &["/display_name"],
        en: "The name shown to others.",
        zh_text: "显示给他人的姓名。",
        ..text("display_name", &["姓名", "显示名", "名称"], true)
    },
    Column {
        pointers: &["/login"],
        en: "The login the account is to have; they choose unless told.",
        zh_text: "登录名；不填则由本人选择。",
        ..text("login", &["登录名", "用户名", "账号"], false)
    },
    Column {
        pointers: &["/unit_id"],
        en: "The unit the account will belong to: its division code, its id, or its name with those above it, as in Town/Community.",
        zh_text: "所属单元：区划代码、编号，或由上至下以“/”分隔的名称。",
        ..text("unit", &["所属单元", "单元", "单位", "区划代码"], true)
    },
    Column {
        pointers: &["/role_id"],
        en: "The role that awaits them: its name, its label, or its id.",
        zh_text: "拟授角色：名称、中文名或编号。",
        ..text("role", &["角色"], false)
    },
    Column {
        pointers: &["/role_unit_id"],
        en: "Where the role will be given; in the account's unit unless told.",
        zh_text: "授权单元，默认为所属单元。",
        ..text("role_unit", &["授权单元"], false)
    },
    Column {
        form: Form::Flag,
        pointers: &["/subtree"],
        en: "Whether the role will reach below: yes or no; yes unless told.",
        zh_text: "是否含下级：是或否，默认是。",
        ..text("subtree", &["含下级", "包含下级"], false)
    },
    Column {
        form: Form::End,
        pointers: &["/role_ends_at"],
        en: "Until when the role will hold: a date, its whole day included, or an instant; until revoked unless told.",
        zh_text: "角色截止时间：日期（含当日）或时刻，默认长期。",
        ..text("role_ends_at", &["截止时间", "结束日期", "有效期至"], false)
    },
    Column {
        pointers: &["/reason"],
        en: "Why; it is kept on the trail.",
        zh_text: "邀请理由，记入审计。",
        ..text("reason", &["理由", "原因说明", "邀请理由"], true)
    },
    Column {
        pointers: &["/language"],
        en: "What they read: zh or en; zh unless told.",
        zh_text: "语言：zh 或 en，默认 zh。",
        ..text("language", &["语言"], false)
    },
];

/// The columns that say something of a role.
const OF_A_ROLE: &[(&str, &str)] =
    &[("role_unit", "/role_unit_id"), ("subtree", "/subtree"), ("role_ends_at", "/role_ends_at")];

/// The list of invitations. There is no export of it: addresses are not given away.
#[derive(Clone)]
pub struct InvitationList(pub Lists);

impl InvitationList {
    fn role(&self, tx: &mut Tx<'_>, row: &ImportRow, home: &str) -> Outcome<Option<NewInvitationRole>> {
        let Some(called) = row.get("role") else {
            let stray = OF_A_ROLE.iter().find(|(column, _)| row.get(column).is_some());
            let refused = |&(_, pointer): &(&str, &'static str)| {
                INVALID.refusal().at_with(pointer, &FIELD_CHOICE, "only with role").into()
            };
            return stray.map_or(Ok(None), |found| Err(refused(found)));
        };
        let place = match row.get("role_unit") {
            Some(text) => self.0.unit(tx, text, "/role_unit_id")?,
            None => self.0.unit(tx, home, "/unit_id")?,
        };
        Ok(Some(NewInvitationRole {
            role: Lists::role(tx, called, &place.path, "/role_id")?,
            unit: Some(place.id),
            subtree: row.get("subtree") != Some("no"),
            until: moment(row, "role_ends_at")?,
        }))
    }
}

impl<'c> ImportTarget<Tx<'c>> for InvitationList {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn permission(&self) -> &'static Permission {
        ManageUsers::PERMISSION
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn grows(&self) -> &'static [&'static str] {
        &["identity_invitations"]
    }

    fn ties(&self, row: &ImportRow) -> Ties {
        use secrecy::ExposeSecret;
        let address = crate::model::address::Address::parse(row.text("address"));
        Ties { key: address.map(|address| address.text().expose_secret().to_owned()), ..Ties::default() }
    }

    fn apply(&self, tx: &mut Tx<'c>, ctx: &Context, row: &ImportRow) -> Outcome<Uuid> {
        let language = match row.get("language") {
            None => Language::Zh,
            Some(word) => Language::of(word)
                .ok_or_else(|| INVALID.refusal().at_with("/language", &FIELD_CHOICE, "zh or en"))?,
        };
        let home = row.text("unit");
        let new = NewInvitation {
            address: read_address(row.text("address"), "/address")?,
            login: row.get("login").map(str::to_owned),
            display_name: row.text("display_name").to_owned(),
            unit: self.0.unit(tx, home, "/unit_id")?.id,
            role: self.role(tx, row, home)?,
            reason: row.text("reason").to_owned(),
            language,
        };
        Ok(invite::invite(tx, ctx, &self.0.services, &new)?.id.uuid())
    }
}
