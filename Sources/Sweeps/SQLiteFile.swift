import CSQLite
import Foundation
import Storage

/// A value of a column.
enum SQLValue: Equatable {
    case null
    case integer(Int)
    case double(Double)
    case text(String)

    init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
    init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    init(_ value: String?) { self = value.map { .text($0) } ?? .null }

    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    /// Also of a whole number.
    var double: Double? {
        switch self {
        case .double(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
}

/// A file of SQLite, used by one thread at a time.
///
/// The library is opened at run time: nothing of it is needed to build.
final class SQLiteFile {
    /// Names the library's file; unset, the system's `libsqlite3.so.0` is taken.
    static let variable = "SAFERL_SQLITE_LIBRARY"

    private let path: String
    private let handle: OpaquePointer

    /// Opens a file; one that may be written is made where there is none.
    ///
    /// - Throws: `StudyError`.
    init(_ path: String, writes: Bool) throws(StudyError) {
        let named = ProcessInfo.processInfo.environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
        var fault = csq_fault()
        guard let handle = csq_open(named, path, writes ? 1 : 0, &fault) else {
            throw StudyError(fault, path)
        }
        (self.path, self.handle) = (path, handle)
    }

    deinit { csq_close(handle) }

    /// Runs statements without rows.
    ///
    /// - Throws: `StudyError`.
    func run(_ text: String) throws(StudyError) {
        var fault = csq_fault()
        if csq_run(handle, text, &fault) == 0 { throw StudyError(fault, path) }
    }

    /// Runs a statement with a value for each question mark.
    ///
    /// - Returns: its rows.
    /// - Throws: `StudyError`.
    @discardableResult
    func rows(_ text: String, _ values: [SQLValue] = []) throws(StudyError) -> [[SQLValue]] {
        var fault = csq_fault()
        guard let statement = csq_prepare(handle, text, &fault) else { throw StudyError(fault, path) }
        defer { csq_finish(statement) }
        for (index, value) in values.enumerated() { Self.bind(value, at: Int32(index + 1), statement) }
        let columns = Int32(text.split(separator: " FROM ")[0].split(separator: ",").count)
        var rows: [[SQLValue]] = []
        while true {
            let state = csq_step(statement, &fault)
            if state < 0 { throw StudyError(fault, path) }
            if state == 0 { return rows }
            rows.append((0..<columns).map { Self.value(of: $0, statement) })
        }
    }

    /// Does all that `body` does, or nothing of it.
    ///
    /// - Throws: `StudyError`.
    func transaction(_ body: () throws(StudyError) -> Void) throws(StudyError) {
        try run("BEGIN IMMEDIATE")
        do throws(StudyError) {
            try body()
            try run("COMMIT")
        } catch {
            try? run("ROLLBACK")
            throw error
        }
    }

    private static func bind(_ value: SQLValue, at place: Int32, _ statement: OpaquePointer) {
        switch value {
        case .null: break
        case .integer(let value): csq_bind_integer(statement, place, Int64(value))
        case .double(let value): csq_bind_double(statement, place, value)
        case .text(let value): csq_bind_text(statement, place, value, Int32(value.utf8.count))
        }
    }

    private static func value(of column: Int32, _ statement: OpaquePointer) -> SQLValue {
        switch csq_kind(UInt32(csq_type(statement, column))) {
        case CSQ_INTEGER: return .integer(Int(csq_integer(statement, column)))
        case CSQ_DOUBLE: return .double(csq_double(statement, column))
        case CSQ_STRING, CSQ_BLOB:
            var bytes: Int32 = 0
            guard let text = csq_string(statement, column, &bytes) else { return .null }
            return .text(
                String(decoding: UnsafeRawBufferPointer(start: text, count: Int(bytes)), as: UTF8.self))
        default: return .null
        }
    }
}

/// Why a study cannot be kept.
public enum StudyError: Fault, Equatable {
    /// No library of SQLite.
    case noLibrary(reason: String)
    /// A library without a function of SQLite's.
    case notSQLite(missing: String)
    /// The disk is full.
    case diskFull(path: String)
    /// No database, or a damaged one.
    case damaged(path: String, reason: String)
    /// Another program writes.
    case busy(path: String)
    /// Anything else that SQLite says.
    case failed(path: String, reason: String)
    /// A study of another version, or of another sweep.
    case other(path: String, reason: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noLibrary, .notSQLite: .missingInput
        case .diskFull, .failed: .inputOutput
        case .damaged: .badData
        case .busy: .cannotCreate
        case .other: .configuration
        }
    }

    /// One line.
    public var description: String {
        switch self {
        case .noLibrary(let reason):
            "SQLite: \(oneLine(reason)). Install libsqlite3-0, or name its file by \(SQLiteFile.variable)."
        case .notSQLite(let missing):
            "SQLite: the library lacks \(oneLine(missing)). Name another file by \(SQLiteFile.variable)."
        case .diskFull(let path):
            "\(oneLine(path)): the disk is full. Free some space and start the sweep again; what is in the study is intact."
        case .damaged(let path, let reason):
            "\(oneLine(path)): \(oneLine(reason)). Restore the file from a copy, or begin the sweep in another folder."
        case .busy(let path):
            "\(oneLine(path)): another program writes to it. End that, and start the sweep again."
        case .failed(let path, let reason):
            "\(oneLine(path)): \(oneLine(reason)). Check the folder's permissions and its disk."
        case .other(let path, let reason): "\(oneLine(path)): \(reason)"
        }
    }

    init(_ fault: csq_fault, _ path: String) {
        var text = fault.detail
        let detail = withUnsafeBytes(of: &text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self =
            switch csq_fault_kind(UInt32(fault.kind)) {
            case CSQ_NO_LIBRARY: .noLibrary(reason: detail)
            case CSQ_NO_FUNCTION: .notSQLite(missing: detail)
            case CSQ_FULL: .diskFull(path: path)
            case CSQ_DAMAGED: .damaged(path: path, reason: detail)
            case CSQ_BUSY: .busy(path: path)
            default: .failed(path: path, reason: detail)
            }
    }
}
