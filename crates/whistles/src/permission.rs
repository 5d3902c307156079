//! What whistles enforce.

kernel::permissions! {
    /// Blowing, and what belongs to whoever blew.
    BlowWhistle = "whistles.whistle.blow", Medium, [UnitAdmin, PlatformAdmin], "Call departments to a case of one's unit, decide what they decline, and withdraw calls.", "就本单元事件吹哨，处理部门的不能到场说明，撤回召集。";
    /// Seeing whistles.
    ReadWhistles = "whistles.whistle.read", Medium, [GridWorker, DepartmentHandler, Inspector, UnitAdmin, PlatformAdmin], "See the whistles of one's units, and those one's department is called by.", "查看本单元的吹哨，以及召集本部门的吹哨。";
    /// Answering for a department.
    AnswerCall = "whistles.call.answer", Medium, [DepartmentHandler, UnitAdmin, PlatformAdmin], "Report in for a called department, decline, and tell the result.", "代表被召集部门报到、说明不能到场、反馈结果。";
    /// Grading departments.
    GradeCall = "whistles.call.grade", Medium, [UnitAdmin, PlatformAdmin], "Grade what called departments did for one's unit.", "评价被召集部门为本单元所做的工作。";
    /// Seeing how departments respond.
    ReadFigures = "whistles.figures.read", Low, [] everyone, "See how the departments of one's own district respond to whistles.", "查看本区各部门的吹哨响应情况。";
}
