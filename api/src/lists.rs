//! Which lists come in from files and go out to them, and what keeps their cells.

use std::sync::Arc;

use auth::Secrets;
use identity::lists::grants::GrantList;
use identity::lists::invitations::InvitationList;
use identity::lists::users::UserList;
use identity::lists::{Lists, Loader};
use kernel::{Fault, Outcome};
use people::residents::PersonList;
use secrecy::ExposeSecret;

/// The lists that can be imported and exported: each domain's own.
pub fn lists(
    identity: &identity::Services,
    people: &people::PeopleServices,
    secrets: Option<Arc<Secrets>>,
) -> imports::ImportServices {
    let lists = Lists { services: identity.clone(), units: Arc::new(territory::Units) };
    let users = UserList(lists.clone());
    let grants = GrantList(lists.clone());
    let invited = InvitationList(lists);
    let people = PersonList { services: people.clone(), units: Arc::new(territory::Units) };
    let units = territory::lists::UnitList;
    let codes = [
        kernel::error::CODES,
        identity::error::CODES,
        territory::error::CODES,
        people::error::CODES,
        imports::error::CODES,
    ];
    imports::ImportServices {
        actors: Arc::new(Loader),
        targets: Arc::new([
            Arc::new(users.clone()),
            Arc::new(units),
            Arc::new(grants.clone()),
            Arc::new(invited),
            Arc::new(people),
        ]),
        sources: Arc::new([Arc::new(users), Arc::new(units), Arc::new(grants)]),
        safe: Arc::new(Sealed(secrets)),
        codes: codes.into_iter().flatten().copied().collect(),
    }
}

/// What the cells of files are sealed with; without a key no file is taken.
struct Sealed(Option<Arc<Secrets>>);

impl Sealed {
    fn secrets(&self) -> Outcome<&Secrets> {
        self.0.as_deref().ok_or_else(|| Fault::internal("there is no key to seal with"))
    }
}

impl imports::ports::Safe for Sealed {
    fn seal(&self, purpose: &str, text: &str) -> Outcome<String> {
        self.secrets()?.seal(purpose, text)
    }

    fn open(&self, purpose: &str, sealed: &str) -> Outcome<String> {
        Ok(self.secrets()?.open(purpose, sealed)?.expose_secret().to_owned())
    }
}
