//! What is answered.

use kernel::id::User;
use kernel::{Id, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{File, State};

/// What a file hangs on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileThingView {
    /// The kind of thing, `plugin.noun`.
    #[schema(example = "grid.incident")]
    pub kind: String,
    /// Which one.
    pub id: Uuid,
    /// What the file is for there; empty where nothing in particular.
    pub label: String,
    /// When it was attached.
    #[schema(value_type = String, format = DateTime)]
    pub attached_at: Instant,
}

/// A photo or a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileView {
    /// The file.
    pub id: Uuid,
    /// Where it is on its way.
    #[schema(extensions(("x-extensible-enum" = json!(["uploaded", "attached"]))))]
    pub state: String,
    /// What it is called.
    pub name: String,
    /// What it is, as it is kept: a photo sent as WebP is a JPEG or a PNG here.
    #[schema(example = "image/jpeg")]
    pub media_type: String,
    /// Bytes, as it is kept.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub size: i64,
    /// SHA-256 of the bytes as they are kept, hex.
    pub sha256: String,
    /// Width of a photo in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100000)]
    pub width: Option<i32>,
    /// Height of a photo in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100000)]
    pub height: Option<i32>,
    /// Whether there is a thumbnail.
    pub has_thumbnail: bool,
    /// Who uploaded it.
    pub owner_id: Uuid,
    /// Their name.
    pub owner_name: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// What it hangs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub thing: Option<FileThingView>,
    /// When it is removed, unless it is attached before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub expires_at: Option<Instant>,
    /// What its reader may do now: `attach`, `delete`.
    pub can: Vec<String>,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl FileView {
    /// As this reader sees it.
    pub fn of(file: &File, owner_name: String, reader: Id<User>) -> Self {
        let bytes = file.bytes.as_ref();
        let pixels = bytes.and_then(|b| b.pixels);
        let is_free = file.state == State::Uploaded && file.owner_id == reader;
        let can: &[&str] = if is_free { &["attach", "delete"] } else { &[] };
        Self {
            id: file.id.uuid(),
            state: file.state.word().to_owned(),
            name: file.name.clone(),
            media_type: bytes.map(|b| b.media.name()).unwrap_or_default().to_owned(),
            size: bytes.map_or(0, |b| b.size),
            sha256: bytes.map(|b| b.sha256.clone()).unwrap_or_default(),
            width: pixels.map(|(width, _)| width),
            height: pixels.map(|(_, height)| height),
            has_thumbnail: bytes.is_some_and(|b| b.media.is_photo()),
            owner_id: file.owner_id.uuid(),
            owner_name,
            created_at: file.created_at,
            thing: file.hanging.as_ref().map(|hanging| FileThingView {
                kind: hanging.kind.clone(),
                id: hanging.id,
                label: hanging.label.clone(),
                attached_at: hanging.at,
            }),
            expires_at: file.kept_until,
            can: can.iter().map(ToString::to_string).collect(),
            version: file.version,
        }
    }
}
