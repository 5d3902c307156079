//! What is said of photos and documents.

use std::path::{Path, PathBuf};

use ::files::model::Limits;
use secrecy::{ExposeSecret, SecretString};

use super::{Raw, within};

/// Where photos and documents are kept, and how much of them is taken.
#[derive(Clone)]
pub struct FileSettings {
    /// The folder.
    pub dir: PathBuf,
    /// The bucket instead of it.
    pub bucket: Option<Bucket>,
    /// How much is taken.
    pub limits: Limits,
    /// Longest upload, in seconds.
    pub upload_seconds: u64,
}

/// A bucket of an object store.
#[derive(Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where it is, unless at Amazon.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// The name of the key.
    pub access_key: String,
    /// The key.
    pub secret_key: SecretString,
}

/// What a binary without S3 says to whoever asks for it.
pub const NO_S3: &str = "files_s3_bucket: this binary speaks no S3; build it with `cargo build --release -p commonweal --features s3`";

impl Raw {
    /// Reads and checks them; the folder lies in the data folder unless told.
    pub(super) fn files(&self, data_dir: &Path) -> Result<FileSettings, String> {
        let dir = self.files_dir.clone().filter(|dir| !dir.as_os_str().is_empty());
        Ok(FileSettings {
            dir: dir.unwrap_or_else(|| data_dir.join("files")),
            bucket: self.bucket()?,
            limits: self.file_limits()?,
            upload_seconds: within("upload_seconds", self.upload_seconds, 1, 3_000)?.unwrap_or(600),
        })
    }

    fn bucket(&self) -> Result<Option<Bucket>, String> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let Some(name) = said(&self.files_s3_bucket) else { return Ok(None) };
        if !cfg!(feature = "s3") {
            return Err(NO_S3.to_owned());
        }
        let secret_key = self.files_s3_secret_key.clone().filter(|key| !key.expose_secret().is_empty());
        Ok(Some(Bucket {
            name,
            endpoint: said(&self.files_s3_endpoint),
            region: said(&self.files_s3_region).unwrap_or_else(|| "us-east-1".to_owned()),
            access_key: said(&self.files_s3_access_key)
                .ok_or("files_s3_access_key: name the key to the bucket")?,
            secret_key: secret_key.ok_or("files_s3_secret_key: a bucket needs its key")?,
        }))
    }

    fn file_limits(&self) -> Result<Limits, String> {
        let usual = Limits::default();
        let photo = within("photo_limit_mib", self.photo_limit_mib, 1, 100)?;
        let document = within("document_limit_mib", self.document_limit_mib, 1, 1_024)?;
        let day = within("file_mib_per_day", self.file_mib_per_day, 1, 1_000_000)?;
        Ok(Limits {
            photo_bytes: photo.map_or(usual.photo_bytes, |mib| mib << 20),
            document_bytes: document.map_or(usual.document_bytes, |mib| mib << 20),
            files_a_day: within("files_per_day", self.files_per_day, 1, 1_000_000)?
                .unwrap_or(usual.files_a_day),
            bytes_a_day: day.map_or(usual.bytes_a_day, |mib| mib << 20),
            ..usual
        })
    }
}
