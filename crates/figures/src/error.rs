//! What figures refuses, one row per code.

kernel::error_codes! {
    /// Longer than is told at once.
    PERIOD_TOO_LONG = "figures.period_too_long", Invalid, "This period has too many parts: at most 366 days, 106 weeks or 240 months.", "期间过长：按日最多 366 天，按周最多 106 周，按月最多 240 个月。";
    /// Not a box on the map.
    BOX = "figures.box", Invalid, "A box runs from west to east and from south to north, and does not cross the 180th meridian.", "范围须自西向东、自南向北，且不得跨越 180 度经线。";
    /// Neither a unit nor a grid.
    PLACE_REQUIRED = "figures.place_required", Invalid, "Name a unit or a grid.", "请指定治理单元或网格。";
    /// A recount is under way.
    RECOUNTING = "figures.recounting", Conflict, "Everything is being counted again already.", "正在重新统计中。";
}
