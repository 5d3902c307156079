//! What the deeds need of the world outside: a way to write to people, keys for their addresses, and what the realm allows.

use std::sync::Arc;

use auth::Secrets;
use contracts::{Language, Notice, Notices, Recipient, Template};
use kernel::id::{Unit, User as UserKind};
use kernel::{Id, Instant, Outcome};
use secrecy::SecretString;
use storage::Tx;

use crate::error::NO_CHANNEL;
use crate::model::address::Address;
use crate::service::doorstep::Doorstep;

const ADDRESS: &str = "identity.address";

/// The port to whoever tells people things.
pub type Telling = Arc<dyn for<'c> Notices<Tx<'c>>>;

/// The world outside, as this realm has it.
#[derive(Clone)]
pub struct Outside {
    /// Tells people things.
    pub notices: Telling,
    /// Seals and hashes their addresses.
    pub secrets: Arc<Secrets>,
    /// What links in notices begin with.
    pub public_url: Option<Arc<str>>,
    /// The units in which, and below which, people may register themselves.
    pub open_units: Arc<[Id<Unit>]>,
}

impl Outside {
    /// With a port and a key, no links, and nobody registering themselves.
    pub fn new(notices: Telling, secrets: Arc<Secrets>) -> Self {
        Self { notices, secrets, public_url: None, open_units: Arc::new([]) }
    }

    /// The keyed hash by which an address is found again.
    pub fn address_hash(&self, address: &Address) -> Outcome<String> {
        self.secrets.hash(ADDRESS, &address.to_hash())
    }

    /// The address, sealed.
    pub fn seal(&self, address: &Address) -> Outcome<String> {
        use secrecy::ExposeSecret;
        self.secrets.seal(ADDRESS, address.text().expose_secret())
    }

    /// The address that was sealed.
    pub fn open(&self, kind: contracts::AddressKind, sealed: &str) -> Outcome<Address> {
        Ok(Address::kept(kind, self.secrets.open(ADDRESS, sealed)?))
    }

    /// Refuses if there is no way to write to this address.
    pub fn refuse_unreachable(&self, kind: contracts::AddressKind) -> Outcome<()> {
        if self.notices.reaches(kind) { Ok(()) } else { Err(NO_CHANNEL.fault()) }
    }

    /// Where a code is to be taken: a link if the realm has a place for it, or else the code itself. The code stands behind `#`,
    /// where no server's log has it.
    pub fn link(&self, page: &str, code: &SecretString) -> String {
        use secrecy::ExposeSecret;
        match &self.public_url {
            Some(url) => format!("{}/{page}#code={}", url.trim_end_matches('/'), code.expose_secret()),
            None => code.expose_secret().to_owned(),
        }
    }

    /// Writes to an address.
    pub fn write_to(
        &self,
        tx: &mut Tx<'_>,
        doorstep: &Doorstep,
        address: &Address,
        said: Said,
        expires_at: Instant,
    ) -> Outcome<()> {
        let Said { template, language, parameters } = said;
        let to = Recipient::Address {
            kind: address.kind(),
            address: address.text().clone(),
            language,
            expires_at,
        };
        self.notices.send(tx, doorstep.now, doorstep.ids.as_ref(), &Notice { template, to, parameters })
    }

    /// Puts a notice into an account's inbox.
    pub fn tell(
        &self,
        tx: &mut Tx<'_>,
        doorstep: &Doorstep,
        user: Id<UserKind>,
        template: &'static Template,
        parameters: Vec<(&'static str, String)>,
    ) -> Outcome<()> {
        let notice = Notice { template, to: Recipient::User(user), parameters };
        self.notices.send(tx, doorstep.now, doorstep.ids.as_ref(), &notice)
    }
}

/// What is said to an address outside.
pub struct Said {
    /// The words.
    pub template: &'static Template,
    /// The language.
    pub language: Language,
    /// What stands for the template's names.
    pub parameters: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("open_units", &self.open_units.len()).finish_non_exhaustive()
    }
}
