//! What this crate lets people do.

kernel::permissions! {
    /// Reading the trail.
    ReadTrail = "audit.trail.read", High, [AuditAdmin], "Read the audit trail.", "查看审计记录。";
    /// Verifying the chain.
    VerifyTrail = "audit.trail.verify", Low, [AuditAdmin], "Verify the hash chain of the audit trail.", "校验审计链。";
    /// Taking the trail away.
    ExportTrail = "audit.trail.export", High, [AuditAdmin], "Export parts of the audit trail to a file.", "导出审计记录。";
}
