//! What the face enforces beside the permissions of grid: only what it alone keeps.

kernel::permissions! {
    /// Reading what senders add to their cases.
    ReadRemarks = "open311.remark.read", Medium, [GridWorker, DepartmentHandler, Inspector, UnitAdmin, PlatformAdmin], "Read what senders add to the incidents they reported through Open311.", "查看 Open311 上报方对事件的补充说明。";
}
