import SafeRL
import Shields

/// `guard.jsonl` and `guard.json` of an evaluation.
struct ShieldReportFiles {
    private let files: ShieldFiles

    /// Takes what a shield did in front of a checkpoint's policy.
    init(_ shield: RuleShield, _ plan: ShieldPlan, _ checkpoint: CheckpointReader) {
        files = ShieldFiles(
            shield,
            ShieldFiles.Head(of: plan, policy: checkpoint.identity, saferl: ProgramIdentity.version))
    }

    /// Writes both, each whole or not at all.
    ///
    /// - Throws: `StorageError`.
    func write(to folder: String) throws {
        let system = SystemFiles()
        try system.replaceFile(folder + "/guard.jsonl", with: Array(try files.lines().utf8))
        try system.replaceFile(folder + "/guard.json", with: Array(try files.figures().utf8))
    }
}
