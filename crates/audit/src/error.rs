//! What this crate refuses.

kernel::error_codes! {
    /// Whoever audits a part of the realm must say which unit of it they look at.
    UNIT_NEEDED = "audit.unit_needed", Invalid, "You audit a part of the realm: name the unit.", "您仅审计部分辖区：请指定单元。";
    /// A place in the chain is a number together with the hash that was there.
    PLACE_INCOMPLETE = "audit.place_incomplete", Invalid, "A place in the chain is a sequence number and its hash: give both or neither.", "链中位置须同时给出序号与哈希值。";
    /// Too many exports that are not done.
    TOO_MANY_EXPORTS = "audit.too_many_exports", Conflict, "You have too many exports under way. Wait for one.", "您未完成的导出过多，请稍候。";
    /// The export's file is not there yet, or no longer.
    EXPORT_NOT_READY = "audit.export_not_ready", Conflict, "The export has no file: it is not done, or its time is over.", "导出文件尚未就绪或已过期。";
    /// The file lies in another machine's folder.
    EXPORT_ELSEWHERE = "audit.export_elsewhere", Conflict, "The file is not on this machine: gateways on several machines need one data folder.", "文件不在本机：多台网关须共用数据目录。";
}
