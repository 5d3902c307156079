//! What the face stands on: grid's deeds, and what an operator says of the endpoint.

use std::sync::Arc;

use grid::GridServices;

/// What an operator says of the endpoint.
#[derive(Debug, Clone)]
pub struct Open311Settings {
    /// What the addresses in the discovery document begin with (`https://city.example`, no slash at the end); without it, what
    /// the request came to.
    pub public_url: Option<String>,
    /// Whom to write to about the endpoint.
    pub contact: String,
    /// How to get an `api_key`.
    pub key_service: String,
    /// The one `jurisdiction_id` that is served; without it every one is.
    pub jurisdiction_id: Option<String>,
    /// Whether everybody may read the cases that came in this way, as the standard has it. A sender that takes reports which are not
    /// public has no word for that in the standard: where there is one, this is to be off, and each account reads its own.
    pub public_requests: bool,
    /// Whether it is in earnest: `production`, else `test`.
    pub production: bool,
}

impl Default for Open311Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            contact: "The administration of this platform.".to_owned(),
            key_service: "An administrator makes a service account and gives it a key.".to_owned(),
            jurisdiction_id: None,
            public_requests: true,
            production: true,
        }
    }
}

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct Open311Services {
    /// Grid's deeds and what they stand on.
    pub grid: GridServices,
    /// What an operator says of the endpoint.
    pub settings: Arc<Open311Settings>,
}

impl Open311Services {
    /// The face of this grid.
    pub fn new(grid: GridServices, settings: Open311Settings) -> Self {
        Self { grid, settings: Arc::new(settings) }
    }
}
