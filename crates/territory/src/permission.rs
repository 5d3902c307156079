//! The permissions this crate enforces.

kernel::permissions! {
    /// Seeing the tree, which is public to everybody signed in.
    ReadUnits = "territory.unit.read", Low, [] everyone, "See units, where they stand and stood.", "查看治理单元及其沿革。";
    /// Changing the tree: units decide how far grants reach.
    ManageUnits = "territory.unit.manage", High, [PlatformAdmin, SystemAdmin, UnitAdmin], "Create, rename, move and dissolve units.", "新建、更名、移动和撤销治理单元。";
}
