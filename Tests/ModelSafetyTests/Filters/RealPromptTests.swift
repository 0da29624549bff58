import Alignment
import Foundation
import ModelSafety
import Testing

/// Lists of harmful and safe prompts, which are read where they lie and never printed.
private enum RealPrompts {
    /// `data/erase-and-check` below `SAFERL_SHARED`; nothing where there is none.
    static let folder: String? = ProcessInfo.processInfo.environment["SAFERL_SHARED"]
        .map { $0 + "/data/erase-and-check" }.flatMap {
            FileManager.default.fileExists(atPath: $0) ? $0 : nil
        }

    static func list(_ name: String) throws -> PromptList {
        try PromptList(contentsOf: (folder ?? "") + "/" + name)
    }
}

/// The filter on the lists of arXiv:2309.02705.
@Suite(.enabled(if: RealPrompts.folder != nil, "SAFERL_SHARED names no lists of prompts"))
struct RealPromptTests {
    @Test(arguments: [("suffix:20", 0.97), ("insertion:12", 0.95), ("infusion:2", 0.95)])
    func theFilterIsCertifiedAndKeepsSafePrompts(mode: String, kept: Double) throws {
        let filter = try WordFilter(
            harmful: RealPrompts.list("harmful_prompts_train.txt"),
            safe: RealPrompts.list("safe_prompts_train.txt"),
            erasures: Erasures(.insertion(blocks: 1), size: 12), seed: 0)
        let test = FilterTest(try Erasures(parsing: mode), limit: 0.05, delta: 0.05)
        let report = try test.report(
            filter, harmful: RealPrompts.list("harmful_prompts_test.txt"),
            safe: RealPrompts.list("safe_prompts_test.txt"))
        // Counts alone, since a failure prints what it compares.
        let (detected, share) = (report.certificate.detected.events, report.safe.kept.share)
        let (isCertified, isRefuted, left) = (report.isCertified, report.isRefuted, report.safeLeftOut)
        #expect(detected >= 117 && share >= kept && isCertified && !isRefuted && left == 2)
    }
}
