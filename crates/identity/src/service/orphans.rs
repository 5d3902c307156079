//! Orphaned grants: those that hold, or will, and whose giver could no longer give them. Nothing is taken from anybody: somebody is to look
//! at them and give them anew, or revoke them.

use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Id, Instant, Outcome};
use storage::Tx;

use crate::model::User;
use crate::permission::ManageGrants;
use crate::service::Services;
use crate::service::held::{self, Which};
use crate::store::{grant_lists, users};

/// Givers looked at in one query.
const AT_ONCE: usize = 500;
/// More suspects than these are no help: then every giver's grants are looked at.
const MANY: usize = 5_000;

/// The givers whose grants may be orphaned: all but those who may give everything everywhere, without an end. `None`: too many to
/// name.
pub fn suspects(tx: &mut Tx<'_>, shared: &Services, now: Instant) -> Outcome<Option<Vec<Id<UserKind>>>> {
    let roots = shared.tree.roots(tx)?;
    let mut suspects = Vec::new();
    for some in grant_lists::givers(tx)?.chunks(AT_ONCE) {
        let held = held::of_all(tx, None, some, Which::NotOver(now))?;
        let enabled: std::collections::BTreeSet<_> =
            users::find_all(tx, some)?.into_iter().filter(User::is_enabled).map(|user| user.id).collect();
        suspects.extend(some.iter().copied().filter(|id| {
            let grants = held.get(id).map_or(&[][..], Vec::as_slice);
            let gives_all = roots.iter().all(|root| {
                grants.iter().any(|grant| {
                    grant.gives_all
                        && grant.carries(ManageGrants::PERMISSION.name)
                        && grant.is_live(now)
                        && grant.until.is_none()
                        && grant.subtree
                        && grant.path == root.path
                })
            });
            !(gives_all && enabled.contains(id))
        }));
    }
    Ok((suspects.len() <= MANY).then_some(suspects))
}
