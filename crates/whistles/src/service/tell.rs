//! What people hear: the people of a department, that it is called, behind the commit of the whistle; who blew, of what the departments do; who
//! acted for a department, of what the community says. Nobody is told of what they did themself.

use contracts::{Notice, Recipient, Template};
use kernel::id::{User, Whistle as WhistleId};
use kernel::{Context, Id, IdGen, Instant, Outcome};
use storage::Tx;

use crate::model::{Action, Call, State, Step, Whistle};
use crate::permission::AnswerCall;
use crate::ports::WhistleServices;
use crate::store::{calls, whistles};

/// The deadline of the reporting in.
pub const REPORT: &str = "report";
/// The deadline of the result.
pub const RESULT: &str = "result";

/// People of one department who are told that it is called.
pub const MOST_TOLD: i64 = 20;

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
    /// To the people of a department.
    CALLED = "whistles.called", "Your department is called", "吹哨召集", "{department} is called on case {number}: {note}", "{department} 因事件 {number} 被召集：{note}";
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

/// Tells the people of each department that is called, and has not been heard of, that it is.
pub fn called(
    tx: &mut Tx<'_>,
    s: &WhistleServices,
    now: Instant,
    ids: &dyn IdGen,
    id: Id<WhistleId>,
) -> Outcome<()> {
    let Some(whistle) = whistles::find(tx, id)? else { return Ok(()) };
    let all = calls::of_whistles(tx, &[id])?;
    for call in all.iter().filter(|call| call.state == State::Called) {
        let to = people(tx, s, call, now)?;
        let telling = Telling { s, now, ids, whistle: &whistle, call, not: Some(whistle.blown_by) };
        telling.send(tx, &CALLED, &to, Some(&whistle.wanted))?;
    }
    Ok(())
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
    let to = if super::act::is_departments(step.action) {
        vec![whistle.blown_by]
    } else {
        concerned(tx, s, call, ctx.now)?
    };
    let telling = Telling { s, now: ctx.now, ids: &*ctx.ids, whistle, call, not: Some(ctx.actor.user) };
    telling.send(tx, template, &to, step.note.as_deref())
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
    let template = if what == REPORT { &REPORT_LATE } else { &RESULT_LATE };
    let mut to = concerned(tx, s, call, ctx.now)?;
    to.push(whistle.blown_by);
    to.sort_unstable();
    to.dedup();
    let telling = Telling { s, now: ctx.now, ids: &*ctx.ids, whistle, call, not: None };
    telling.send(tx, template, &to, None)
}

/// Who acted for the department, each once; where nobody has, its people.
fn concerned(tx: &mut Tx<'_>, s: &WhistleServices, call: &Call, now: Instant) -> Outcome<Vec<Id<User>>> {
    let mut all: Vec<Id<User>> =
        [call.reported_by, call.declined_by, call.result_by].into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { people(tx, s, call, now) } else { Ok(all) }
}

/// The people of a department who can answer for it.
fn people(tx: &mut Tx<'_>, s: &WhistleServices, call: &Call, now: Instant) -> Outcome<Vec<Id<User>>> {
    match &s.people {
        None => Ok(Vec::new()),
        Some(people) => people.holders_in(tx, AnswerCall::NAME, &call.path, now, MOST_TOLD),
    }
}

/// One thing to be told of one call.
struct Telling<'a> {
    s: &'a WhistleServices,
    now: Instant,
    ids: &'a dyn IdGen,
    whistle: &'a Whistle,
    call: &'a Call,
    /// Who knows already.
    not: Option<Id<User>>,
}

impl Telling<'_> {
    fn send(
        &self,
        tx: &mut Tx<'_>,
        template: &'static Template,
        to: &[Id<User>],
        note: Option<&str>,
    ) -> Outcome<()> {
        let Some(notices) = &self.s.notices else { return Ok(()) };
        let department = self.s.tree.unit(tx, self.call.unit)?.map(|u| u.name).unwrap_or_default();
        for user in to.iter().filter(|user| Some(**user) != self.not) {
            let notice = Notice {
                template,
                to: Recipient::User(*user),
                parameters: vec![
                    ("department", department.clone()),
                    ("number", self.whistle.case_number.clone()),
                    ("note", note.unwrap_or_default().to_owned()),
                    ("grade", self.call.grade.map(|g| g.to_string()).unwrap_or_default()),
                ],
            };
            notices.send(tx, self.now, self.ids, &notice)?;
        }
        Ok(())
    }
}
