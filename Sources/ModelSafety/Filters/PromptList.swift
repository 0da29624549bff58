import Alignment
import Storage

/// Prompts of one kind, read strictly from a file and never printed: `.txt`, `.json` or `.jsonl`.
///
/// A text file has a prompt a line, blank lines are left out. A JSON file is a list of prompts, and every row of a JSON Lines file
/// is one; there a prompt is a text, or an object whose one key is `prompt`.
public struct PromptList: Sendable {
    /// The file.
    public let path: String
    /// Words of each prompt, in the order of the file; at least one prompt, none without words.
    public let prompts: [[String]]
    /// Where each prompt stands, from 1: the line of a text, the row of JSON Lines, the place in a list.
    public let rows: [Int]
    /// SHA-256 of the file, in hexadecimal.
    public let hash: String

    /// The largest file that is read, in bytes.
    public static let largest = 1 << 28

    /// Reads a file.
    ///
    /// - Throws: `FilterError` with path and row; `StorageError`.
    public init(contentsOf path: String) throws {
        try self.init(fileContents(path, limit: Self.largest), path: path)
    }

    /// Reads prompts that are in memory.
    ///
    /// - Parameters:
    ///   - bytes: of the file.
    ///   - path: for messages; its ending says what the bytes are.
    /// - Throws: `FilterError` with path and row.
    public init(_ bytes: [UInt8], path: String) throws {
        let name = path.lowercased()
        let texts: [(row: Int, text: String)]
        if name.hasSuffix(".jsonl") {
            texts = try Self.rows(bytes, path)
        } else if name.hasSuffix(".json") {
            texts = try Self.list(bytes, path)
        } else if name.hasSuffix(".txt") {
            texts = try Self.lines(bytes, path)
        } else {
            throw FilterError(
                "\(path): prompts are read from files whose names end in .txt, .json or .jsonl.")
        }
        guard !texts.isEmpty else {
            throw FilterError("\(path): no prompt. Write one a line.")
        }
        prompts = texts.map { ErasureUnit.words($0.text) }
        rows = texts.map(\.row)
        if let blank = prompts.firstIndex(where: \.isEmpty) {
            throw FilterError("\(path): row \(rows[blank]): a prompt without words. Leave it out.")
        }
        (self.path, hash) = (path, SHA256.hexadecimal(of: bytes))
    }

    private static func lines(_ bytes: [UInt8], _ path: String) throws -> [(row: Int, text: String)] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw FilterError(
                "\(path): row 1: begins with a byte-order mark. Save it as UTF-8 without one.")
        }
        var texts: [(row: Int, text: String)] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let text = String(validating: line, as: UTF8.self) else {
                throw FilterError("\(path): row \(index + 1): text that is not UTF-8. Save it as UTF-8.")
            }
            guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }) else {
                throw FilterError(
                    "\(path): row \(index + 1): a control character. Write the prompt as text, or the file as JSON."
                )
            }
            if text.contains(where: { !$0.isWhitespace }) { texts.append((index + 1, text)) }
        }
        return texts
    }

    private static func rows(_ bytes: [UInt8], _ path: String) throws -> [(row: Int, text: String)] {
        var lines = JSONLines<Never>(bytes)
        var texts: [(row: Int, text: String)] = []
        do {
            while let value = try lines.next() {
                texts.append((lines.row, try text(of: value, row: lines.row, path)))
            }
        } catch let error as JSONLineError {
            // The message of a fault may quote what stands there.
            throw FilterError(
                "\(path): row \(error.row)\(error.column.map { ", column \($0)" } ?? ""): not the strict JSON that is read. "
                    + "Write each prompt as a text in quotation marks.")
        }
        return texts
    }

    private static func list(_ bytes: [UInt8], _ path: String) throws -> [(row: Int, text: String)] {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: largest))
        } catch {
            throw FilterError(
                "\(path):\(error.position): not the strict JSON that is read. Write a list of texts in quotation marks."
            )
        }
        guard let elements = value.elements else {
            throw FilterError("\(path): \(value.kind), where a list of prompts is needed.")
        }
        return try elements.enumerated().map { ($0 + 1, try text(of: $1, row: $0 + 1, path)) }
    }

    private static func text(of value: JSONValue, row: Int, _ path: String) throws -> String {
        let members = value.members
        let isObject = members.map { $0.count == 1 && $0[0].key == "prompt" } ?? false
        guard let text = isObject ? value["prompt"]?.string : value.string else {
            throw FilterError(
                "\(path): row \(row): a prompt is a text, or an object whose one key is \"prompt\".")
        }
        return text
    }

    /// What tells a prompt from others without saying it: the first 16 digits of the SHA-256 of its words in lower case.
    public static func mark(of words: [String]) -> String {
        let text = ErasureUnit.text(ofWords: words.map { $0.lowercased() })
        return String(SHA256.hexadecimal(of: text.utf8).prefix(16))
    }

    /// The marks of all prompts.
    public var marks: [String] { prompts.map(Self.mark) }

    /// Prompts that are not among some marks, each once.
    public func unseen(by marks: Set<String>) -> [[String]] {
        var known = marks
        return prompts.filter { known.insert(Self.mark(of: $0)).inserted }
    }

    /// Checks that no prompt stands there twice, as draws from a large population hardly would.
    ///
    /// - Throws: `FilterError` with both rows.
    public func checkDistinct() throws {
        var first: [String: Int] = [:]
        for (mark, row) in zip(marks, rows) {
            if let earlier = first.updateValue(row, forKey: mark) {
                throw FilterError(
                    "\(path): rows \(earlier) and \(row) are the same prompt. A bound counts independent prompts: leave one out."
                )
            }
        }
    }
}
