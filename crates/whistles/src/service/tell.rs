//! What people hear: who blew, of what the departments do; who acted for a department, of what the community says. Nobody is told of what
//! they did themself. That a department is called is in the list of its calls and in the event: who its people are is identity's to know.

use contracts::{Notice, Recipient, Template};
use kernel::id::{Unit, User};
use kernel::{Context, Id, Outcome};
use storage::Tx;

use crate::model::{Action, Call, Step, Whistle};
use crate::ports::WhistleServices;

/// The deadline of the reporting in.
pub const REPORT: &str = "report";
/// The deadline of the result.
pub const RESULT: &str = "result";

macro_rules! templates {
    ($($(#[$doc:meta])* $name:ident = $kind:literal, $en:literal, $zh:literal, $body_en:literal, $body_zh:literal;)+) => {
        $(
            $(#[$doc])*
            pub static $name: Template = Template {
                kind: $kind, title_en: $en, title_zh: $zh, body_en: $body_en, body_zh: $body_zh,
            };
        )+
    };
}

templates! {
    /// To who blew.
    REPORTED_IN = "whistles.reported_in", "Reported in", "部门已报到", "{department} reported in on case {number}: {note}", "{department} 已就事件 {number} 报到：{note}";
    /// Likewise.
    DECLINED = "whistles.declined", "Declined", "部门说明不能到场", "{department} declines to come on case {number}: {note}", "{department} 就事件 {number} 说明不能到场：{note}";
    /// Likewise.
    ANSWERED = "whistles.answered", "Result told", "部门已反馈", "{department} told its result on case {number}: {note}", "{department} 已就事件 {number} 反馈结果：{note}";
    /// Likewise.
    REPORT_LATE = "whistles.report_late", "Nobody reported in", "部门未按时报到", "{department} has not reported in on case {number} by the deadline.", "{department} 未在期限内就事件 {number} 报到。";
    /// To who blew, and to who reported in.
    RESULT_LATE = "whistles.result_late", "No result", "部门未按时反馈", "{department} has told no result on case {number} by the deadline.", "{department} 未在期限内就事件 {number} 反馈结果。";
    /// To who acted for the department.
    EXCUSED = "whistles.excused", "You need not come", "已同意不到场", "The community agrees that {department} need not come on case {number}.", "社区已同意 {department} 就事件 {number} 不到场。";
    /// Likewise.
    INSISTED = "whistles.insisted", "You are still called", "仍须到场", "The community still calls {department} on case {number}: {note}", "社区仍要求 {department} 就事件 {number} 到场：{note}";
    /// Likewise.
    GRADED = "whistles.graded", "Graded", "已评价", "The community graded {department} on case {number} with {grade} of 5.", "社区已就事件 {number} 评价 {department}：{grade} 星（满分 5 星）。";
    /// Likewise.
    WITHDRAWN = "whistles.withdrawn", "Withdrawn", "召集已撤回", "The call of {department} on case {number} was withdrawn: {note}", "就事件 {number} 对 {department} 的召集已撤回：{note}";
}

/// Tells of a step.
pub(super) fn of(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    whistle: &Whistle,
    call: &Call,
    step: &Step,
) -> Outcome<()> {
    let template = match step.action {
        Action::ReportIn => &REPORTED_IN,
        Action::Decline => &DECLINED,
        Action::Result => &ANSWERED,
        Action::AcceptDecline => &EXCUSED,
        Action::RefuseDecline => &INSISTED,
        Action::Grade => &GRADED,
        Action::Withdraw => &WITHDRAWN,
    };
    let to = if super::act::is_departments(step.action) { vec![whistle.blown_by] } else { answerers(call) };
    send(tx, ctx, s, whistle, call, template, &to, step.note.as_deref())
}

/// Tells that a deadline passed.
pub(super) fn late(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    whistle: &Whistle,
    call: &Call,
    what: &str,
) -> Outcome<()> {
    let (template, mut to) =
        if what == REPORT { (&REPORT_LATE, vec![]) } else { (&RESULT_LATE, answerers(call)) };
    to.push(whistle.blown_by);
    send(tx, ctx, s, whistle, call, template, &to, None)
}

/// Who acted for the department, each once.
fn answerers(call: &Call) -> Vec<Id<User>> {
    let mut all: Vec<Id<User>> =
        [call.reported_by, call.declined_by, call.result_by].into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn name_of(tx: &mut Tx<'_>, s: &WhistleServices, unit: Id<Unit>) -> Outcome<String> {
    Ok(s.tree.unit(tx, unit)?.map(|u| u.name).unwrap_or_default())
}

fn send(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    whistle: &Whistle,
    call: &Call,
    template: &'static Template,
    to: &[Id<User>],
    note: Option<&str>,
) -> Outcome<()> {
    let Some(notices) = &s.notices else { return Ok(()) };
    let department = name_of(tx, s, call.unit)?;
    for user in to.iter().filter(|user| **user != ctx.actor.user) {
        let notice = Notice {
            template,
            to: Recipient::User(*user),
            parameters: vec![
                ("department", department.clone()),
                ("number", whistle.case_number.clone()),
                ("note", note.unwrap_or_default().to_owned()),
                ("grade", call.grade.map(|g| g.to_string()).unwrap_or_default()),
            ],
        };
        notices.send(tx, ctx.now, &*ctx.ids, &notice)?;
    }
    Ok(())
}
