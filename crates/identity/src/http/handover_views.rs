//! What is answered about what hangs on people, and about handovers.

use std::collections::{BTreeSet, HashMap};

use contracts::HeldItem;
use kernel::permission::Permit;
use kernel::{Context, ErrorCode, Id, Outcome};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::views::{GrantUnitView, GrantUserView, UnitNames};
use crate::model::handover::{Fate, Handover, Report, SCHEDULED, Tally};
use crate::permission::ManageUsers;
use crate::service::Services;
use crate::service::handovers::Asked;
use crate::service::holdings::{Counted, Kept};
use crate::store::users;

/// One thing that hangs on a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldingView {
    /// Its kind: the plugins that are on say which there are. `grant_request`: a grant they asked for that waits for a second person;
    /// `approval`: one that they could approve.
    #[schema(extensions(("x-extensible-enum" = json!(["grant", "service_account", "grant_request", "approval", "incident", "post"]))))]
    pub kind: String,
    /// Its id: the grant's, the incident's, the post's.
    pub id: Uuid,
    /// What it is called, in the reader's language.
    pub label: String,
    /// The unit it belongs to.
    pub unit: GrantUnitView,
    /// Since when it hangs on them.
    #[schema(value_type = String, format = DateTime)]
    pub since_at: kernel::Instant,
}

/// How many things of a kind hang on a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldingCountView {
    /// The kind.
    #[schema(extensions(("x-extensible-enum" = json!(["grant", "service_account", "grant_request", "approval", "incident", "post"]))))]
    pub kind: String,
    /// Those the reader may see, in the unit asked for. Exact.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub count: i64,
    /// Those the reader may not see, wherever they are. Exact.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub hidden: i64,
}

/// One page of what hangs on a person, and all of it counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldingPage {
    /// The things, kind by kind, the oldest first.
    pub items: Vec<HoldingView>,
    /// Give it as `cursor` to get the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// How many there are, kind by kind.
    pub counts: Vec<HoldingCountView>,
}

/// What became of one thing, or would.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandoverItemView {
    /// Its kind.
    #[schema(extensions(("x-extensible-enum" = json!(["grant", "service_account", "grant_request", "approval", "incident", "post"]))))]
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// What it is called, in the reader's language.
    pub label: String,
    /// The unit it belongs to.
    pub unit: GrantUnitView,
    /// `handed_over`, `revoked` (a grant that nobody took over, or a request for one) or `refused`.
    #[schema(extensions(("x-extensible-enum" = json!(["handed_over", "revoked", "refused"]))))]
    pub outcome: String,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

/// What became of one kind of things, or would.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandoverCountView {
    /// The kind.
    #[schema(extensions(("x-extensible-enum" = json!(["grant", "service_account", "grant_request", "approval", "incident", "post"]))))]
    pub kind: String,
    /// Those that passed.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub handed_over: i64,
    /// Grants that were revoked, requests that were withdrawn.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub revoked: i64,
    /// Those that were refused.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub refused: i64,
    /// Those that hang on the person still, as far as the reader sees.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub remaining: i64,
    /// Those the reader may not see, untouched.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub hidden: i64,
}

impl From<Tally> for HandoverCountView {
    fn from(tally: Tally) -> Self {
        let Tally { kind, handed_over, revoked, refused, remaining, hidden } = tally;
        Self { kind, handed_over, revoked, refused, remaining, hidden }
    }
}

/// What a handover did, or would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandoverResultView {
    /// `dry_run`: nothing was written; `scheduled`: this is what it would do now; `done`.
    #[schema(extensions(("x-extensible-enum" = json!(["dry_run", "scheduled", "done"]))))]
    pub state: String,
    /// What is kept of it: `GET /handovers/{id}`; absent for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handover_id: Option<Uuid>,
    /// When it will be carried out, if it is scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub due_at: Option<kernel::Instant>,
    /// What became of each thing.
    pub items: Vec<HandoverItemView>,
    /// Counted, kind by kind. Exact.
    pub counts: Vec<HandoverCountView>,
    /// The first 200 of the things that hang on the person still.
    pub remaining: Vec<HoldingView>,
    /// Sessions that ended.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub sessions_ended: i64,
    /// API keys that ended: of an account that leaves.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub keys_ended: i64,
    /// Whether the account was disabled.
    pub disabled: bool,
}

/// A handover, or somebody's leaving, as it is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandoverView {
    /// Its id.
    pub id: Uuid,
    /// `handover` or `offboarding`.
    #[schema(extensions(("x-extensible-enum" = json!(["handover", "offboarding"]))))]
    pub kind: String,
    /// Whose things.
    pub user: GrantUserView,
    /// Whose they are to be; absent where somebody leaves without a successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub successor: Option<GrantUserView>,
    /// Which kinds of things; empty: all.
    pub kinds: Vec<String>,
    /// In which units and below; empty: anywhere.
    pub unit_ids: Vec<Uuid>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Whether what can pass passes though something cannot.
    pub partial: bool,
    /// Why.
    pub reason: String,
    /// When it is carried out, or was.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: kernel::Instant,
    /// `scheduled`, `done`, `failed` or `cancelled`.
    #[schema(extensions(("x-extensible-enum" = json!(["scheduled", "done", "failed", "cancelled"]))))]
    pub state: String,
    /// Who asked for it: it is carried out under their rights of its time.
    pub asked_by: GrantUserView,
    /// When they asked.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<kernel::Instant>,
    /// Who called it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancelled_by: Option<GrantUserView>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// What it did, kind by kind.
    pub counts: Vec<HandoverCountView>,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

