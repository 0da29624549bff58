import Storage

/// The questions of a suite, read from JSON Lines with every row checked before any is used.
public struct QuestionFile: Sendable {
    /// In the order of the file.
    public let questions: [Question]
    /// SHA-256 of the file, in hexadecimal.
    public let hash: String

    /// The largest file that is read, in bytes.
    public static let largest = 1 << 28

    /// Reads a file.
    ///
    /// - Throws: `SuiteError` with path and row, and a fault where the file cannot be read.
    public init(contentsOf path: String) throws {
        try self.init(fileContents(path, limit: Self.largest), path: path)
    }

    /// Reads rows that are in memory.
    ///
    /// - Parameters:
    ///   - bytes: JSON Lines.
    ///   - path: for messages.
    /// - Throws: `SuiteError` with path and row.
    public init(_ bytes: [UInt8], path: String) throws {
        var lines = JSONLines<Never>(bytes)
        var questions: [Question] = []
        while true {
            do {
                guard let row = try lines.next() else { break }
                questions.append(try Question(row))
            } catch let error as JSONLineError {
                throw SuiteError("\(path): \(error)")
            } catch let error as SuiteError {
                throw SuiteError("\(path): row \(lines.row): \(error.message)")
            }
        }
        guard !questions.isEmpty else {
            throw SuiteError(
                "\(path): no question. A suite has a JSON object with question, options and answer in each row."
            )
        }
        (self.questions, hash) = (questions, SHA256.hexadecimal(of: bytes))
    }
}
