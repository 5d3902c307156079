//! System, security and audit administration never meet in one person (三员分立).

use kernel::id::{Role as RoleKind, User};
use kernel::{BuiltinRole, Id, Instant, Outcome, Permission};
use storage::Tx;

use crate::error::ADMINISTRATORS_ARE_THREE;
use crate::service::builtin::role_id;
use crate::service::held::{self, Which};

/// The built-in role of this id.
fn builtin(id: Id<RoleKind>) -> Option<BuiltinRole> {
    BuiltinRole::ALL.into_iter().find(|role| role_id(*role) == id)
}

/// Whether two roles must not meet in one person.
pub fn clash(a: BuiltinRole, b: BuiltinRole) -> bool {
    let founder_and_auditor = |a, b| matches!((a, b), (BuiltinRole::PlatformAdmin, BuiltinRole::AuditAdmin));
    (a != b && a.is_one_of_three() && b.is_one_of_three())
        || founder_and_auditor(a, b)
        || founder_and_auditor(b, a)
}

/// Refuses a role to somebody who holds, or will hold, one that must not meet with it, wherever that is.
pub fn refuse_meeting(tx: &mut Tx<'_>, now: Instant, user: Id<User>, role: Id<RoleKind>) -> Outcome<()> {
    let Some(wanted) = builtin(role) else { return Ok(()) };
    for grant in held::of(tx, None, user, Which::NotOver(now))? {
        if let Some(has) = builtin(grant.role)
            && clash(wanted, has)
        {
            return Err(ADMINISTRATORS_ARE_THREE
                .refusal()
                .with("conflict", serde_json::json!([wanted.name(), has.name()]))
                .into());
        }
    }
    Ok(())
}

/// Permissions that more than one of the three would hold; none, if the plugins keep to the rule. Checked at start.
pub fn shared(catalogue: &[&'static Permission]) -> Vec<&'static str> {
    catalogue
        .iter()
        .filter(|p| p.roles.iter().filter(|role| role.is_one_of_three()).count() > 1)
        .map(|p| p.name)
        .collect()
}
