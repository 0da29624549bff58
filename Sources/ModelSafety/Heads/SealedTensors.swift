import Assurance
import Storage

/// The file of a head or a filter: safetensors, whose header says the rest as sealed JSON.
struct SealedTensors {
    /// A kind of file, with the words of its faults.
    struct Kind {
        /// Where the header has the JSON.
        let key: String
        /// The member that says the format, and the one that is read.
        let member: String
        let format: Int
        /// What such a file is, and in short.
        let name, short: String
        /// What writes it.
        let command: String
        /// A fault of the module.
        let fault: @Sendable (String) -> any Fault
    }

    /// Its bytes, its tensors, and what the header says.
    let bytes: [UInt8]
    let file: SafetensorsFile
    let facts: JSONValue
    private let path: String
    private let kind: Kind
    private let isIntact: Bool

    /// The largest file that is read, in bytes.
    static let largest = 1 << 28

    /// Reads a file of a kind.
    ///
    /// - Throws: the kind's fault where it is none, or of another format; `StorageError`, `SafetensorsError`.
    init(_ kind: Kind, contentsOf path: String) throws {
        bytes = try fileContents(path, limit: Self.largest)
        file = try SafetensorsFile(bytes, path: path)
        guard let text = file.metadata[kind.key], let facts = try? JSONValue(parsing: Array(text.utf8)),
            let format = facts[kind.member]?.number?.int
        else { throw kind.fault("\(path): no \(kind.name). Train one by \"saferl \(kind.command)\".") }
        guard format == kind.format else {
            throw kind.fault(
                "\(path): has format \(format), and this saferl reads \(kind.format). Read it with the saferl that wrote it."
            )
        }
        (self.facts, self.path, self.kind) = (facts, path, kind)
        isIntact = Seal.state(of: text) == .intact
    }

    /// What was read, where every byte is as it is written.
    ///
    /// - Parameters:
    ///   - read: makes it of file and facts; nothing where anything is missing, too much, or of the wrong kind.
    ///   - written: the bytes of what was read.
    /// - Returns: what was read.
    /// - Throws: the kind's fault; `SafetensorsError`.
    func contents<Content>(
        _ read: (JSONValue, SafetensorsFile) throws -> Content?, written: (Content) -> [UInt8]
    ) throws -> Content {
        guard isIntact, let found = try read(facts, file), written(found) == bytes else {
            throw kind.fault(
                "\(path): not as a \(kind.name) is written. Restore the file from a copy, or train the \(kind.short) again."
            )
        }
        return found
    }

    /// Whether a file is one of a kind, or claims to be.
    static func isOne(_ kind: Kind, _ path: String) -> Bool {
        guard isTensors(path), let bytes = try? fileContents(path, limit: largest),
            let file = try? SafetensorsFile(bytes, path: path)
        else { return false }
        return file.metadata[kind.key] != nil
    }

    /// Whether a file begins as safetensors do.
    static func isTensors(_ path: String) -> Bool {
        guard fileKind(path, following: true) == .file,
            let start = try? beginningOfFile(path, limit: 9), start.count == 9
        else { return false }
        return start[8] == UInt8(ascii: "{")
    }
}
