//! A file and what it may be.

use kernel::id::{File as FileKind, FileObject, User};
use kernel::{Id, Instant};
use uuid::Uuid;

/// How long an upload may be under way before it is given up, in seconds.
pub const UPLOAD_SECONDS: i64 = 3_600;
/// How long a file is kept that hangs on nothing, in days.
pub const LOOSE_DAYS: i64 = 1;
/// Uploads that one account may have under way.
pub const MAX_AT_ONCE: i64 = 8;
/// Files of one thing.
pub const MAX_HERE: i64 = 200;
/// Longest side of a thumbnail.
pub const THUMBNAIL: u32 = 320;

/// What is taken: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A photo.
    Jpeg,
    /// A photo or a picture of a screen.
    Png,
    /// A photo; kept as JPEG or PNG.
    Webp,
    /// A document.
    Pdf,
    /// Plain text in UTF-8.
    Text,
    /// A document of Word.
    Docx,
    /// A workbook of Excel.
    Xlsx,
}

impl Media {
    /// All of them, with their media types and the ends that their names may have, the usual one first.
    pub const ALL: [(Self, &'static str, &'static [&'static str]); 7] = [
        (Self::Jpeg, "image/jpeg", &["jpg", "jpeg"]),
        (Self::Png, "image/png", &["png"]),
        (Self::Webp, "image/webp", &["webp"]),
        (Self::Pdf, "application/pdf", &["pdf"]),
        (Self::Text, "text/plain", &["txt", "text", "log", "csv", "md"]),
        (Self::Docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
        (Self::Xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ];

    /// The media type.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(media, ..)| *media == self).map_or("", |(_, name, _)| name)
    }

    /// The ends that a name of such a file may have.
    pub fn ends(self) -> &'static [&'static str] {
        Self::ALL.iter().find(|(media, ..)| *media == self).map_or(&[], |(_, _, ends)| ends)
    }

    /// The media of this type.
    pub fn of(name: &str) -> Option<Self> {
        // A name that some senders have for it.
        let name = if name == "image/jpg" { "image/jpeg" } else { name };
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(media, ..)| *media)
    }

    /// Whether it is a photo.
    pub fn is_photo(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }
}

/// How much is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a photo.
    pub photo_bytes: u64,
    /// Bytes of a document.
    pub document_bytes: u64,
    /// Pixels of a photo.
    pub pixels: u64,
    /// Files that one account may upload in a day.
    pub files_a_day: i64,
    /// Bytes that one account may upload in a day.
    pub bytes_a_day: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            photo_bytes: 20 << 20,
            document_bytes: 50 << 20,
            pixels: 40_000_000,
            files_a_day: 500,
            bytes_a_day: 2 << 30,
        }
    }
}

impl Limits {
    /// Bytes of a file of this media.
    pub fn bytes(&self, media: Media) -> u64 {
        if media.is_photo() { self.photo_bytes } else { self.document_bytes }
    }

    /// Bytes of a file that may be anything.
    pub fn most(&self) -> u64 {
        self.photo_bytes.max(self.document_bytes)
    }
}

/// Where a file is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its bytes are coming; nobody sees it.
    Receiving,
    /// There, and its owner's alone.
    Uploaded,
    /// Hangs on a thing.
    Attached,
}

impl State {
    /// Their words in the API with labels in English and Chinese. `receiving` is never shown.
    pub const WORDS: [(Self, &'static str); 3] =
        [(Self::Receiving, "receiving"), (Self::Uploaded, "uploaded"), (Self::Attached, "attached")];

    /// The word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(state, _)| *state == self).map_or("receiving", |(_, word)| word)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, name)| *name == word).map(|(state, _)| *state)
    }
}

/// That a file hangs on a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hanging {
    /// The thing's kind.
    pub kind: String,
    /// Which one.
    pub id: Uuid,
    /// What the file is for there.
    pub label: String,
    /// Who attached it.
    pub by: Id<User>,
    /// When.
    pub at: Instant,
}

/// What is known of the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// The object they are.
    pub object_id: Id<FileObject>,
    /// SHA-256, hex.
    pub sha256: String,
    /// How many.
    pub size: i64,
    /// What they are.
    pub media: Media,
    /// Width and height of a photo.
    pub pixels: Option<(i32, i32)>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: Id<FileKind>,
    /// Who uploaded it.
    pub owner_id: Id<User>,
    /// Where it is.
    pub state: State,
    /// What it was called, cleaned.
    pub name: String,
    /// Its bytes; `None` while they are coming.
    pub bytes: Option<Bytes>,
    /// Bytes of the day's allowance that are held for it while it comes.
    pub reserved: i64,
    /// The day whose allowance it takes from.
    pub day: String,
    /// What it hangs on.
    pub hanging: Option<Hanging>,
    /// When the upload began.
    pub created_at: Instant,
    /// Until when it is kept; `None` while it hangs on something.
    pub kept_until: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
}
