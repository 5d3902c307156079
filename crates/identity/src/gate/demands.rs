//! What the realm demands, as this gateway knows it: read again whenever the epoch of rights has moved, so a change is in force on the
//! next request everywhere.

use std::sync::Arc;

use auth::Throttle;
use kernel::Outcome;
use kernel::error::Fields;
use kernel::id::User as UserKind;
use kernel::{Id, Refusal};
use secrecy::SecretString;

use super::Gate;
use crate::error::PASSWORD_USED_BEFORE;
use crate::model::policies::Policies;
use crate::service::{passwords, policies};

impl Gate {
    /// All policies as they are in force now.
    pub async fn policies(&self) -> Outcome<Arc<Policies>> {
        // Asked before they are read: what is kept is never older than the epoch it is kept under.
        let newest = self.newest.ask().await?;
        if let Some((epoch, known)) = &*self.demands.read()
            && *epoch >= newest
        {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(self.db.read(policies::load).await?);
        let mut kept = self.demands.write();
        if kept.as_ref().is_none_or(|(epoch, _)| *epoch < newest) {
            *kept = Some((newest, Arc::clone(&read)));
        }
        Ok(read)
    }

    /// How patient lock-out is now.
    pub async fn throttle(&self) -> Outcome<Throttle> {
        Ok(self.policies().await?.lockout.throttle(self.settings.throttle))
    }

    /// Refuses a new password that is weaker than the realm allows, or that the account had lately.
    pub async fn check_password(
        &self,
        password: &SecretString,
        login: &str,
        pointer: &'static str,
        user: Option<Id<UserKind>>,
    ) -> Outcome<()> {
        let policy = self.policies().await?.passwords;
        let mut fields = Fields::default();
        let min_length = usize::try_from(policy.min_length).unwrap_or(auth::password::MIN_LENGTH);
        auth::password::check_length(password, login, min_length, pointer, &mut fields);
        fields.finish()?;
        let Some(user) = user.filter(|_| policy.history > 0) else { return Ok(()) };
        let hashes = self.db.read(move |tx| passwords::not_again(tx, user, policy.history)).await?;
        if self.hasher.is_one_of(hashes, password.clone()).await? {
            let refusal: Refusal = kernel::error::INVALID.refusal().at(pointer, &PASSWORD_USED_BEFORE);
            return Err(refusal.into());
        }
        Ok(())
    }
}
