//! The permissions this crate enforces.

kernel::permissions! {
    /// Seeing the tree, which is public to everybody signed in.
    ReadUnits = "territory.unit.read", Low, [] everyone, "See units, where they stand and stood.", "查看治理单元及其沿革。";
    /// Changing the tree: units decide how far grants reach.
    ManageUnits = "territory.unit.manage", High, [PlatformAdmin, SystemAdmin, UnitAdmin], "Create, rename, move and dissolve units.", "新建、更名、移动和撤销治理单元。";
    /// Seeing dwellings.
    ReadDwellings = "territory.dwelling.read", Low, [GridWorker, UnitAdmin, PlatformAdmin], "See dwellings: where they stand and what they are.", "查看住所。";
    /// Keeping dwellings.
    ManageDwellings = "territory.dwelling.manage", Medium, [GridWorker, UnitAdmin, PlatformAdmin], "Record, change and close dwellings.", "登记、变更、停用住所。";
    /// Seeing households.
    ReadHouseholds = "territory.household.read", High, [GridWorker, UnitAdmin, PlatformAdmin], "See households, their heads and their history.", "查看户、户主及变动记录。";
    /// Keeping households.
    ManageHouseholds = "territory.household.manage", High, [GridWorker, UnitAdmin, PlatformAdmin], "Record, change, split, merge, move and close households.", "登记、变更、分户、并户、迁移、注销户。";
    /// Seeing who lives where.
    ReadResidences = "territory.residence.read", High, [GridWorker, UnitAdmin, PlatformAdmin], "See who lives where, from when to when.", "查看居住人员及起止日期。";
    /// Keeping who lives where.
    ManageResidences = "territory.residence.manage", High, [GridWorker, UnitAdmin, PlatformAdmin], "Record who moves in, out and elsewhere, and correct it.", "登记入住、迁出、迁移并更正。";
    /// Seeing rentals.
    ReadRentals = "territory.rental.read", High, [GridWorker, UnitAdmin, PlatformAdmin], "See rentals: the dwelling, its landlord and its tenants.", "查看租赁登记。";
    /// Filing rentals.
    ManageRentals = "territory.rental.manage", High, [GridWorker, UnitAdmin, PlatformAdmin], "File, end and withdraw rentals.", "租赁备案、终止与撤销。";
    /// Seeing one's own home.
    ReadOwnHome = "territory.home.read_own", Low, [] everyone, "See where one lives by the record, and one's own household.", "查看本人的居住登记和所在户。";
    /// Counting.
    ReadPopulation = "territory.population.read", Low, [GridWorker, DepartmentHandler, UnitAdmin, PlatformAdmin], "See how many people live in a unit, by resident type.", "查看单元人口统计。";
}
