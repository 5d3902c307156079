//! What figures enforces.

kernel::permissions! {
    /// Seeing the figures of a place.
    ReadFigures = "figures.figure.read", Low, [GridWorker, DepartmentHandler, Inspector, UnitAdmin, PlatformAdmin], "See the figures of a unit and what lies below it, by place, category, department and period.", "查看本单元及下级的统计数据。";
    /// Seeing how single people do.
    ReadWorkers = "figures.worker.read", Medium, [UnitAdmin, PlatformAdmin], "See the figures of single people, not only one's own.", "查看工作人员个人的统计数据。";
    /// Counting again.
    Recount = "figures.figure.recount", Medium, [PlatformAdmin], "Throw all figures away and count them again from the history.", "清空统计并根据历史重新计算。";
}
