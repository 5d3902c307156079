//! What calendar enforces.

kernel::permissions! {
    /// Seeing calendars and counting by them.
    ReadCalendars = "calendar.calendar.read", Low, [GridWorker, DepartmentHandler, Inspector, OrganisationManager, FundTreasurer, FundApprover, UnitAdmin, PlatformAdmin], "See working hours and holidays, and count deadlines by them.", "查看工作时间和节假日，并据此计算期限。";
    /// Setting hours and holidays.
    ManageCalendars = "calendar.calendar.manage", Medium, [UnitAdmin, PlatformAdmin], "Set the working hours and holidays of units; deadlines follow them.", "设置单元的工作时间和节假日，期限随之变化。";
}
