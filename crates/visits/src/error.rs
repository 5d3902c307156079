//! What visits refuses, one row per code.

kernel::error_codes! {
    /// A visit of tomorrow.
    IN_FUTURE = "visits.in_future", Invalid, "This lies in the future: only a visit that was made is recorded.", "走访时间不能晚于当前时间。";
    /// A visit of long ago.
    TOO_OLD = "visits.too_old", Invalid, "This lies too far back: a visit is recorded within 60 days.", "走访须在 60 天内登记。";
    /// Another visit has this id.
    ID_TAKEN = "visits.id_taken", Conflict, "A visit with this id and other content is on record.", "该编号已用于内容不同的走访记录。";
    /// The household is closed.
    HOUSEHOLD_CLOSED = "visits.household_closed", Conflict, "This household is closed.", "该户已注销。";
    /// Nobody whose key could seal what was said.
    NOBODY_ON_RECORD = "visits.nobody_on_record", Conflict, "Nobody is on record in this household: notes and answers are kept under the key of somebody who lives there.", "该户尚无登记人员，无法加密保存备注和答案，请先登记居住人员。";
    /// What was said went with the person.
    ERASED = "visits.erased", Conflict, "What was said on this visit was erased with the person it was about.", "该走访内容已随相关人员信息一并销毁。";
    /// Struck.
    STRUCK = "visits.struck", Conflict, "This visit was struck.", "该走访记录已作废。";
    /// One's own visit.
    STRIKE_OWN = "visits.strike_own", Forbidden, "Nobody strikes their own visit: somebody else does.", "不得作废本人的走访记录，须由他人处理。";
    /// Only who made it says what was.
    NOT_YOURS = "visits.not_yours", Forbidden, "A visit is corrected by who made it.", "走访记录只能由走访人更正。";
    /// Too late to correct.
    CORRECTION_LATE = "visits.correction_late", Conflict, "A visit is corrected within 60 days after it was made.", "走访记录只能在走访后 60 天内更正。";
    /// The same person twice.
    MET_TWICE = "visits.met_twice", Invalid, "This person is in the list twice.", "人员重复。";
    /// Answers without questions.
    ANSWERS_WITHOUT_FORM = "visits.answers_without_form", Invalid, "Answers name the form whose questions they answer.", "填写答案须指明问卷。";
    /// A form that does not hold there.
    FORM_ELSEWHERE = "visits.form_elsewhere", Invalid, "This form is not used where the household is.", "该问卷不适用于该户所在单元。";
    /// A form out of use.
    FORM_RETIRED = "visits.form_retired", Conflict, "This form is retired.", "该问卷已停用。";
    /// The unit asks by another form under this code.
    FORM_CODE_TAKEN = "visits.form_code_taken", Conflict, "The unit has a form with this code: change that one.", "该单元已有此代码的问卷，请直接修改。";
    /// An answer of another kind.
    ANSWER_KIND = "visits.answer_kind", Invalid, "This is not the kind of answer the question asks for.", "答案类型与问题不符。";
    /// A question answered twice.
    ANSWER_TWICE = "visits.answer_twice", Invalid, "This question is answered twice.", "该问题重复作答。";
    /// Two questions with one key.
    QUESTION_TWICE = "visits.question_twice", Invalid, "Two questions or options have this key.", "问题或选项的标识重复。";
    /// Bounds or options where they do not belong.
    QUESTION_SHAPE = "visits.question_shape", Invalid, "A number may have bounds, a choice has 2 to 50 options, other questions have neither.", "数字题可设范围，选择题须有 2 至 50 个选项，其他题型不可设置。";
    /// The unit was dissolved.
    UNIT_CLOSED = "visits.unit_closed", Invalid, "This unit is dissolved.", "该治理单元已撤销。";
    /// Not the first day of a month.
    RULE_DAY = "visits.rule_day", Invalid, "A rule holds from the first day of a month on, this month or later.", "规则须自某月一日起生效，且不早于本月。";
    /// Nothing to end.
    NO_RULE = "visits.no_rule", Conflict, "The unit has no rule of its own by then.", "届时该单元没有自己的规则。";
    /// Not a month.
    MONTH = "visits.month", Invalid, "A month is YYYY-MM, this month at the latest.", "月份格式为 YYYY-MM，且不晚于本月。";
    /// Planned before.
    PLANNED_ALREADY = "visits.planned_already", Conflict, "This visit is planned for that day already.", "该日已有此走访计划。";
    /// A day that is no day for a plan.
    PLAN_DAY = "visits.plan_day", Invalid, "A visit is planned for today or a day within 90 days.", "计划日期应为今天起 90 天内。";
    /// Not planned any more.
    PLAN_OVER = "visits.plan_over", Conflict, "This plan is done, dropped or missed.", "该计划已完成、已取消或已错过。";
    /// A plan for something else.
    PLAN_OTHER = "visits.plan_other", Invalid, "This plan is for another worker, household or day.", "该计划对应的网格员、住户或日期不符。";
    /// Somebody who is not on duty there.
    NOT_ON_DUTY = "visits.not_on_duty", Invalid, "They hold no post as a worker in the household's grid, or may not record visits there.", "该人员未在该户所在网格任网格员，或无权登记走访。";
    /// Not theirs any more.
    NOT_THEIRS = "visits.not_theirs", Conflict, "This is not theirs any more.", "该计划已不属于此人。";
    /// More homes than a worker's grids can have.
    TOO_MANY_HOMES = "visits.too_many_homes", Conflict, "There are more households here than can be put in order: narrow it to a grid.", "住户数量过多，无法排序，请缩小到单个网格。";
}
