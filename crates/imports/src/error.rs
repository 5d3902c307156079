//! The refusals of this crate.

kernel::error_codes! {
    /// No such list.
    KIND_UNKNOWN = "imports.kind_unknown", Invalid, "There is no such list.", "没有这种清单。";
    /// The import is at another point of its way.
    STATE = "imports.state", Conflict, "The import is not at a point where this can be done.", "导入所处状态不允许此操作。";
    /// Too many that were never finished.
    TOO_MANY_OPEN = "imports.too_many_open", Conflict, "You have too many imports under way. Finish some first.", "您未完成的导入过多，请先完成一部分。";
    /// Neither CSV nor Excel.
    NOT_A_LIST = "imports.not_a_list", UnsupportedMedia, "This is neither CSV nor an Excel file (.xlsx).", "文件既不是 CSV 也不是 Excel（.xlsx）。";
    /// The file is too large.
    FILE_TOO_LARGE = "imports.file_too_large", TooLarge, "The file is too large.", "文件过大。";
    /// It unpacks to more than is taken.
    UNPACKS_TOO_LARGE = "imports.unpacks_too_large", TooLarge, "The Excel file unpacks to more than is taken.", "Excel 文件解压后过大。";
    /// Too many rows.
    TOO_MANY_ROWS = "imports.too_many_rows", TooLarge, "The file has too many rows. Split it.", "行数过多，请拆分文件。";
    /// More rows than a sheet bears.
    TOO_MANY_FOR_EXCEL = "imports.too_many_for_excel", TooLarge, "The list has more rows than an Excel sheet bears. Ask for CSV.", "清单行数超过 Excel 工作表上限，请改为下载 CSV。";
    /// All or nothing is only for as many rows as one transaction bears.
    TOO_MANY_FOR_ONE = "imports.too_many_for_one", Invalid, "Too many rows for all or nothing. Split the file, or make the import with `atomic` false.", "行数过多，无法整体提交；请拆分文件，或将 atomic 设为 false。";
    /// Nothing in it.
    EMPTY = "imports.empty", Invalid, "The file has no rows.", "文件中没有数据行。";
    /// Bytes that are no text in the encodings that are taken.
    ENCODING = "imports.encoding", Invalid, "The text is neither UTF-8 nor GB 18030 throughout.", "文本编码无法识别：既非 UTF-8 也非 GB 18030。";
    /// A file that cannot be read.
    UNREADABLE = "imports.unreadable", Invalid, "The file is damaged.", "文件已损坏，无法读取。";
    /// No sheet of this name.
    NO_SUCH_SHEET = "imports.no_such_sheet", Invalid, "There is no sheet of this name.", "没有该名称的工作表。";
    /// A formula.
    FORMULA = "imports.formula", Invalid, "A cell holds a formula. Put its value in its place.", "单元格含有公式，请改为数值。";
    /// Merged cells.
    MERGED_CELLS = "imports.merged_cells", Invalid, "Cells are merged. Separate them.", "存在合并单元格，请拆分。";
    /// Too many columns.
    TOO_WIDE = "imports.too_wide", Invalid, "The file has too many columns.", "列数过多。";
    /// A header nobody knows.
    HEADER_UNKNOWN = "imports.header_unknown", Invalid, "This column is not known. Passwords have no place in a file.", "无法识别该列；文件中不得包含密码。";
    /// The same column twice.
    HEADER_TWICE = "imports.header_twice", Invalid, "This column is there twice.", "该列重复。";
    /// A column that must be there.
    HEADER_MISSING = "imports.header_missing", Invalid, "A column is missing.", "缺少必需的列。";
    /// Some field of a row is not right.
    ROW_INVALID = "imports.row_invalid", Invalid, "The row is not right. Each column is named.", "该行数据不正确，详见各列说明。";
    /// More cells than headers.
    ROW_TOO_LONG = "imports.row_too_long", Invalid, "The row has more cells than there are headers.", "该行单元格多于表头。";
    /// The same thing twice in one file.
    ROW_TWICE = "imports.row_twice", Conflict, "The same is in the file already.", "文件中重复。";
    /// A row that leans on too many others.
    TOO_TIED = "imports.too_tied", Conflict, "The row hangs together with too many others. Put them in several files.", "该行关联的其他行过多，请拆分为多个文件。";
    /// A number that Excel did not keep whole.
    NUMBER_NOT_EXACT = "imports.number_not_exact", Invalid, "Excel keeps only 15 digits of a number. Make the cell text.", "Excel 数字仅保留 15 位，请将单元格设为文本。";
    /// A cell that shows an error.
    CELL_ERROR = "imports.cell_error", Invalid, "The cell shows an error.", "单元格显示错误值。";
    /// Neither a date nor an instant.
    NOT_A_DATE = "imports.not_a_date", Invalid, "A date as in 2027-12-31 is expected.", "应为日期，例如 2027-12-31。";
    /// Neither yes nor no.
    NOT_A_FLAG = "imports.not_a_flag", Invalid, "Yes or no is expected.", "应为“是”或“否”。";
    /// Rows failed, and it is all or nothing.
    ROWS_FAILED = "imports.rows_failed", Conflict, "Rows failed, and this import is all or nothing. Mend them and send the file again.", "存在失败的行，且本次为整体导入；请修正后重新上传。";
    /// No row to apply.
    NOTHING_TO_APPLY = "imports.nothing_to_apply", Conflict, "No row passed the check.", "没有通过检查的行。";
    /// Somebody's rights are not what they were when the file was checked.
    RIGHTS_CHANGED = "imports.rights_changed", Conflict, "Your rights have changed since the file was checked. Send it again.", "检查之后您的权限已变更，请重新上传检查。";
    /// Whoever began it can no longer act.
    OWNER_GONE = "imports.owner_gone", Conflict, "Whoever began the import can no longer act.", "发起人已无法操作。";
    /// Its owner does not want it any more.
    WITHDRAWN = "imports.withdrawn", Conflict, "Whoever began the import has withdrawn it. Nothing was applied.", "发起人已撤回该导入，未提交任何数据。";
    /// Tried again and again without success.
    GAVE_UP = "imports.gave_up", Unavailable, "It was tried several times and given up. Nothing more was done.", "多次尝试未果，已停止。";
}
