//! What duties refuses, one row per code.

kernel::error_codes! {
    /// The unit has one for this level.
    LIST_EXISTS = "duties.list_exists", Conflict, "This unit has a list for this level already: draft a version of that one.", "该单元已有此层级的清单，请为其起草新版本。";
    /// The unit was dissolved.
    UNIT_CLOSED = "duties.unit_closed", Invalid, "This unit is dissolved.", "该治理单元已撤销。";
    /// The version was put in force.
    NOT_A_DRAFT = "duties.not_a_draft", Conflict, "This version was put in force and is not changed any more: draft another.", "该版本已发布，不能更改，请起草新版本。";
    /// The version is a draft.
    IS_A_DRAFT = "duties.is_a_draft", Conflict, "This version is a draft: it was never put in force.", "该版本仍为草稿，尚未发布。";
    /// Its time has come.
    HOLDS_ALREADY = "duties.holds_already", Conflict, "This version holds already, or was replaced: what held is not undone.", "该版本已生效或已被替代，不能撤回。";
    /// Nothing is on it.
    NOTHING_LISTED = "duties.nothing_listed", Conflict, "Nothing is on this version: put items, or say that it ends the list.", "该版本没有任何事项，请先添加，或注明其用于终止清单。";
    /// It ends the list and has no items.
    ENDS_THE_LIST = "duties.ends_the_list", Conflict, "This version ends the list: it has no items.", "该版本用于终止清单，不能包含事项。";
    /// Whoever drafted does not put in force.
    OWN_DRAFT = "duties.own_draft", Conflict, "You drafted this, in part at least: somebody else puts it in force.", "您参与了起草，须由他人发布。";
    /// What has been is not changed.
    PAST = "duties.past", Invalid, "The past is not changed: only now and later.", "不能更改过去，只能从现在起生效。";
    /// Two versions from one moment.
    MOMENT_TAKEN = "duties.moment_taken", Conflict, "Another version of this list holds from this very moment.", "该清单已有版本自同一时刻起生效。";
    /// The versions belong to two lists.
    OTHER_LIST = "duties.other_list", Invalid, "This version belongs to another list.", "该版本属于另一份清单。";
    /// One category, two items.
    ITEM_TWICE = "duties.item_twice", Invalid, "This category is on the list twice.", "该类别在清单中重复。";
    /// The category is history.
    CATEGORY_RETIRED = "duties.category_retired", Invalid, "This category is history.", "该类别已停用。";
    /// It is asked for and not decided.
    ALREADY_ASKED = "duties.already_asked", Conflict, "This is asked for already, and not decided yet.", "该事项已在申请中，尚未审批。";
    /// Too much at once.
    TOO_MANY_ASKED = "duties.too_many_asked", Conflict, "Too much that you asked for is not decided yet.", "您待审批的准入申请过多。";
    /// Too long.
    TOO_LONG = "duties.too_long", Invalid, "Admitted for too long: what is always asked belongs on the list.", "准入期限过长，长期事项应列入清单。";
    /// Whoever asks does not decide.
    OWN_REQUEST = "duties.own_request", Conflict, "You asked for this: somebody else decides.", "这是您本人的申请，须由他人审批。";
    /// It was decided, refused or withdrawn.
    NOT_THEN = "duties.not_then", Conflict, "This cannot be done with it any more.", "当前状态下不能执行该操作。";
    /// It has ended by itself.
    TIME_IS_OVER = "duties.time_is_over", Conflict, "The time it was asked for is over.", "准入期限已过。";
}
