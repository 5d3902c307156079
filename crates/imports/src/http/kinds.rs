//! `GET /import-kinds`: which lists there are, and their columns.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Allowed, Problem};

use super::Shared;
use crate::permission::UseImports;

/// A column of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportColumnView {
    /// Its header.
    pub name: String,
    /// The headers taken besides.
    pub also: Vec<String>,
    /// Whether every row must have it.
    pub required: bool,
    /// Whether an import ignores it.
    pub ignored: bool,
    /// What belongs there, in the reader's language.
    pub meaning: String,
}

/// A list that can be imported.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportKindView {
    /// Its word.
    #[schema(example = "users")]
    pub kind: String,
    /// The permission its rows need, each in its place.
    pub permission: String,
    /// Whether the reader holds it anywhere.
    pub allowed: bool,
    /// Its columns.
    pub columns: Vec<ImportColumnView>,
}

/// The lists that can be imported.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportKindsView {
    /// The lists.
    pub items: Vec<ImportKindView>,
}

/// List the kinds of lists that can be imported, with their columns.
#[utoipa::path(operation_id = "imports_list_kinds", tag = "imports",
    responses((status = 200, body = ImportKindsView, description = "The kinds")), extensions(("x-permission" = json!(UseImports::NAME))))]
#[get("/import-kinds")]
pub async fn list(who: Allowed<UseImports>, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let now = who.context().now;
    let items = shared.services.targets.iter().map(|target| ImportKindView {
        kind: target.kind().to_owned(),
        permission: target.permission().name.to_owned(),
        allowed: who.actor().holds(target.permission(), now),
        columns: target
            .columns()
            .iter()
            .map(|column| ImportColumnView {
                name: column.name.to_owned(),
                also: column.zh.iter().map(|zh| (*zh).to_owned()).collect(),
                required: column.required,
                ignored: column.told,
                meaning: if who.chinese() { column.zh_text } else { column.en }.to_owned(),
            })
            .collect(),
    });
    Ok(HttpResponse::Ok().json(ImportKindsView { items: items.collect() }))
}
