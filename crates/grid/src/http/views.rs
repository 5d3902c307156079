//! What readers get of grids: flat, with names beside ids, and with what they may do next.

use kernel::{Context, Instant, UnitPath};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Grid, Post};

/// A grid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridView {
    /// The grid.
    pub id: Uuid,
    /// The unit it belongs to.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// Its name.
    pub name: String,
    /// The number it goes by in its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// What kind of area it is.
    #[schema(extensions(("x-extensible-enum" = json!(["residential", "market", "industrial", "special"]))))]
    pub kind: String,
    /// Whether its boundary is drawn.
    pub has_geometry: bool,
    /// The middle of its boundary's box: latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lat: Option<f64>,
    /// The middle of its boundary's box: longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lng: Option<f64>,
    /// Since when it exists.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// Since when it is history.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub retired_at: Option<Instant>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it: `change`, `draw`, `retire`, `assign`.
    pub can: Vec<String>,
}

impl GridView {
    /// As the reader sees it.
    pub fn of(ctx: &Context, grid: Grid, unit_name: String, path: Option<&UnitPath>) -> Self {
        let manages = grid.retired_at.is_none() && path.is_some_and(|p| super::manages(ctx, p));
        let middle = grid.bounds.map(|b| b.middle());
        Self {
            id: grid.id.uuid(),
            unit_id: grid.unit.uuid(),
            unit_name,
            name: grid.name,
            code: grid.code,
            kind: grid.kind.word().to_owned(),
            has_geometry: grid.bounds.is_some(),
            lat: middle.map(|(lat, _)| lat),
            lng: middle.map(|(_, lng)| lng),
            created_at: grid.created_at,
            retired_at: grid.retired_at,
            version: grid.version,
            can: if manages { words(&["change", "draw", "retire", "assign"]) } else { Vec::new() },
        }
    }
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|w| (*w).to_owned()).collect()
}

web::page_schema!(GridPage, GridView);

/// A grid's boundary.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridGeometryView {
    /// The grid.
    pub grid_id: Uuid,
    /// Its name.
    pub grid_name: String,
    /// A Polygon or MultiPolygon as RFC 7946 has it.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
    /// The grid's version.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it: `draw`.
    pub can: Vec<String>,
}

impl GridGeometryView {
    /// As the reader sees it.
    pub fn of(grid: &Grid, geometry: serde_json::Value, manages: bool) -> Self {
        let can = if manages && grid.retired_at.is_none() { words(&["draw"]) } else { Vec::new() };
        Self { grid_id: grid.id.uuid(), grid_name: grid.name.clone(), geometry, version: grid.version, can }
    }
}

/// Somebody's duty in a grid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridPostView {
    /// The post.
    pub id: Uuid,
    /// The grid.
    pub grid_id: Uuid,
    /// Who holds it.
    pub user_id: Uuid,
    /// Their name.
    pub user_name: String,
    /// As what.
    #[schema(extensions(("x-extensible-enum" = json!(["worker", "police", "assistant"]))))]
    pub role: String,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    pub from_at: Instant,
    /// Until when, exclusive; absent while open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub until_at: Option<Instant>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it: `end`.
    pub can: Vec<String>,
}

impl GridPostView {
    /// As the reader sees it.
    pub fn of(ctx: &Context, (post, user_name): (Post, String), manages: bool) -> Self {
        let open = post.until.is_none_or(|until| until > ctx.now);
        Self {
            id: post.id.uuid(),
            grid_id: post.grid.uuid(),
            user_id: post.user.uuid(),
            user_name,
            role: post.role.word().to_owned(),
            from_at: post.from,
            until_at: post.until,
            version: post.version,
            can: if manages && open { words(&["end"]) } else { Vec::new() },
        }
    }
}

web::page_schema!(GridPostPage, GridPostView);