web::page_schema!(HandoverPage, HandoverView);

fn holding(names: &UnitNames, chinese: bool, (kind, item): Kept) -> HoldingView {
    HoldingView {
        kind: kind.to_owned(),
        id: item.id.uuid(),
        label: label(chinese, &item),
        unit: names.view(item.unit),
        since_at: item.since,
    }
}

fn label(chinese: bool, item: &HeldItem) -> String {
    (if chinese { &item.label_zh } else { &item.label }).clone()
}

/// The views of what hangs on somebody.
pub fn holdings(
    tx: &mut Tx<'_>,
    shared: &Services,
    chinese: bool,
    items: Vec<Kept>,
) -> Outcome<Vec<HoldingView>> {
    let names = UnitNames::of(tx, shared, items.iter().map(|(_, item)| item.unit))?;
    Ok(items.into_iter().map(|kept| holding(&names, chinese, kept)).collect())
}

/// The views of counts.
pub fn counts(all: Vec<Counted>) -> Vec<HoldingCountView> {
    all.into_iter()
        .map(|c| HoldingCountView { kind: c.kind.to_owned(), count: c.count.shown, hidden: c.count.hidden })
        .collect()
}

/// What came of asking.
pub fn asked(tx: &mut Tx<'_>, shared: &Services, chinese: bool, asked: Asked) -> Outcome<HandoverResultView> {
    let Asked { kept, report } = asked;
    let Report { items, tallies, remaining, sessions_ended, keys_ended, disabled } = report;
    let units = items.iter().map(|p| p.item.unit).chain(remaining.iter().map(|(_, item)| item.unit));
    let names = UnitNames::of(tx, shared, units)?;
    let said = |code: &ErrorCode| (if chinese { code.zh } else { code.en }).to_owned();
    let items = items
        .into_iter()
        .map(|passed| {
            let code = match passed.fate {
                Fate::Refused(code) => Some(code),
                Fate::HandedOver | Fate::Revoked => None,
            };
            HandoverItemView {
                kind: passed.kind.to_owned(),
                id: passed.item.id.uuid(),
                label: label(chinese, &passed.item),
                unit: names.view(passed.item.unit),
                outcome: passed.fate.word().to_owned(),
                code: code.map(|code| code.code.to_owned()),
                detail: code.map(said),
            }
        })
        .collect();
    Ok(HandoverResultView {
        state: kept.as_ref().map_or_else(|| "dry_run".to_owned(), |kept| kept.state.clone()),
        handover_id: kept.as_ref().map(|kept| kept.id.uuid()),
        due_at: kept.as_ref().filter(|kept| kept.state == SCHEDULED).map(|kept| kept.due_at),
        items,
        counts: tallies.into_iter().map(HandoverCountView::from).collect(),
        remaining: remaining.into_iter().map(|kept| holding(&names, chinese, kept)).collect(),
        sessions_ended,
        keys_ended,
        disabled,
    })
}

/// The views of handovers.
pub fn handovers(tx: &mut Tx<'_>, ctx: &Context, list: &[Handover]) -> Outcome<Vec<HandoverView>> {
    let people: BTreeSet<_> = list
        .iter()
        .flat_map(|h| [Some(h.user_id), h.to_id, Some(h.asked_by), h.ended_by])
        .flatten()
        .collect();
    let people = users::find_all(tx, &people.into_iter().collect::<Vec<_>>())?;
    let people: HashMap<_, _> = people.into_iter().map(|user| (user.id, user)).collect();
    let person = |id: Id<kernel::id::User>| GrantUserView {
        id: id.uuid(),
        display_name: people.get(&id).map(|user| user.display_name.clone()).unwrap_or_default(),
    };
    Ok(list
        .iter()
        .map(|h| {
            let order = h.order();
            let may = people
                .get(&h.user_id)
                .is_some_and(|user| ctx.actor.may(ManageUsers::PERMISSION, &user.unit_path, ctx.now));
            let can = may && h.state == SCHEDULED;
            HandoverView {
                id: h.id.uuid(),
                kind: h.kind.clone(),
                user: person(h.user_id),
                successor: h.to_id.map(person),
                kinds: order.kinds,
                unit_ids: order.units.into_iter().map(Id::uuid).collect(),
                limit: h.item_limit,
                partial: h.partial,
                reason: h.reason.clone(),
                due_at: h.due_at,
                state: h.state.clone(),
                asked_by: person(h.asked_by),
                created_at: h.created_at,
                ended_at: h.ended_at,
                cancelled_by: h.ended_by.map(person),
                code: h.code.clone(),
                counts: h.tallies().into_iter().map(HandoverCountView::from).collect(),
                version: h.version,
                can: can.then(|| "cancel".to_owned()).into_iter().collect(),
            }
        })
        .collect())
}

/// The view of one handover.
pub fn handover(tx: &mut Tx<'_>, ctx: &Context, one: &Handover) -> Outcome<HandoverView> {
    handovers(tx, ctx, std::slice::from_ref(one))?
        .into_iter()
        .next()
        .ok_or_else(|| kernel::Fault::internal("a view got lost"))
}
