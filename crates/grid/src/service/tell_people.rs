//! What people hear of a case: its reporter and whoever follows it, of every step that concerns them; who is to handle it, that they are.
//! It is told behind the commit of the step, so a case with a thousand followers is acted on as fast as any other.

use contracts::{Notice, Recipient, Template};
use kernel::id::User;
use kernel::{Id, IdGen, Instant, Outcome};
use storage::Tx;
use storage::outbox::Delivered;

use super::holdings::HAND_OVER;
use super::{anonymous, requests};
use crate::model::{Action, Incident, Step};
use crate::ports::{GridServices, Messages};
use crate::store::{categories, followers, incidents, steps};

/// The topic of steps that people may have to hear of: all but the report, whose answer they have already.
pub const TO_TELL: &str = "grid.incident.to_tell";
/// The name of the reaction.
pub const CONSUMER: &str = "grid.tell_people";
/// Followers that are read at once.
const AT_ONCE: i64 = 500;

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
    /// To the reporter and the followers.
    ACCEPTED = "grid.accepted", "Accepted", "已受理", "Your report {number} ({what}) was accepted.", "您上报的 {number}（{what}）已受理。";
    /// Likewise.
    REJECTED = "grid.rejected", "Not accepted", "未予受理", "Your report {number} ({what}) was not accepted: {note}", "您上报的 {number}（{what}）未予受理：{note}";
    /// Likewise.
    DISPATCHED = "grid.dispatched", "Dispatched", "已派遣", "Your report {number} ({what}) was given to those who deal with it.", "您上报的 {number}（{what}）已派遣处置。";
    /// Likewise.
    STARTED = "grid.started", "Being dealt with", "处置中", "Your report {number} ({what}) is being dealt with.", "您上报的 {number}（{what}）正在处置。";
    /// Likewise.
    RESOLVED = "grid.resolved", "Dealt with", "已处置", "Your report {number} ({what}) was dealt with: {note}", "您上报的 {number}（{what}）已处置：{note}";
    /// Likewise.
    VERIFIED = "grid.verified", "Looked at", "已核查", "Somebody else looked at the result of your report {number} ({what}).", "您上报的 {number}（{what}）已完成核查。";
    /// Likewise.
    CLOSED = "grid.closed", "Closed", "已办结", "Your report {number} ({what}) is closed. You can rate the result, or reopen it within 30 days.", "您上报的 {number}（{what}）已办结。您可评价结果，或在 30 天内重新打开。";
    /// Likewise.
    REOPENED = "grid.reopened", "Taken up again", "重新办理", "Your report {number} ({what}) is taken up again.", "您上报的 {number}（{what}）已重新办理。";
    /// Likewise.
    TRANSFERRED = "grid.transferred", "Passed on", "已转办", "Your report {number} ({what}) was passed on to another place.", "您上报的 {number}（{what}）已转其他单元办理。";
    /// Likewise.
    SUSPENDED = "grid.suspended", "Set aside", "已挂起", "Your report {number} ({what}) was set aside until a date.", "您上报的 {number}（{what}）已挂起，到期后继续办理。";
    /// Likewise.
    RESUMED = "grid.resumed", "Going on", "恢复办理", "Your report {number} ({what}) goes on.", "您上报的 {number}（{what}）已恢复办理。";
    /// Likewise.
    MERGED = "grid.merged", "Already reported", "已合并", "Your report {number} ({what}) is the same as another. You hear of that one from now on.", "您上报的 {number}（{what}）与另一事件相同，已合并。后续进展将一并通知您。";
    /// Likewise.
    VOIDED = "grid.voided", "Struck", "已作废", "Your report {number} ({what}) was struck.", "您上报的 {number}（{what}）已作废。";
    /// To the reporter alone.
    ASKED = "grid.asked", "A question for you", "请您答复", "About your report {number} ({what}): {note}", "关于您上报的 {number}（{what}）：{note}";
    /// To who is to handle it.
    GIVEN = "grid.given", "A case for you", "新派遣事件", "Case {number} ({what}) is yours to deal with.", "事件 {number}（{what}）已派遣给您处置。";
}

