//! Permissions: each is declared by the crate that enforces it, with a sentence that says what it allows.

/// The roles every realm starts with (`domain.md`, identity; `rights.md` trap 13). A plugin says which of them hold its
/// permissions; a role without any is still there, so that the next plugin finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltinRole {
    /// Founds the realm and gets it going; holds everything but the reading of the audit trail.
    PlatformAdmin,
    /// 系统管理员: accounts, units, plugins. One of three disjoint administrators.
    SystemAdmin,
    /// 安全管理员: roles and grants. One of three disjoint administrators.
    SecurityAdmin,
    /// 审计管理员 / auditor: reads everything there is on record and changes nothing. One of three disjoint administrators.
    AuditAdmin,
    /// Runs a unit and its subtree.
    UnitAdmin,
    /// 网格员.
    GridWorker,
    /// Handles incidents for a department.
    DepartmentHandler,
    /// Verifies what others resolved.
    Inspector,
    /// 社会组织负责人.
    OrganisationManager,
    /// 基金出纳.
    FundTreasurer,
    /// 基金审批.
    FundApprover,
    /// 志愿者.
    Volunteer,
    /// 居民.
    Resident,
    /// 商户.
    Merchant,
}

impl BuiltinRole {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 14] = [
        Self::PlatformAdmin,
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
        Self::UnitAdmin,
        Self::GridWorker,
        Self::DepartmentHandler,
        Self::Inspector,
        Self::OrganisationManager,
        Self::FundTreasurer,
        Self::FundApprover,
        Self::Volunteer,
        Self::Resident,
        Self::Merchant,
    ];

    /// The name in the API: snake_case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::AuditAdmin => "audit_admin",
            Self::UnitAdmin => "unit_admin",
            Self::GridWorker => "grid_worker",
            Self::DepartmentHandler => "department_handler",
            Self::Inspector => "inspector",
            Self::OrganisationManager => "organisation_manager",
            Self::FundTreasurer => "fund_treasurer",
            Self::FundApprover => "fund_approver",
            Self::Volunteer => "volunteer",
            Self::Resident => "resident",
            Self::Merchant => "merchant",
        }
    }

    /// The label shown to people: English, Chinese.
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::PlatformAdmin => ("Platform administrator", "平台管理员"),
            Self::SystemAdmin => ("System administrator", "系统管理员"),
            Self::SecurityAdmin => ("Security administrator", "安全管理员"),
            Self::AuditAdmin => ("Audit administrator", "审计管理员"),
            Self::UnitAdmin => ("Unit administrator", "单元管理员"),
            Self::GridWorker => ("Grid worker", "网格员"),
            Self::DepartmentHandler => ("Department handler", "部门处置员"),
            Self::Inspector => ("Inspector", "核查员"),
            Self::OrganisationManager => ("Organisation manager", "社会组织负责人"),
            Self::FundTreasurer => ("Fund treasurer", "基金出纳"),
            Self::FundApprover => ("Fund approver", "基金审批人"),
            Self::Volunteer => ("Volunteer", "志愿者"),
            Self::Resident => ("Resident", "居民"),
            Self::Merchant => ("Merchant", "商户"),
        }
    }

    /// The three administrators whose rights must never meet in one person (三员分立).
    pub const fn is_one_of_three(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }

    /// Whether a grant of this role lets its holder give **any** permission within the grant's unit without holding it:
    /// who appoints others need not be able to do their work (`docs/adr/0004`).
    pub const fn may_give_all(self) -> bool {
        matches!(self, Self::PlatformAdmin | Self::SecurityAdmin)
    }
}

/// How much harm a permission can do in the wrong hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Everyday work.
    Low,
    /// Changes what others rely on.
    Medium,
    /// Changes rights, or reads what is private.
    High,
}

/// A permission's name: `plugin.noun.verb`.
pub type PermissionName = &'static str;

/// One permission.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// `plugin.noun.verb`; stable.
    pub name: PermissionName,
    /// What it allows, in English.
    pub en: &'static str,
    /// What it allows, in Chinese.
    pub zh: &'static str,
    /// How much harm it can do.
    pub risk: Risk,
    /// The built-in roles that hold it.
    pub roles: &'static [BuiltinRole],
    /// Held by every enabled account, wherever it is, without a grant: one's own password, one's own sessions.
    pub everyone: bool,
}

/// A permission as a type, so that a handler's signature can name it: `who: Allowed<ReportIncident>`.
pub trait Permit: 'static {
    /// The permission.
    const PERMISSION: &'static Permission;
}

/// Declares a crate's permissions: a type for each, and `PERMISSIONS`, the list a plugin hands in.
///
/// ```
/// kernel::permissions! {
///     /// Reporting.
///     ReportIncident = "grid.incident.report", Low, [Resident, GridWorker], "Report an incident.", "上报事件。";
/// }
/// # use kernel::permission::Permit;
/// assert_eq!(ReportIncident::PERMISSION.name, ReportIncident::NAME);
/// ```
#[macro_export]
macro_rules! permissions {
    (@everyone everyone) => { true };
    (@everyone) => { false };
    ($($(#[$doc:meta])* $ty:ident = $name:literal, $risk:ident, [$($role:ident),* $(,)?] $($everyone:ident)?, $en:literal, $zh:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $ty {}
            impl $ty {
                /// The permission's name, for the document.
                pub const NAME: &'static str = $name;
            }
            impl $crate::permission::Permit for $ty {
                const PERMISSION: &'static $crate::Permission = &$crate::Permission {
                    name: $name,
                    en: $en,
                    zh: $zh,
                    risk: $crate::Risk::$risk,
                    roles: &[$($crate::BuiltinRole::$role),*],
                    everyone: $crate::permissions!(@everyone $($everyone)?),
                };
            }
        )+
        /// Every permission of this crate.
        pub static PERMISSIONS: &[&$crate::Permission] = &[$(<$ty as $crate::permission::Permit>::PERMISSION),+];
    };
}
