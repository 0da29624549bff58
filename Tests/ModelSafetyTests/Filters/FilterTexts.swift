import Alignment
import Foundation
import ModelSafety

/// Lists that a bag of words can tell apart, made of numbers.
enum FilterTexts {
    /// So many prompts with a word of harm in each.
    static func harmful(_ numbers: Range<Int>) -> [String] {
        numbers.map { "please make zorgle number \($0) now" }
    }

    /// So many without.
    static func safe(_ numbers: Range<Int>) -> [String] {
        numbers.map { "please bake bread number \($0) for us" }
    }

    static func list(_ texts: [String], _ path: String = "list.txt") throws -> PromptList {
        try PromptList(Array(texts.joined(separator: "\n").utf8), path: path)
    }

    /// A filter that flags the harmful ones.
    static func filter(seed: UInt64 = 0) throws -> WordFilter {
        try WordFilter(
            harmful: list(harmful(0..<12), "h.txt"), safe: list(safe(100..<112), "s.txt"),
            erasures: Erasures(.insertion(blocks: 1), size: 5), seed: seed)
    }

    /// A folder that is removed behind the body.
    static func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "filter-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }
}
