import Foundation

/// Standard output whose failure is noticed.
enum Output {
    /// Writes text and a line break.
    ///
    /// - Throws: `OutputError` when standard output cannot take it, for example because a disk is full.
    static func write(_ text: String) throws(OutputError) {
        do {
            try FileHandle.standardOutput.write(
                contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
        } catch {
            throw OutputError()
        }
    }

    /// Writes a value as one JSON object on a line, keys in alphabetical order.
    ///
    /// - Throws: `EncodingError` for a number that is not finite; `OutputError`.
    static func write(json value: some Encodable) throws {
        try write(JSONEncoder.compact.text(of: value))
    }

    /// Lines such as `name     value`, values aligned.
    static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 + "\n" }
            .joined()
    }
}

/// Standard output did not take what was written.
struct OutputError: Error, CustomStringConvertible {
    let description = "standard output: cannot be written. Check that the disk is not full."
}
