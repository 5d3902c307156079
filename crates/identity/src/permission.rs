//! The permissions this crate enforces. The three administrators' parts are disjoint: accounts are the system administrator's,
//! roles and grants the security administrator's.

kernel::permissions! {
    /// Seeing accounts.
    ReadUsers = "identity.user.read", Medium, [PlatformAdmin, SystemAdmin, UnitAdmin], "See the accounts of a unit and below.", "查看本单元及下级的账号。";
    /// Managing accounts.
    ManageUsers = "identity.user.manage", High, [PlatformAdmin, SystemAdmin, UnitAdmin], "Create, change, disable and unlock accounts, and set their passwords.", "创建、修改、停用、解锁账号并重置密码。";
    /// Seeing roles.
    ReadRoles = "identity.role.read", Low, [PlatformAdmin, SecurityAdmin, UnitAdmin], "See roles and what they allow.", "查看角色及其权限。";
    /// Managing roles.
    ManageRoles = "identity.role.manage", High, [PlatformAdmin, SecurityAdmin], "Make, change and retire roles.", "创建、修改和停用角色。";
    /// Seeing grants.
    ReadGrants = "identity.grant.read", Medium, [PlatformAdmin, SecurityAdmin, UnitAdmin], "See who holds which role where.", "查看授权记录。";
    /// Managing grants.
    ManageGrants = "identity.grant.manage", High, [PlatformAdmin, SecurityAdmin, UnitAdmin], "Give roles to people and revoke them, up to one's own rights.", "在自身权限范围内授予和撤销角色。";
    /// Asking why.
    ExplainAccess = "identity.access.explain", Medium, [PlatformAdmin, SecurityAdmin, UnitAdmin], "Ask what somebody may do where, and why.", "查询某人在某处有无权限及其原因。";
    /// Looking after the realm's policies.
    ManagePolicies = "identity.policy.manage", High, [PlatformAdmin, SecurityAdmin], "See and change what the realm demands of passwords, sign-ins and sessions.", "查看和修改密码、登录与会话策略。";
    /// One's own account.
    OwnSession = "identity.session.own", Low, [] everyone, "See one's own rights and sessions, and change one's own password.", "查看自己的权限和会话，修改自己的密码。";
}
