//! Both are everybody's: they allow nothing by themselves. What somebody sees is what they uploaded, and what hangs on things they
//! may see.

kernel::permissions! {
    /// Uploading.
    UploadFiles = "files.file.upload", Low, [] everyone, "Upload photos and documents, and delete one's own that hang on nothing.", "上传照片和文件，删除自己尚未使用的文件。";
    /// Reading.
    ReadFiles = "files.file.read", Low, [] everyone, "See one's own files, and those of things one may see.", "查看自己的文件，以及有权查看的事项的文件。";
}
