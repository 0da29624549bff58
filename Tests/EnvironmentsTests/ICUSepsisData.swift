import Environments
import Foundation
import Testing

/// The parameters of ICU-Sepsis, which are not part of the sources: what the variable names, else `shared` beside them.
enum ICUSepsisData {
    static let folder: String? = {
        let named = ProcessInfo.processInfo.environment[ICUSepsisFolder.variable] ?? ""
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().appendingPathComponent("shared/data/icu-sepsis").path
        return [named, beside].first {
            !$0.isEmpty && FileManager.default.fileExists(atPath: $0 + "/initial.csv")
        }
    }()
}

/// Lets tests read the parameters of ICU-Sepsis, and skips them where there are none.
struct NeedsICUSepsis: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await ICUSepsisFolder.$ofTask.withValue(ICUSepsisData.folder) { try await function() }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips, and says so, where the parameters of ICU-Sepsis are not there.
    static var withICUSepsis: Self {
        .enabled(
            if: ICUSepsisData.folder != nil,
            "no parameters of ICU-Sepsis: name their folder in \(ICUSepsisFolder.variable)")
    }
}
