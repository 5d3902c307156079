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
    /// Somebody would lose rights that the mover could not take from them.
    MOVE_TAKES_RIGHTS = "territory.move_takes_rights", Forbidden, "The move would take from others rights that you may not take.", "该移动将使他人失去您无权撤销的权限。";
    /// Two roles that must not meet in one line would.
    MOVE_ROLES_CONFLICT = "territory.move_roles_conflict", Conflict, "The move would bring together roles in one person that must not meet.", "该移动将使同一人兼任互斥角色。";
    /// A file of divisions that is not as it should be.
    IMPORT_BROKEN_FILE = "territory.import_broken_file", Invalid, "A file of divisions is broken; nothing was loaded.", "区划文件有误，未导入任何数据。";
    /// What is in the database does not go with the files.
    IMPORT_CONFLICT = "territory.import_conflict", Conflict, "The divisions do not go with the units that are there.", "区划数据与现有单元冲突。";
    /// A dwelling that is history takes nobody in.
    DWELLING_CLOSED = "territory.dwelling_closed", Conflict, "The dwelling was closed and takes no more changes.", "该住所已停用，不再接受变更。";
    /// Somebody is still there.
    DWELLING_IN_USE = "territory.dwelling_in_use", Conflict, "People, households or rentals are still on record there after that day.", "该日之后仍有人员、户或租赁登记在此住所。";
    /// A household that is history takes nobody in.
    HOUSEHOLD_CLOSED = "territory.household_closed", Conflict, "The household was closed and takes no more changes.", "该户已注销，不再接受变更。";
    /// Somebody still belongs to it.
    HOUSEHOLD_LIVED_IN = "territory.household_lived_in", Conflict, "People still belong to the household after that day.", "该日之后仍有人员属于该户。";
    /// A head from outside.
    HEAD_NOT_A_MEMBER = "territory.head_not_a_member", Invalid, "The head must be one of those who live in the household.", "户主须为该户成员。";
    /// A head who leaves without a successor.
    HEAD_LEAVES = "territory.head_leaves", Conflict, "The head is among those who leave: say who is head of those who stay.", "户主在迁出人员之中，请指定留下人员的户主。";
    /// Those who split off are not all of the household, that day.
    NOT_A_MEMBER = "territory.not_a_member", Invalid, "This record is not of somebody who belongs to the household on that day.", "该记录不是该户当日成员的居住记录。";
    /// Nobody would stay.
    SPLIT_TAKES_ALL = "territory.split_takes_all", Conflict, "Somebody must stay behind: a household that leaves as a whole moves.", "分户须有人留下；整户迁出请使用迁移。";
    /// One household is no two.
    MERGE_WITH_ITSELF = "territory.merge_with_itself", Invalid, "A household is not merged with itself.", "户不能与自身合并。";
    /// More people than one deed takes.
    TOO_MANY_MEMBERS = "territory.too_many_members", Conflict, "More people belong to the household than are moved at once. Move them in parts.", "该户人数超过单次可迁移上限，请分批迁移。";
    /// Counted twice.
    LIVES_ELSEWHERE = "territory.lives_elsewhere", Conflict, "The person has a main residence on record for some of these days. End or move that one.", "该人员在此期间已有主要居住地，请先迁出或办理迁移。";
    /// The same thing twice.
    LIVES_THERE_ALREADY = "territory.lives_there_already", Conflict, "The person is on record at this place for some of these days.", "该人员在此期间已登记于此处。";
    /// A stay outside the time of the place.
    OUTSIDE_ITS_TIME = "territory.outside_its_time", Conflict, "The dwelling or household does not exist on all of these days.", "住所或户在该期间并非始终存在。";
    /// Nothing goes on after the end.
    RESIDENCE_ENDED = "territory.residence_ended", Conflict, "The residence does not run on that day.", "该居住记录在该日不在有效期内。";
    /// What was wrong from the start stays as it is.
    RECORD_VOIDED = "territory.record_voided", Conflict, "The record was marked as wrong and takes no more changes.", "该记录已标记作废，不再接受变更。";
    /// Let twice.
    RENTAL_OVERLAPS = "territory.rental_overlaps", Conflict, "The dwelling is let for some of these days, and not as a part.", "该住所在此期间已出租（非分租）。";
    /// A rental that is over.
    RENTAL_ENDED = "territory.rental_ended", Conflict, "The rental does not run on that day.", "该租赁在该日不在有效期内。";
    /// Nobody lets to themselves.
    LANDLORD_IS_TENANT = "territory.landlord_is_tenant", Invalid, "The landlord is not a tenant of the same rental.", "出租人不能同时为承租人。";
    /// A unit in which people live stays.
    HAS_OPEN_HOMES = "territory.has_open_homes", Conflict, "Dwellings or households in it are still open: close or move them first.", "其下仍有未停用的住所或户，请先停用或迁出。";
}