/// What a step is to its reporter and the followers; `None`: nothing they need to hear.
fn for_reporter(step: &Step) -> Option<&'static Template> {
    if step.action == requests::VOID {
        return Some(&VOIDED);
    }
    Some(match Action::parse(&step.action)? {
        Action::Accept => &ACCEPTED,
        Action::Reject => &REJECTED,
        Action::Dispatch => &DISPATCHED,
        Action::Start => &STARTED,
        Action::Resolve => &RESOLVED,
        Action::Verify if step.to == crate::model::State::Verified => &VERIFIED,
        Action::Verify | Action::Reopen => &REOPENED,
        Action::Close => &CLOSED,
        Action::Transfer => &TRANSFERRED,
        Action::Suspend => &SUSPENDED,
        Action::Resume => &RESUMED,
        Action::Merge => &MERGED,
        Action::Ask => &ASKED,
        Action::Answer | Action::Return => return None,
    })
}

struct Telling<'a> {
    notices: &'a Messages,
    now: Instant,
    ids: &'a dyn IdGen,
    step: &'a Step,
    number: &'a str,
}

impl Telling<'_> {
    fn tell(&self, tx: &mut Tx<'_>, to: Id<User>, template: &'static Template, what: &str) -> Outcome<()> {
        let note = self.step.note.as_deref().filter(|_| anonymous::is_for_reporter(&self.step.action));
        let notice = Notice {
            template,
            to: Recipient::User(to),
            parameters: vec![
                ("number", self.number.to_owned()),
                ("what", what.to_owned()),
                ("note", note.unwrap_or_default().to_owned()),
            ],
        };
        self.notices.send(tx, self.now, self.ids, &notice)
    }
}

/// Tells of the step that an event is of. Nobody is told of what they did themself.
pub fn react(
    tx: &mut Tx<'_>,
    s: &GridServices,
    now: Instant,
    ids: &dyn IdGen,
    event: &Delivered,
) -> Outcome<()> {
    let Some(notices) = &s.notices else { return Ok(()) };
    let id = Id::from_uuid(event.object_id.uuid());
    let (Some((incident, _)), Some(step)) =
        (incidents::find(tx, id)?, steps::find(tx, id, event.object_seq)?)
    else {
        return Ok(());
    };
    let telling = Telling { notices, now, ids, step: &step, number: &incident.number };
    handler(tx, &telling, &incident)?;
    let Some(template) = for_reporter(&step) else { return Ok(()) };
    if !incident.is_anonymous() && step.actor != Some(incident.reporter) {
        telling.tell(tx, incident.reporter, template, &incident.title)?;
    }
    if step.action != Action::Ask.word() && step.action != Action::Merge.word() {
        crowd(tx, &telling, &incident, template)?;
    }
    Ok(())
}

/// Whoever it was given to by name.
fn handler(tx: &mut Tx<'_>, telling: &Telling<'_>, incident: &Incident) -> Outcome<()> {
    let given = telling.step.action == Action::Dispatch.word() || telling.step.action == HAND_OVER;
    match telling.step.assignee.filter(|to| given && telling.step.actor != Some(*to)) {
        Some(to) => telling.tell(tx, to, &GIVEN, &incident.title),
        None => Ok(()),
    }
}

/// Whoever follows it. What the reporter called it is the reporter's: they hear what kind of case it is.
fn crowd(
    tx: &mut Tx<'_>,
    telling: &Telling<'_>,
    incident: &Incident,
    template: &'static Template,
) -> Outcome<()> {
    let mut after = None;
    let mut what = None;
    loop {
        let some = followers::list(tx, incident.id, after, AT_ONCE)?;
        let Some(last) = some.last().copied() else { return Ok(()) };
        if what.is_none() {
            let category = match incident.category {
                Some(id) => categories::find(tx, id)?.map(|c| c.name),
                None => None,
            };
            what = Some(category.unwrap_or_else(|| "–".to_owned()));
        }
        for user in some {
            if telling.step.actor != Some(user) {
                telling.tell(tx, user, template, what.as_deref().unwrap_or_default())?;
            }
        }
        after = Some(last);
    }
}
