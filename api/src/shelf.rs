//! Where photos and documents are kept: the folder that the configuration names, or a bucket.

use files::{Keep, Shelf};

use crate::config::Settings;

/// The folder for what is on its way, in the data folder.
const SCRATCH: &str = "incoming";

/// What the configuration says of it.
pub fn keep(settings: &Settings) -> Result<Keep, String> {
    let shelf = match bucket(settings)? {
        Some(shelf) => shelf,
        None => Shelf::folder(&settings.files.dir)
            .map_err(|fault| format!("files_dir: {}: {fault}", settings.files.dir.display()))?,
    };
    Ok(Keep { shelf, scratch: settings.data_dir.join(SCRATCH) })
}

#[cfg(feature = "s3")]
fn bucket(settings: &Settings) -> Result<Option<Shelf>, String> {
    let Some(bucket) = settings.files.bucket.clone() else { return Ok(None) };
    let s3 = files::shelf::S3 {
        endpoint: bucket.endpoint,
        region: bucket.region,
        bucket: bucket.name,
        access_key: bucket.access_key,
        secret_key: bucket.secret_key,
    };
    Shelf::s3(&s3).map(Some).map_err(|why| format!("files_s3_bucket: {why}"))
}

#[cfg(not(feature = "s3"))]
fn bucket(settings: &Settings) -> Result<Option<Shelf>, String> {
    match settings.files.bucket {
        Some(_) => Err(crate::config::NO_S3.to_owned()),
        None => Ok(None),
    }
}
