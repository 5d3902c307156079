//! The refusals of this crate.

kernel::error_codes! {
    /// The code is another unit's.
    CODE_TAKEN = "territory.code_taken", Conflict, "Another unit has this division code.", "该区划代码已被其他单元使用。";
    /// A division code of the wrong shape.
    CODE_SHAPE = "territory.code_shape", Invalid, "A division code has 2, 4, 6, 9 or 12 digits.", "区划代码应为 2、4、6、9 或 12 位数字。";
    /// A division code that does not continue the parent's.
    CODE_PREFIX = "territory.code_prefix", Invalid, "The division code does not begin with the parent's.", "区划代码未以上级代码开头。";
    /// The kind does not lie below that of the unit above.
    KIND_ORDER = "territory.kind_order", Invalid, "A unit of this kind cannot stand there: its level must be below that of the units above it and above that of the units below it.", "该层级的单元不能放在此处：层级须低于上级、高于下级。";
    /// There is a root already.
    ROOT_EXISTS = "territory.root_exists", Conflict, "The tree has a root already: name a parent.", "已存在根单元，请指定上级单元。";
    /// The root does not move and is not dissolved.
    ROOT_STAYS = "territory.root_stays", Conflict, "The root of the tree stays where it is.", "根单元不能移动或撤销。";
    /// The unit was dissolved.
    UNIT_CLOSED = "territory.unit_closed", Conflict, "The unit was dissolved and takes nothing new.", "该单元已撤销，不再接受变更。";
    /// A dissolved unit may not have living children.
    HAS_OPEN_CHILDREN = "territory.has_open_children", Conflict, "Units below it are still open: dissolve or move them first.", "其下仍有未撤销的单元，请先撤销或移出。";
    /// Something living hangs on the unit.
    UNIT_IN_USE = "territory.unit_in_use", Conflict, "Something still hangs on this unit: `in_use` names what, and how many.", "仍有事项挂在该单元上，详见 in_use。";
    /// A ring.
    MOVE_INTO_OWN_SUBTREE = "territory.move_into_own_subtree", Conflict, "A unit cannot be moved below itself.", "单元不能移动到自身之下。";
    /// The tree would become too deep.
    TOO_DEEP = "territory.too_deep", Conflict, "The tree would become deeper than 20 levels.", "单元树层级将超过 20 层。";
    /// Somebody would gain rights that the mover could not give.
    MOVE_ABOVE_CEILING = "territory.move_above_ceiling", Forbidden, "The move would give others rights that you may not give.", "该移动将使他人获得您无权授予的权限。";
    /// Two roles that must not meet in one line would.
    MOVE_ROLES_CONFLICT = "territory.move_roles_conflict", Conflict, "The move would bring together roles in one person that must not meet.", "该移动将使同一人兼任互斥角色。";
    /// A file of divisions that is not as it should be.
    IMPORT_BROKEN_FILE = "territory.import_broken_file", Invalid, "A file of divisions is broken; nothing was loaded.", "区划文件有误，未导入任何数据。";
    /// What is in the database does not go with the files.
    IMPORT_CONFLICT = "territory.import_conflict", Conflict, "The divisions do not go with the units that are there.", "区划数据与现有单元冲突。";
}
