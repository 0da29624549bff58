import AssuranceCases
import Foundation
import Storage
import TestSupport

/// `assurance.json`; `SAFERL_GOLDEN_ASSESS` names another set.
enum GoldenCase {
    static func file() throws -> JSONValue {
        let path = Golden.directory("assess").appendingPathComponent("assurance.json").path
        return try JSONValue(parsing: fileContents(path), limits: JSONLimits(bytes: 1 << 26))
    }

    /// Bytes of text, or of hexadecimal digits.
    static func bytes(hex text: String) -> [UInt8] {
        let digits = Array(text.utf8).map { $0 <= 57 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// Evidence files by path.
    static func files(_ value: JSONValue?) -> [String: [UInt8]] {
        Dictionary(
            uniqueKeysWithValues: (value?.members ?? []).map { ($0.key, Array(($0.value.string ?? "").utf8)) }
        )
    }

    /// Judges a document over files.
    static func judge(
        _ document: JSONValue, _ files: [String: [UInt8]], now: String, opinion: (any SecondOpinion)? = nil
    ) throws -> CaseJudgement {
        try judge(AssuranceCase(document), files, now: now, opinion: opinion)
    }

    /// Judges a case over files.
    static func judge(
        _ read: AssuranceCase, _ files: [String: [UInt8]], now: String, opinion: (any SecondOpinion)? = nil
    ) throws -> CaseJudgement {
        let found = FoundEvidence(read.evidence, now: CaseTime(now) ?? .now) { path in
            files[path].map { .bytes($0) } ?? .missing
        }
        return try CaseJudgement(read, found, opinion: opinion)
    }
}

extension JSONValue {
    /// The same object with another value of a key.
    func replacing(_ key: String, by value: JSONValue) -> JSONValue {
        .object((members ?? []).map { ($0.key, $0.key == key ? value : $0.value) })
    }
}
