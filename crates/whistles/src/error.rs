//! What whistles refuse, one row per code.

kernel::error_codes! {
    /// The case is over.
    CASE_OVER = "whistles.case_over", Conflict, "This case is over: nobody is called to it any more.", "该事件已办结，不能再吹哨。";
    /// Too few or too many.
    DEPARTMENTS = "whistles.departments", Invalid, "A whistle calls one to twenty departments.", "每次吹哨可召集一至二十个部门。";
    /// One department, two places in the list.
    DEPARTMENT_TWICE = "whistles.department_twice", Invalid, "This department is in the list twice.", "该部门重复。";
    /// It was dissolved.
    DEPARTMENT_CLOSED = "whistles.department_closed", Invalid, "This unit is dissolved and cannot be called.", "该单元已撤销，不能召集。";
    /// The unit that calls.
    OWN_UNIT = "whistles.own_unit", Invalid, "A unit does not call itself.", "不能召集本单元。";
    /// It is called to this case and not done.
    ALREADY_CALLED = "whistles.already_called", Conflict, "One of these departments is called to this case already.", "其中有部门已因该事件被召集，尚未结束。";
    /// Neither a moment nor a span, or both.
    ONE_DEADLINE = "whistles.one_deadline", Invalid, "A deadline is a moment or a span: one of the two.", "期限应为具体时间或时长，二者择一。";
    /// It has passed.
    DEADLINE_PAST = "whistles.deadline_past", Invalid, "This deadline has passed already.", "该期限已过。";
    /// The result before the report.
    DEADLINE_ORDER = "whistles.deadline_order", Invalid, "The result is due after the reporting in.", "反馈期限应晚于报到期限。";
    /// Too far away.
    DEADLINE_FAR = "whistles.deadline_far", Invalid, "A deadline lies within 366 days.", "期限应在 366 天以内。";
    /// Not from this state.
    NOT_THEN = "whistles.not_then", Conflict, "This cannot be done with the call as it stands.", "当前状态下不能执行该操作。";
    /// Nothing of it can be withdrawn.
    NOTHING_OPEN = "whistles.nothing_open", Conflict, "No call of this whistle can be withdrawn any more.", "该吹哨已没有可撤回的召集。";
    /// Whoever answered does not grade.
    OWN_ANSWER = "whistles.own_answer", Conflict, "You answered for this department: the rest is for somebody else.", "您代表该部门作过答复，后续须由他人处理与评价。";
}
