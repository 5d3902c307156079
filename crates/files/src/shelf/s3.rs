//! A store that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use object_store::ClientOptions;
use object_store::aws::AmazonS3Builder;
use secrecy::{ExposeSecret, SecretString};

use super::Shelf;

/// The longest that the store may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a bucket is and who may use it.
#[derive(Debug, Clone)]
pub struct S3 {
    /// The address of the service; `None`: Amazon's own for the region.
    pub endpoint: Option<String>,
    /// The region; many other services take any.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The key's name.
    pub access_key: String,
    /// The key.
    pub secret_key: SecretString,
}

impl Shelf {
    /// A bucket. Nobody is asked yet whether it is there.
    pub fn s3(s3: &S3) -> Result<Self, String> {
        let mut builder = AmazonS3Builder::new()
            .with_region(&s3.region)
            .with_bucket_name(&s3.bucket)
            .with_access_key_id(&s3.access_key)
            .with_secret_access_key(s3.secret_key.expose_secret())
            .with_client_options(ClientOptions::new().with_timeout(PATIENCE));
        if let Some(endpoint) = &s3.endpoint {
            let is_plain = endpoint.starts_with("http://");
            if !is_plain && !endpoint.starts_with("https://") {
                return Err(format!("{endpoint} begins neither with https:// nor with http://"));
            }
            builder = builder.with_endpoint(endpoint.trim_end_matches('/')).with_allow_http(is_plain);
        }
        let store = builder.build().map_err(|error| error.to_string())?;
        Ok(Self::of(Arc::new(store)))
    }
}
