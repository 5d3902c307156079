//! The built-in roles, brought into line with the plugins at every start.

use std::collections::BTreeSet;

use kernel::id::Role as RoleKind;
use kernel::{BuiltinRole, Fault, Id, Instant, Outcome, Permission};
use sha2::{Digest, Sha256};
use storage::Tx;

use crate::model::Role;
use crate::service::three;
use crate::store::{roles, state};

/// The id of a built-in role: the same in every realm, made from its name.
pub fn role_id(role: BuiltinRole) -> Id<RoleKind> {
    let digest = Sha256::digest(format!("commonweal built-in role {}", role.name()));
    let mut bytes = [0_u8; 16];
    for (slot, byte) in bytes.iter_mut().zip(digest) {
        *slot = byte;
    }
    Id::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Gives every built-in role the permissions that the plugins list for it; answers the names of the roles that changed.
pub fn sync_builtin_roles(
    tx: &mut Tx<'_>,
    now: Instant,
    catalogue: &[&'static Permission],
) -> Outcome<Vec<&'static str>> {
    let shared = three::shared(catalogue);
    if !shared.is_empty() {
        return Err(Fault::internal(format!(
            "more than one of the three administrators would hold {}",
            shared.join(", ")
        )));
    }
    state::lock(tx)?;
    let mut changed = Vec::new();
    for role in BuiltinRole::ALL {
        if sync_one(tx, now, role, catalogue)? {
            changed.push(role.name());
        }
    }
    if !changed.is_empty() {
        state::bump(tx, None, now)?;
    }
    Ok(changed)
}

fn sync_one(
    tx: &mut Tx<'_>,
    now: Instant,
    builtin: BuiltinRole,
    catalogue: &[&'static Permission],
) -> Outcome<bool> {
    let names: BTreeSet<String> = catalogue
        .iter()
        .filter(|p| !p.everyone && p.roles.contains(&builtin))
        .map(|p| p.name.to_owned())
        .collect();
    let (en, zh) = builtin.label();
    let id = role_id(builtin);
    let wanted = Role {
        id,
        name: builtin.name().to_owned(),
        label_en: en.to_owned(),
        label_zh: zh.to_owned(),
        builtin: true,
        unit_id: None,
        unit_path: None,
        gives_all: builtin.may_give_all(),
        retired: false,
        created_at: now,
        version: 1,
    };
    let Some(there) = roles::find(tx, id)? else {
        roles::insert(tx, &wanted)?;
        roles::set_permissions(tx, id, &names)?;
        return Ok(true);
    };
    let same_words = (&there.label_en, &there.label_zh, there.gives_all)
        == (&wanted.label_en, &wanted.label_zh, wanted.gives_all);
    if same_words && roles::permissions_of(tx, id)? == names {
        return Ok(false);
    }
    roles::set_permissions(tx, id, &names)?;
    let version = there.version;
    roles::update(tx, &Role { created_at: there.created_at, version, ..wanted }, version)?;
    Ok(true)
}
