//! What people enforces. Whole readings and erasure are nobody's by default: a town decides who may, and gives a role for it. The
//! administrators of the platform hold neither.

kernel::permissions! {
    /// Seeing persons, masked.
    ReadPeople = "people.person.read", Medium, [UnitAdmin, GridWorker, PlatformAdmin], "See persons with their data masked.", "查看人员（信息脱敏）。";
    /// Entering and changing persons.
    ManagePeople = "people.person.manage", Medium, [UnitAdmin, PlatformAdmin], "Enter persons and change their data.", "登记人员并更改其信息。";
    /// Reading whole data.
    UnmaskPeople = "people.person.unmask", High, [], "Read a person's data whole; every reading is logged with its purpose.", "查看人员完整信息，每次查看均记录用途。";
    /// Finding somebody by a number.
    LookUpPeople = "people.person.lookup", Medium, [UnitAdmin, GridWorker], "Find a person by a phone or a document's number; every look-up is logged.", "按电话或证件号码查找人员，每次查找均记录。";
    /// Destroying a person's data.
    ErasePeople = "people.person.erase", High, [], "Erase a person's data for good.", "永久销毁人员信息。";
    /// Seeing oneself.
    ReadOwnPerson = "people.person.read_own", Low, [] everyone, "See the record of the person that one's account is tied to.", "查看与本人账号关联的人员记录。";
    /// Setting and ending flags.
    ManageFlags = "people.flag.manage", Medium, [UnitAdmin, GridWorker, PlatformAdmin], "Set and end the flags by which persons are looked after first.", "设置和结束重点关爱标记。";
    /// Recording consents.
    ManageConsents = "people.consent.manage", Medium, [UnitAdmin, GridWorker, PlatformAdmin], "Record what persons agreed to, and what they took back.", "登记和撤回人员的同意。";
    /// Tying accounts to persons.
    ManageAccounts = "people.account.manage", High, [UnitAdmin], "Confirm which person an account belongs to.", "确认账号所属人员。";
    /// Seeing who read whom.
    ReadReadings = "people.unmasking.read", High, [AuditAdmin, UnitAdmin], "See who read whose data whole, and for what.", "查看完整信息查阅记录。";
}
