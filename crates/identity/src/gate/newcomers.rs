//! Those who come in without being signed in: by invitation, by registering, by a new password. What is hashed is hashed before the
//! transaction, and whether or not there is anything to hash it for.

use std::sync::Arc;

use auth::LinkCode;
use contracts::{AddressKind, Language};
use kernel::error::{FIELD_REQUIRED, INVALID};
use kernel::id::{OneTimeCode as CodeKind, Unit};
use kernel::{Id, Outcome};
use secrecy::{ExposeSecret, SecretString};

use super::Gate;
use super::asks::Knock;
use crate::error::{ADDRESS_UNREADABLE, NO_CHANNEL};
use crate::model::User;
use crate::model::address::Address;
use crate::model::newcomers::Code;
use crate::service::doorstep::Doorstep;
use crate::service::newcomer::{self, Newcomer};
use crate::service::{accept, codes, registration, reset};
use crate::store::invitations;
use crate::visit::Visit;

/// What somebody says of the account they make.
#[derive(Debug, Clone)]
pub struct Says {
    /// What it signs in with; `None`: what the invitation says.
    pub login: Option<String>,
    /// The name shown; `None`: what the invitation says.
    pub display_name: Option<String>,
    /// The password.
    pub password: SecretString,
}

/// An address as somebody typed it.
pub fn read_address(typed: &str, pointer: &'static str) -> Outcome<Address> {
    Address::parse(typed).ok_or_else(|| INVALID.refusal().at(pointer, &ADDRESS_UNREADABLE).into())
}

impl Gate {
    fn doorstep(&self, visit: &Visit) -> Doorstep {
        Doorstep {
            now: self.db.clock().now(),
            request_id: visit.request_id.as_str().into(),
            ids: Arc::clone(self.db.ids()),
        }
    }

    /// Accepts an invitation.
    pub async fn accept_invitation(&self, visit: &Visit, code: &SecretString, says: Says) -> Outcome<User> {
        let doorstep = self.doorstep(visit);
        self.asks.take(Knock::Try, visit.address.as_deref(), doorstep.now)?;
        let code = LinkCode::parse(code.expose_secret());
        let (asked, now) = (code.clone(), doorstep.now);
        let known = self
            .db
            .read(move |tx| match &asked {
                Some(code) => {
                    let found = invitations::find(tx, Id::from_uuid(code.id()))?;
                    Ok(found.filter(|found| accept::opens(found, code, now)))
                }
                None => Ok(None),
            })
            .await?;
        let said = known.as_ref().map(|known| (known.login.clone(), known.display_name.clone()));
        let (login, name) = said.unwrap_or((None, String::new()));
        let login = says.login.clone().or(login);
        if known.is_some() && login.is_none() {
            return Err(INVALID.refusal().at("/login", &FIELD_REQUIRED).into());
        }
        let newcomer = self
            .newcomer(
                login.unwrap_or_else(|| "nobody".to_owned()),
                says.display_name.clone().unwrap_or(name),
                &says,
                known.is_some(),
            )
            .await?;
        let shared = self.services.clone();
        self.db.write(move |tx| accept::accept(tx, &doorstep, &shared, code.as_ref(), &newcomer)).await
    }

    /// Asks for a code to register by.
    pub async fn ask_registration(
        &self,
        visit: &Visit,
        address: Address,
        unit: Id<Unit>,
        language: Language,
    ) -> Outcome<Code> {
        let doorstep = self.doorstep(visit);
        self.asks.take(Knock::Ask, visit.address.as_deref(), doorstep.now)?;
        let shared = self.services.clone();
        self.db.write(move |tx| registration::ask(tx, &doorstep, &shared, &address, unit, language)).await
    }

    /// Registers by a code.
    pub async fn confirm_registration(
        &self,
        visit: &Visit,
        id: Id<CodeKind>,
        code: SecretString,
        login: String,
        display_name: String,
        password: SecretString,
    ) -> Outcome<User> {
        let doorstep = self.doorstep(visit);
        self.asks.take(Knock::Try, visit.address.as_deref(), doorstep.now)?;
        let says = Says { login: None, display_name: None, password };
        let newcomer = self.newcomer(login, display_name, &says, true).await?;
        self.take_try(id).await?;
        let shared = self.services.clone();
        self.db.write(move |tx| registration::confirm(tx, &doorstep, &shared, id, &code, &newcomer)).await
    }

    /// Asks for a new password.
    pub async fn ask_reset(&self, visit: &Visit, login: String, language: Language) -> Outcome<Code> {
        let doorstep = self.doorstep(visit);
        self.asks.take(Knock::Ask, visit.address.as_deref(), doorstep.now)?;
        let outside = self.services.outside()?;
        if ![AddressKind::Phone, AddressKind::Mail].into_iter().any(|kind| outside.notices.reaches(kind)) {
            return Err(NO_CHANNEL.fault());
        }
        let shared = self.services.clone();
        self.db.write(move |tx| reset::ask(tx, &doorstep, &shared, &login, language)).await
    }

    /// Sets a new password by a code.
    pub async fn confirm_reset(
        &self,
        visit: &Visit,
        code: &SecretString,
        password: SecretString,
    ) -> Outcome<User> {
        let doorstep = self.doorstep(visit);
        self.asks.take(Knock::Try, visit.address.as_deref(), doorstep.now)?;
        let code = LinkCode::parse(code.expose_secret());
        let (asked, at) = (code.clone(), doorstep.clone());
        let user = self
            .db
            .read(move |tx| match &asked {
                Some(code) => reset::opened_by(tx, &at, code),
                None => Ok(None),
            })
            .await?;
        let login = user.as_ref().map(|user| user.login.clone()).unwrap_or_default();
        self.check_password(&password, &login, "/password", user.map(|user| user.id)).await?;
        let hash = self.hasher.hash(password).await?;
        let shared = self.services.clone();
        self.db.write(move |tx| reset::confirm(tx, &doorstep, &shared, code.as_ref(), &hash)).await
    }

    /// Counts a try of a code, before it is judged.
    pub async fn take_try(&self, id: Id<CodeKind>) -> Outcome<()> {
        self.db.write(move |tx| codes::take_try(tx, id)).await
    }

    async fn newcomer(
        &self,
        login: String,
        display_name: String,
        says: &Says,
        named: bool,
    ) -> Outcome<Newcomer> {
        // Who has no invitation is not told what their account should be called.
        let display_name = if named || !display_name.is_empty() { display_name } else { "-".to_owned() };
        newcomer::check(&login, &display_name)?;
        self.check_password(&says.password, &login, "/password", None).await?;
        let password_hash = self.hasher.hash(says.password.clone()).await?;
        Ok(Newcomer { login, display_name, password_hash })
    }
}
