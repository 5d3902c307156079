//! The endpoints: a file each, or a few that are close.

pub mod accounts;
pub mod consents;
pub mod flags;
pub mod people;
pub mod readings;
pub mod unmask;
pub mod views;
pub mod words;

use actix_web::web::Data;
use kernel::{Fault, Instant, Outcome};
use web::{Body, Dictionary, Fingerprint, Registrar, WebPlugin};

use crate::plugin::PeoplePlugin;
use crate::ports::PeopleServices;

impl WebPlugin for PeoplePlugin {
    fn routes(&self, cfg: &mut Registrar<'_>) {
        cfg.app_data(Data::new(self.services().clone()));
        // What has a name of its own before `{id}`: the first that fits is taken.
        cfg.service(people::read_me).service(readings::list).service(unmask::look_up);
        cfg.service(people::list).service(people::create).service(people::read);
        cfg.service(people::update).service(people::erase);
        cfg.service(unmask::unmask).service(readings::list_of_person);
        cfg.service(flags::list).service(flags::set).service(flags::end);
        cfg.service(consents::list).service(consents::record).service(consents::withdraw);
        cfg.service(accounts::list).service(accounts::tie).service(accounts::untie);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("people", "Natural persons: masked, looked up by number, read whole only on the record."),
            ("person_facts", "What is known of a person, with its dates: flags, consents, accounts."),
        ]
    }

    fn dictionaries(&self) -> &'static [Dictionary] {
        words::DICTIONARIES
    }
}

/// A filter as part of a list's fingerprint.
fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn micros(at: Option<Instant>) -> String {
    text(at.map(Instant::micros))
}

/// What an idempotency key is kept with where the body is personal: a keyed hash of it, since phones and numbers are few enough to
/// guess a plain digest.
struct Print(Vec<u8>);

impl Fingerprint for Print {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Print {
    fn of<T>(s: &PeopleServices, body: &Body<T>) -> Outcome<Self> {
        let keys =
            s.vault.lookup().ok_or_else(|| Fault::internal("the realm's look-up keys are not there yet"))?;
        Ok(Self(keys.request(body.bytes())))
    }
}
