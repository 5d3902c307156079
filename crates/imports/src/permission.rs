//! Both are everybody's: they allow nothing by themselves. What an import does is judged row by row by the deed behind it, and an
//! export holds what its asker may see; whoever can do neither is refused before a byte is read.

kernel::permissions! {
    /// Bringing in lists of what one manages.
    UseImports = "imports.import.use", Low, [] everyone, "Import lists of what one may manage anyway.", "批量导入自己有权管理的内容。";
    /// Taking lists of what one sees.
    UseExports = "imports.export.use", Low, [] everyone, "Export lists of what one may see anyway.", "批量导出自己有权查看的内容。";
}
