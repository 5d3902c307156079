//! What grid enforces. The three disjoint administrators hold none of it by their role.

kernel::permissions! {
    /// Seeing grids and who is on duty in them.
    ReadGrids = "grid.grid.read", Low, [] everyone, "See the grids, their boundaries and who is on duty in them.", "查看网格、边界及在岗人员。";
    /// Drawing grids and filling posts.
    ManageGrids = "grid.grid.manage", Medium, [UnitAdmin, PlatformAdmin], "Make, draw and retire grids, and fill their posts.", "新建、划定、停用网格并安排岗位。";
    /// Reporting.
    ReportIncident = "grid.incident.report", Low, [Resident, Volunteer, Merchant, GridWorker, DepartmentHandler, Inspector, UnitAdmin, PlatformAdmin], "Report an incident, wherever it is.", "上报事件（不限地点）。";
    /// Seeing the incidents of a unit.
    ReadIncidents = "grid.incident.read", Medium, [GridWorker, DepartmentHandler, Inspector, UnitAdmin, PlatformAdmin], "See incidents and who reported them.", "查看事件及上报人。";
    /// Following what one reported or is to handle.
    ReadOwnIncidents = "grid.incident.read_own", Low, [] everyone, "Follow the incidents one reported or is to handle.", "跟踪本人上报或负责处置的事件。";
    /// Accepting and rejecting.
    AcceptIncident = "grid.incident.accept", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Accept or reject a reported incident.", "受理或退回上报的事件。";
    /// Dispatching.
    DispatchIncident = "grid.incident.dispatch", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Dispatch an accepted incident to a unit or a person.", "将已受理事件派遣给单元或人员。";
    /// Handling.
    HandleIncident = "grid.incident.handle", Medium, [DepartmentHandler, GridWorker, UnitAdmin, PlatformAdmin], "Start and resolve the incidents one is given.", "处置分派的事件。";
    /// Verifying, and reopening.
    VerifyIncident = "grid.incident.verify", Medium, [Inspector, UnitAdmin, PlatformAdmin], "Verify what others resolved, or reopen it.", "核查他人处置结果，或重新打开。";
    /// Closing.
    CloseIncident = "grid.incident.close", Medium, [GridWorker, Inspector, UnitAdmin, PlatformAdmin], "Close a verified incident.", "办结已核查的事件。";
    /// Asking for a case to be taken up again.
    ReopenIncident = "grid.incident.reopen", Low, [] everyone, "Reopen an incident that one reported, or that one may verify.", "重新打开本人上报或有权核查的事件。";
    /// Putting a case into another tray.
    TransferIncident = "grid.incident.transfer", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Transfer an incident to another grid or unit.", "将事件转至其他网格或单元。";
    /// Setting a case aside.
    SuspendIncident = "grid.incident.suspend", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Suspend an incident until a date, and resume it.", "将事件挂起至指定日期，或恢复办理。";
    /// Answering what one was asked.
    AnswerIncident = "grid.incident.answer", Low, [] everyone, "Answer a question about an incident one reported.", "答复本人上报事件的询问。";
    /// Deciding what others ask for.
    DecideRequests = "grid.request.decide", Medium, [Inspector, UnitAdmin, PlatformAdmin], "Decide requests for more time, or to strike an incident.", "审批延期与作废申请。";
    /// Saying what kind of incident it is.
    CategoriseIncident = "grid.incident.categorise", Low, [] everyone, "Give a category to an incident that one may accept or dispatch.", "为有权受理或派遣的事件确定类别。";
    /// Seeing categories.
    ReadCategories = "grid.category.read", Low, [] everyone, "See the standard categories, and those of one's own places, with their rules.", "查看标准类别、本人所在范围的类别及其规则。";
    /// Making categories and their rules.
    ManageCategories = "grid.category.manage", Medium, [UnitAdmin, PlatformAdmin], "Make, move and retire categories, and set their rules.", "新建、移动、停用类别并设定规则。";
    /// Saying what one thinks of the result.
    RateIncident = "grid.incident.rate", Low, [] everyone, "Rate the result of an incident one reported.", "评价本人上报事件的处置结果。";
    /// Following what somebody else reported.
    FollowIncident = "grid.incident.follow", Low, [] everyone, "Say that an incident concerns one, too, and hear of it.", "附议事件并接收进展通知。";
    /// Seeing the words to answer with.
    ReadAnswers = "grid.answer.read", Low, [GridWorker, DepartmentHandler, Inspector, UnitAdmin, PlatformAdmin], "See the answer templates of a unit and those above it.", "查看本单元及上级的答复模板。";
    /// Making words to answer with.
    ManageAnswers = "grid.answer.manage", Medium, [UnitAdmin, PlatformAdmin], "Make, change and retire answer templates.", "新建、修改、停用答复模板。";
    /// Doing everything at once about what one found.
    SelfHandleIncident = "grid.incident.self_handle", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Report an incident and say at once how one dealt with it, with the rights of all these steps.", "现场发现、现场处置（自处置），须具备各环节权限。";
    /// Keeping what one has begun to report.
    KeepDrafts = "grid.draft.keep", Low, [] everyone, "Keep drafts of reports, for oneself alone.", "保存本人的上报草稿。";
}
