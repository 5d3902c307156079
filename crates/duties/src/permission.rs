//! What duties enforces. A list is a public document: whoever is signed in may read it.

kernel::permissions! {
    /// Seeing lists and admissions.
    ReadLists = "duties.list.read", Low, [] everyone, "See duty lists, what is admitted beside them, and what may be asked of a unit.", "查看职责清单、临时准入事项，以及各单元可承担的事项。";
    /// Drafting lists.
    ManageLists = "duties.list.manage", Medium, [UnitAdmin, PlatformAdmin], "Make duty lists and draft their versions.", "新建职责清单并起草版本。";
    /// Putting a version in force that somebody else drafted.
    EnforceLists = "duties.list.enforce", Medium, [UnitAdmin, PlatformAdmin], "Put in force a version of a duty list that others drafted, or take it back before its time.", "发布他人起草的职责清单版本，或在生效前撤回。";
    /// Asking for what is on no list.
    AskAdmission = "duties.admission.ask", Low, [GridWorker, DepartmentHandler, UnitAdmin, PlatformAdmin], "Ask that a category which is on no list be admitted somewhere for a time.", "申请清单外事项临时准入。";
    /// Taking back what one asked for, or ending what one may decide.
    WithdrawAdmission = "duties.admission.withdraw", Low, [] everyone, "Take back the admission one asked for, or end early one that one may decide.", "撤回本人的准入申请，或提前终止有权审批的准入。";
    /// Admitting it.
    ApproveAdmission = "duties.admission.approve", Medium, [UnitAdmin, PlatformAdmin], "Admit, for a time, what is on no list and others asked for, or end it early.", "审批他人申请的清单外事项临时准入，或提前终止。";
}
