//! A plugin that is not in the product, whole: its table, its permission, its operations, its reaction to another's events.

use std::sync::Arc;

use actix_web::{HttpResponse, get, post};
use contracts::events::{INCIDENT_CHANGED, IncidentChanged};
use diesel::prelude::*;
use kernel::id::{EventRecord, Incident};
use kernel::{Context, ErrorCode, Fault, Id, Instant, Outcome, Permission, Plugin};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::audit::Entry;
use storage::{Migrations, Reaction, StoredPlugin, Tx, audit, with_conn};
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, PathId, Problem, Registrar, WebPlugin};

kernel::permissions! {
    /// Looking at what was seen.
    ReadSightings = "example.sighting.read", Low, [Inspector], "See what was seen of an incident.", "查看示例记录。";
    /// Noting something by hand.
    NoteSighting = "example.sighting.note", Low, [Inspector], "Note something of an incident.", "登记示例记录。";
}

kernel::error_codes! {
    /// Nothing was said.
    SILENT = "example.silent", Invalid, "Say something.", "请填写内容。";
}

diesel::table! {
    use diesel::sql_types::Text;
    use kernel::sql::{DbInstant, DbUuid};
    example_sightings (event_id) {
        event_id -> DbUuid,
        incident_id -> DbUuid,
        state -> Text,
        seen_at -> DbInstant,
    }
}

/// The plugin.
pub(crate) struct ExamplePlugin;

impl Plugin for ExamplePlugin {
    fn name(&self) -> &'static str {
        "example"
    }
    fn permissions(&self) -> &'static [&'static Permission] {
        PERMISSIONS
    }
    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        CODES
    }
}

impl StoredPlugin for ExamplePlugin {
    fn migrations(&self) -> Migrations {
        storage::migrations!("example/migrations/sqlite", "example/migrations/postgres")
    }

    fn reactions(&self) -> Vec<Reaction> {
        vec![Reaction {
            consumer: "example.sightings",
            topics: &[INCIDENT_CHANGED],
            run: Arc::new(|tx, event| {
                let what: IncidentChanged =
                    serde_json::from_value(event.payload.0.clone()).map_err(Fault::internal)?;
                insert(tx, event.id, what.incident, &what.to, event.at)
            }),
        }]
    }
}

impl WebPlugin for ExamplePlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.service(list).service(list_glimpses).service(note);
    }
    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("example", "What was seen of incidents.")]
    }
}

fn insert(
    tx: &mut Tx<'_>,
    event: Id<EventRecord>,
    incident: Id<Incident>,
    state: &str,
    at: Instant,
) -> Outcome<()> {
    let row = (
        example_sightings::event_id.eq(event),
        example_sightings::incident_id.eq(incident),
        example_sightings::state.eq(state),
        example_sightings::seen_at.eq(at),
    );
    with_conn!(tx, |c| diesel::insert_into(example_sightings::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

fn states(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Vec<String>> {
    Ok(with_conn!(tx, |c| example_sightings::table
        .filter(example_sightings::incident_id.eq(incident))
        .order(example_sightings::event_id.asc())
        .select(example_sightings::state)
        .load(c))?)
}

/// What was seen.
#[derive(Debug, Serialize, ToSchema)]
struct SightingsView {
    /// The states, in the order they were seen.
    states: Vec<String>,
}

/// A note.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SightingCreate {
    /// What was seen.
    #[schema(min_length = 1, max_length = 40)]
    state: String,
}

/// List what was seen of an incident.
#[utoipa::path(operation_id = "example_list_sightings", tag = "example",
    params(("id" = Uuid, Path, description = "The incident.")),
    responses((status = 200, body = SightingsView, description = "What was seen.")),
    extensions(("x-permission" = json!(ReadSightings::NAME))))]
#[get("/sightings/{id}")]
async fn list(who: Allowed<ReadSightings>, id: PathId<Incident>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let states = who.read(move |tx, _| states(tx, id)).await?;
    Ok(HttpResponse::Ok().json(SightingsView { states }))
}

/// List what was seen of an incident, as clients of old ask for it.
///
/// `example_list_sightings` answers the same.
#[utoipa::path(operation_id = "example_list_glimpses", tag = "example",
    params(("id" = Uuid, Path, description = "The incident.")),
    responses((status = 200, body = SightingsView, description = "What was seen.")),
    extensions(("x-permission" = json!(ReadSightings::NAME)), ("x-deprecated-at" = json!("2026-01-01")),
        ("x-sunset" = json!("2027-01-01"))))]
#[get("/glimpses/{id}")]
async fn list_glimpses(who: Allowed<ReadSightings>, id: PathId<Incident>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let states = who.read(move |tx, _| states(tx, id)).await?;
    Ok(HttpResponse::Ok().json(SightingsView { states }))
}

/// Note something of an incident.
#[utoipa::path(operation_id = "example_note_sighting", tag = "example", request_body = SightingCreate,
    params(("id" = Uuid, Path, description = "The incident.")),
    responses((status = 201, body = SightingsView, description = "What was seen.")),
    extensions(("x-permission" = json!(NoteSighting::NAME))))]
#[post("/sightings/{id}")]
async fn note(
    who: Allowed<NoteSighting>,
    id: PathId<Incident>,
    body: Body<SightingCreate>,
) -> Result<HttpResponse, Problem> {
    let (id, state) = (id.id(), body.state.clone());
    let deed = move |tx: &mut Tx<'_>, ctx: &Context| {
        if state.trim().is_empty() {
            return Err(SILENT.fault());
        }
        insert(tx, ctx.id(), id, &state, ctx.now)?;
        let entry = Entry {
            action: "example.sighting.note",
            object_kind: "incident",
            object: Some(id.uuid()),
            unit: None,
            before: None,
            after: Some(json!({ "state": state })),
        };
        audit::record(tx, ctx, entry)?;
        Ok(Answer::of(SightingsView { states: states(tx, id)? }))
    };
    who.write(actix_web::http::StatusCode::CREATED, &body, deed).await
}
