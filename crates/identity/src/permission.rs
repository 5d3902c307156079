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
    OwnSession = "identity.session.own", Low, [] everyone, "See one's own rights and sessions, and end sessions.", "查看自己的权限和会话，结束会话。";
    /// One's own password.
    OwnPassword = "identity.password.own", Low, [] everyone, "Change one's own password.", "修改自己的密码。";
    /// One's own ways in.
    OwnSecurity = "identity.security.own", Low, [] everyone, "Change one's own second factor, contacts, linked accounts and API keys.", "管理自己的第二因素、联系方式、关联账号和 API 密钥。";
    /// Seeing others' sessions.
    ReadSessions = "identity.session.read", Medium, [PlatformAdmin, SystemAdmin, UnitAdmin], "See who of a unit and below is signed in, on what and from where.", "查看本单元及下级人员的在线会话。";
    /// Ending others' sessions.
    ManageSessions = "identity.session.manage", Medium, [PlatformAdmin, SystemAdmin, UnitAdmin], "End sessions of people of a unit and below.", "强制本单元及下级人员下线。";
    /// Reading the log of sign-ins.
    ReadSignIns = "identity.sign_in.read", High, [AuditAdmin], "Read who signed in, or tried to, when and from where.", "查看登录日志。";
    /// Seeing machines.
    ReadMachines = "identity.machine.read", Medium, [PlatformAdmin, SystemAdmin, UnitAdmin], "See the service accounts of a unit and below, and their keys.", "查看本单元及下级的服务账号及其密钥。";
    /// Managing machines.
    ManageMachines = "identity.machine.manage", High, [PlatformAdmin, SystemAdmin, UnitAdmin], "Make and disable service accounts, and make, rotate and revoke their keys.", "创建和停用服务账号，签发、轮换和吊销其密钥。";
}
