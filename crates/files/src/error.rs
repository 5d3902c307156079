//! The refusals of this crate.

kernel::error_codes! {
    /// Not on the list of what is taken.
    TYPE_NOT_TAKEN = "files.type_not_taken", UnsupportedMedia, "Only JPEG, PNG and WebP photos, PDF, plain text in UTF-8, DOCX and XLSX are taken.", "仅接受 JPEG、PNG、WebP 照片以及 PDF、UTF-8 纯文本、DOCX、XLSX 文件。";
    /// HEIC, which no licence lets us read.
    HEIC = "files.heic", UnsupportedMedia, "HEIC photos are not taken. Send JPEG: set the phone's camera to the most compatible format.", "暂不支持 HEIC 照片，请发送 JPEG（可在手机相机设置中选择“兼容性最佳”）。";
    /// Its bytes are something else than was said.
    TYPE_DIFFERS = "files.type_differs", Invalid, "The file is not what its Content-Type says.", "文件内容与所声明的类型不符。";
    /// No bytes.
    EMPTY = "files.empty", Invalid, "The file is empty.", "文件为空。";
    /// It begins well and cannot be read to its end.
    DAMAGED = "files.damaged", Invalid, "The file is damaged or was cut off.", "文件已损坏或不完整。";
    /// More bytes than are taken.
    TOO_LARGE = "files.too_large", TooLarge, "The file is too large.", "文件过大。";
    /// More pixels than are taken.
    TOO_MANY_PIXELS = "files.too_many_pixels", TooLarge, "The photo has too many pixels.", "照片像素过多。";
    /// An archive that unpacks to more than is taken.
    UNPACKS_TOO_LARGE = "files.unpacks_too_large", TooLarge, "The document unpacks to more than is taken.", "文档解压后过大。";
    /// A document with a program in it.
    MACROS = "files.macros", Invalid, "Documents with macros are not taken.", "不接受含有宏的文档。";
    /// A name that cannot be read.
    NAME_UNREADABLE = "files.name_unreadable", Malformed, "The file's name is not percent-encoded UTF-8.", "文件名须为百分号编码的 UTF-8。";
    /// Enough for today.
    QUOTA = "files.quota", TooMany, "You have uploaded as much as is allowed in a day.", "您今日的上传额度已用完。";
    /// Too many at once.
    TOO_MANY_AT_ONCE = "files.too_many_at_once", TooMany, "You have too many uploads under way.", "同时上传的文件过多。";
    /// The upload took longer than it is waited for.
    UPLOAD_OVER = "files.upload_over", Conflict, "The upload took too long and was given up. Send it again.", "上传超时已取消，请重新上传。";
    /// It hangs on something.
    ATTACHED = "files.attached", Conflict, "The file is attached to something. Take it from there first.", "该文件已被使用，请先解除关联。";
    /// A thing with too many files.
    TOO_MANY_HERE = "files.too_many_here", Conflict, "It has as many files as it may have.", "该事项的文件数量已达上限。";
    /// A document has no thumbnail.
    NO_THUMBNAIL = "files.no_thumbnail", NotFound, "Only photos have a thumbnail.", "仅照片有缩略图。";
    /// A part that is not there.
    RANGE = "files.range", OutOfRange, "The file has no such part.", "请求的范围超出文件大小。";
    /// The bytes cannot be reached just now.
    STORE_UNREACHABLE = "files.store_unreachable", Unavailable, "The place where files are kept cannot be reached just now.", "文件存储暂时不可用。";
}
