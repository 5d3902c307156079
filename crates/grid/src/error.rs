//! What grid refuses, one row per code.

kernel::error_codes! {
    /// No live grid has this point.
    OUTSIDE_EVERY_GRID = "grid.outside_every_grid", NotFound, "No grid has this point.", "该位置不在任何网格内。";
    /// A point that is not on the earth.
    POINT_OFF_EARTH = "grid.point_off_earth", Invalid, "A latitude lies between -90 and 90, a longitude between -180 and 180.", "纬度须在 -90 至 90 之间，经度须在 -180 至 180 之间。";
    /// Neither a point in a grid nor a unit was given.
    UNIT_REQUIRED = "grid.unit_required", Invalid, "No grid has this point: name the unit that should receive it.", "该位置不在任何网格内，请指定接收的治理单元。";
    /// The unit was dissolved.
    UNIT_CLOSED = "grid.unit_closed", Invalid, "This unit is dissolved and takes nothing new.", "该治理单元已撤销，不再接收新事项。";
    /// Not GeoJSON as RFC 7946 has it.
    BOUNDARY_NOT_GEOJSON = "grid.boundary_not_geojson", Invalid, "This is not GeoJSON (RFC 7946).", "不是有效的 GeoJSON（RFC 7946）。";
    /// GeoJSON, but no area.
    BOUNDARY_NOT_POLYGON = "grid.boundary_not_polygon", Invalid, "A boundary is a Polygon or a MultiPolygon.", "边界必须是 Polygon 或 MultiPolygon。";
    /// A ring that does not end where it began, or has fewer than four positions.
    BOUNDARY_OPEN_RING = "grid.boundary_open_ring", Invalid, "A ring has at least four positions and ends where it began.", "环至少有四个坐标点，且首尾相同。";
    /// A ring that crosses itself or another.
    BOUNDARY_SELF_CROSSING = "grid.boundary_self_crossing", Invalid, "The boundary crosses or overlaps itself.", "边界自相交或自重叠。";
    /// A position that is not on the earth.
    BOUNDARY_OFF_EARTH = "grid.boundary_off_earth", Invalid, "A position is longitude, then latitude, on the earth.", "坐标应为经度、纬度，且在地球范围内。";
    /// Too many positions or rings.
    BOUNDARY_TOO_LARGE = "grid.boundary_too_large", Invalid, "A boundary has at most 10,000 positions and 64 rings.", "边界最多 10,000 个坐标点、64 个环。";
    /// Larger than any grid can be.
    BOUNDARY_TOO_WIDE = "grid.boundary_too_wide", Invalid, "A boundary is at most 2 degrees wide and high, and covers at most 10,000 km².", "边界的长宽均不得超过 2 度，面积不得超过 1 万平方公里。";
    /// It covers part of another grid of the same unit.
    BOUNDARY_OVERLAPS = "grid.boundary_overlaps", Conflict, "The boundary overlaps that of another grid of this unit.", "边界与本单元另一网格重叠。";
    /// Nothing is inside.
    BOUNDARY_EMPTY = "grid.boundary_empty", Invalid, "The boundary has nothing inside.", "边界内没有任何区域。";
    /// Another grid of the unit has this code.
    CODE_TAKEN = "grid.code_taken", Conflict, "Another grid of this unit has this code.", "本单元已有网格使用该编码。";
    /// Not a unit grid's code.
    CODE_NOT_FIFTEEN_DIGITS = "grid.code_not_fifteen_digits", Invalid, "A code is 15 digits: 12 of the division code, 3 of sequence.", "单元网格编码为 15 位数字：12 位区划代码加 3 位顺序码。";
    /// It begins with another division's code.
    CODE_OF_ANOTHER_UNIT = "grid.code_of_another_unit", Invalid, "A code begins with the division code of the grid's unit.", "编码须以所属单元的区划代码开头。";
    /// Dated before the boundary it follows.
    BOUNDARY_BEFORE_LAST = "grid.boundary_before_last", Conflict, "A boundary does not hold before the last one that was drawn.", "边界的生效时间不得早于上一次划定的边界。";
    /// There is no boundary to work with.
    NOT_DRAWN = "grid.not_drawn", Conflict, "The boundary of this grid is not drawn yet.", "该网格尚未划定边界。";
    /// A part that is not inside.
    PART_OUTSIDE = "grid.part_outside", Invalid, "A part lies outside the grid that is split.", "拆分后的网格超出原网格范围。";
    /// Parts that share an area.
    PARTS_OVERLAP = "grid.parts_overlap", Invalid, "Two parts overlap.", "拆分后的网格相互重叠。";
    /// Parts that do not cover the whole.
    PARTS_LEAVE_GAP = "grid.parts_leave_gap", Invalid, "The parts leave more than 0.5 % of the grid uncovered.", "拆分后的网格未覆盖原网格的面积超过 0.5%。";
    /// Too few or too many.
    PARTS_COUNT = "grid.parts_count", Invalid, "Two to ten grids are split off or merged at once.", "一次拆分或合并 2 至 10 个网格。";
    /// The same code twice.
    PARTS_SHARE_CODE = "grid.parts_share_code", Invalid, "Two parts have the same code.", "拆分后的网格编码重复。";
    /// More than can be looked at together.
    TOO_MANY_GRIDS = "grid.too_many_grids", Conflict, "More than 2,000 grids: ask for a unit below.", "网格超过 2,000 个，请改查下级单元。";
    /// Not a FeatureCollection that can be read.
    IMPORT_NOT_COLLECTION = "grid.import_not_collection", Invalid, "A GeoJSON FeatureCollection is expected.", "须为 GeoJSON FeatureCollection。";
    /// More features than are taken at once.
    IMPORT_TOO_MANY = "grid.import_too_many", Invalid, "At most 10,000 features are imported at once.", "一次最多导入 10,000 个要素。";
    /// The same grid twice in a file.
    IMPORT_DUPLICATE = "grid.import_duplicate", Invalid, "An earlier feature of this file is the same grid or has the same code.", "文件中前面的要素已是同一网格或使用同一编码。";
    /// The grid is known, and of another unit.
    IMPORT_OTHER_UNIT = "grid.import_other_unit", Conflict, "This grid belongs to another unit.", "该网格属于其他单元。";
    /// No unit, or none that the importer manages the grids of.
    IMPORT_UNIT_UNKNOWN = "grid.import_unit_unknown", Invalid, "Name a unit whose grids you manage: unit_id or unit_code.", "请用 unit_id 或 unit_code 指定有权管理网格的单元。";
    /// A feature that cannot be read.
    IMPORT_FEATURE = "grid.import_feature", Invalid, "A feature needs a name, and a kind if it says one: residential, market, industrial, special.", "要素须有名称；如填写类型，应为 residential、market、industrial 或 special。";
    /// The same grid twice.
    MERGE_NAMES_TWICE = "grid.merge_names_twice", Invalid, "A grid is named twice.", "同一网格重复出现。";
    /// Grids of several units.
    MERGE_OTHER_UNIT = "grid.merge_other_unit", Conflict, "Grids that are merged belong to one unit.", "合并的网格须属于同一单元。";
    /// What is merged does not hang together.
    MERGE_NOT_CONNECTED = "grid.merge_not_connected", Conflict, "Merged, these grids are not one connected area.", "合并后的网格不是一个连通区域。";
    /// The grid is history.
    RETIRED = "grid.retired", Conflict, "This grid is retired.", "该网格已停用。";
    /// The same person holds the same post already.
    POST_TAKEN = "grid.post_taken", Conflict, "This person holds this post at that time already.", "该人员在此期间已担任该岗位。";
    /// The post ended before.
    POST_ENDED = "grid.post_ended", Conflict, "This post has ended.", "该岗位任期已结束。";
    /// The state does not lead there.
    TRANSITION_NOT_ALLOWED = "grid.transition_not_allowed", Conflict, "The incident's present state does not allow this.", "事件当前状态不允许此操作。";
    /// Dispatched to nobody.
    ASSIGNEE_REQUIRED = "grid.assignee_required", Invalid, "Name the unit or the person that is to handle it.", "请指定处置单元或处置人员。";
    /// The person cannot handle incidents there.
    HANDLER_NOT_ABLE = "grid.handler_not_able", Invalid, "This person may not handle incidents there.", "该人员无权在此处置事件。";
    /// It is not the person's any more.
    NOT_THEIRS = "grid.not_theirs", Conflict, "This is not that person's any more.", "该事项已不在此人名下。";
    /// Who resolved it does not verify it.
    RESOLVER_CANNOT_VERIFY = "grid.resolver_cannot_verify", Forbidden, "Who resolved an incident does not verify it.", "处置人不得核查本人处置的事件。";
    /// Who resolved it does not close it.
    RESOLVER_CANNOT_CLOSE = "grid.resolver_cannot_close", Forbidden, "Who resolved an incident does not close it.", "处置人不得办结本人处置的事件。";
    /// Only who was asked answers.
    ANSWERED_BY_REPORTER = "grid.answered_by_reporter", Forbidden, "Only who reported it answers.", "仅上报人可以答复。";
    /// It is there already.
    SAME_TRAY = "grid.same_tray", Conflict, "The incident is there already.", "事件已在该处。";
    /// No clock runs that more time could be granted for.
    NO_CLOCK = "grid.no_clock", Conflict, "No term runs for this incident.", "该事件当前没有处置时限。";
    /// More than a clock counts.
    TERM_TOO_LONG = "grid.term_too_long", Invalid, "The term would be longer than some ten years.", "期限过长（不得超过约十年）。";
    /// One is pending already.
    REQUEST_PENDING = "grid.request_pending", Conflict, "A request of this kind is pending already.", "已有同类申请待审批。";
    /// Decided before.
    REQUEST_DECIDED = "grid.request_decided", Conflict, "This request is decided already, or there is nothing left to decide.", "该申请已审批或已失效。";
    /// Who asked does not decide.
    ASKER_CANNOT_DECIDE = "grid.asker_cannot_decide", Forbidden, "Who asked for it does not decide it.", "申请人不得审批本人的申请。";
    /// Nothing can be struck that was dealt with or is over.
    NOT_OPEN = "grid.not_open", Conflict, "This incident was dealt with, or is over.", "该事件已处置或已结束。";
    /// A code that is not ten digits.
    CATEGORY_CODE_NOT_TEN_DIGITS = "grid.category_code_not_ten_digits", Invalid, "A category's code is ten digits.", "类别编码须为十位数字。";
    /// Another category has this code.
    CATEGORY_CODE_TAKEN = "grid.category_code_taken", Conflict, "Another category has this code.", "已有类别使用该编码。";
    /// A parent of the other kind.
    CATEGORY_KIND_DIFFERS = "grid.category_kind_differs", Invalid, "A category is of its parent's kind: events below events, components below components.", "类别须与上级同类：事件之下为事件，部件之下为部件。";
    /// A standard category where only additions are.
    CATEGORY_NOT_STANDARD = "grid.category_not_standard", Invalid, "A standard category belongs to the root, and stands below standard ones only.", "标准类别归属根单元，且只能位于标准类别之下。";
    /// A parent that is not used in the category's unit.
    CATEGORY_OUTSIDE_UNIT = "grid.category_outside_unit", Invalid, "The category's unit does not lie below its parent's.", "类别所属单元不在上级类别所属单元范围内。";
    /// More levels than there may be.
    CATEGORY_TOO_DEEP = "grid.category_too_deep", Invalid, "Categories have at most six levels.", "类别最多六级。";
    /// A category below itself.
    CATEGORY_RING = "grid.category_ring", Conflict, "A category cannot stand below itself.", "类别不能位于自身之下。";
    /// The category is history.
    CATEGORY_RETIRED = "grid.category_retired", Conflict, "This category is retired.", "该类别已停用。";
    /// Live categories below it.
    CATEGORY_HAS_CHILDREN = "grid.category_has_children", Conflict, "Live categories stand below this one: retire or move them first.", "该类别下仍有在用类别，请先停用或移走。";
    /// Not used in that unit.
    CATEGORY_NOT_HERE = "grid.category_not_here", Invalid, "This category is not used in that unit.", "该单元不使用此类别。";
    /// The report lacks what the category asks for.
    CATEGORY_REQUIRES = "grid.category_requires", Invalid, "Reports of this category need this.", "该类别的上报须填写此项。";
    /// A rule without a single field.
    RULE_SAYS_NOTHING = "grid.rule_says_nothing", Invalid, "A rule says something: to say nothing, remove it.", "规则至少填写一项；如无内容请删除。";
    /// The case is over.
    INCIDENT_OVER = "grid.incident_over", Conflict, "This incident is over.", "该事件已结束。";
    /// Merged into itself.
    MERGED_INTO_ITSELF = "grid.merged_into_itself", Invalid, "An incident is not merged into itself.", "事件不能合并到自身。";
    /// Merged into one that is over.
    MERGE_TARGET_OVER = "grid.merge_target_over", Conflict, "The other incident is over or merged itself: name the one that goes on.", "目标事件已结束或已合并，请指定仍在办理的事件。";
    /// On no duty list that holds there.
    OUT_OF_SCOPE = "grid.out_of_scope", Conflict, "This category is not on the duty list there: have it admitted first.", "该类别不在当地职责清单内，须先经准入审批。";
    /// Too late to reopen.
    REOPEN_TOO_LATE = "grid.reopen_too_late", Conflict, "A closed incident is reopened by its reporter within 30 days.", "办结超过 30 天，上报人不能再重新打开。";
    /// Only the reporter rates.
    RATED_BY_REPORTER = "grid.rated_by_reporter", Forbidden, "Only who reported it rates the result.", "仅上报人可以评价。";
    /// Rated already.
    RATED_ALREADY = "grid.rated_already", Conflict, "This result is rated already.", "该处置结果已评价。";
    /// Nothing was done yet that could be rated.
    NOT_DONE_YET = "grid.not_done_yet", Conflict, "There is no result to rate yet.", "尚无处置结果，暂不能评价。";
    /// Following what one reported.
    FOLLOWS_OWN = "grid.follows_own", Conflict, "Who reported it hears of it anyway.", "上报人无需附议本人上报的事件。";
    /// More drafts than anybody keeps.
    TOO_MANY_DRAFTS = "grid.too_many_drafts", Conflict, "Send or discard a draft first.", "草稿过多，请先提交或删除。";
    /// Another record has this id.
    FIELD_RECORD_DIFFERS = "grid.field_record_differs", Conflict, "A record with this id was sent before, and says something else.", "该编号的记录此前已上传且内容不同。";
    /// Too many reports that nobody signs for.
    ANONYMOUS_TOO_OFTEN = "grid.anonymous_too_often", TooMany, "Too many reports from here: try again later, or sign in.", "匿名上报过于频繁，请稍后再试或登录后上报。";
}
