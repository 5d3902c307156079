//! What visits enforces.

kernel::permissions! {
    /// Calling on households. Who runs a unit holds it to give it to workers: without a post it lets nobody record anything.
    RecordVisits = "visits.visit.record", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Plan and record visits in the grids where one holds a post, and see those of others there.", "在本人任职的网格内计划和登记走访，并查看该网格的走访记录。";
    /// Seeing visits.
    ReadVisits = "visits.visit.read", Medium, [Inspector, AuditAdmin, UnitAdmin, PlatformAdmin], "See which visits were made: when, where, by whom and how. Not what was said.", "查看走访记录（时间、地点、人员、方式），不含走访内容。";
    /// Seeing the visits one has to do with.
    ReadOwnVisits = "visits.visit.read_own", Low, [] everyone, "See the visits that one may see: those of one's own grids, and of the units one may read.", "查看本人有权查看的走访记录：本人网格及有权查阅的单元。";
    /// Reading what was said. Who runs a unit holds it to give it to workers; every reading of theirs is on the record.
    ReadContent = "visits.content.read", High, [GridWorker, UnitAdmin, PlatformAdmin], "Read the notes and answers of visits that one may see; every reading of another's is logged.", "查看走访记录的备注与问卷答案；查看他人记录时留痕。";
    /// Striking.
    StrikeVisits = "visits.visit.strike", High, [UnitAdmin, PlatformAdmin], "Strike visits of others that were not made as recorded, with a reason.", "作废他人不实的走访记录，须说明原因。";
    /// Planning.
    MakePlans = "visits.plan.make", Low, [] everyone, "Plan and drop the visits that one may record, or whose plans one manages.", "计划和取消本人可登记或所管理的走访。";
    /// Planning for others.
    ManagePlans = "visits.plan.manage", Medium, [UnitAdmin, PlatformAdmin], "Plan visits for the workers of a unit, and see and drop their plans.", "为单元内网格员安排走访计划，并查看、取消计划。";
    /// Seeing forms.
    ReadForms = "visits.form.read", Low, [GridWorker, Inspector, AuditAdmin, UnitAdmin, PlatformAdmin], "See the questions that are asked on visits in one's own places.", "查看本人所在范围的走访问卷。";
    /// Making forms.
    ManageForms = "visits.form.manage", Medium, [UnitAdmin, PlatformAdmin], "Make, change and retire the forms of questions for visits.", "新建、修改、停用走访问卷。";
    /// Seeing the monthly rule.
    ReadRules = "visits.rule.read", Low, [GridWorker, Inspector, AuditAdmin, UnitAdmin, PlatformAdmin], "See how many days and households a month workers of a unit visit.", "查看单元网格员每月走访天数和户数要求。";
    /// Setting the monthly rule.
    ManageRules = "visits.rule.manage", Medium, [UnitAdmin, PlatformAdmin], "Set how many days and households a month workers of a unit visit.", "设定单元网格员每月走访天数和户数要求。";
    /// Seeing whether the rule is met.
    ReadCompliance = "visits.compliance.read", Medium, [Inspector, AuditAdmin, UnitAdmin, PlatformAdmin], "See which workers met the monthly rule, and the share of a unit.", "查看网格员月度走访达标情况及单元达标率。";
    /// Seeing when one's own household was called on.
    ReadOwnHousehold = "visits.household.read_own", Low, [] everyone, "See when somebody called on one's own household.", "查看本户被走访的时间。";
}
