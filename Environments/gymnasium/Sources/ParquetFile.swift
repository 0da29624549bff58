import Foundation
import Glibc
import SafeRL

/// Recordings in Parquet, a row a step, read and written by Python's pyarrow in a child process.
///
/// What is written has the columns of a table of steps ([data.md](../../../docs/data.md)), `observation`, `action` and
/// `next_observation` as lists of one size. Rows pass through a pipe, a row group at a time.
public enum ParquetFile {
    /// Reads all transitions into a file without a name beside `target`.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - map: a file that says which column is what; nothing where they are named as saferl names them.
    ///   - actions: as for `StepTable`.
    ///   - target: as for `StepTable`.
    /// - Returns: the transitions, as `StepTable` reads them.
    /// - Throws: `ParquetError`; `StepTableError` with row and column; `DatasetError`, `StorageError`.
    public static func dataset(
        _ path: String, columns map: String? = nil, actions: ActionRule = .refuse,
        spilledBeside target: String
    ) throws -> TransitionDataset {
        guard fileKind(path, following: true) == .file else {
            throw ParquetError(.missingInput, path, "no such file, or none that can be read.")
        }
        let script = try ParquetScript(["read", path], of: path)
        return try StepTable.jsonLines.dataset(
            path, columns: map, actions: actions, spilledBeside: target
        ) {
            try script.output() ?? []
        }
    }

    /// Writes a data set; the file appears whole or not at all.
    ///
    /// - Throws: `UnheldDataError`, `ParquetError`, `StorageError`.
    public static func write(_ dataset: TransitionDataset, to path: String) throws {
        try dataset.requireHeld(by: .parquet)
        try SystemFiles().replaceFile(path) { partial in
            let script = try ParquetScript(["write", partial, columns(of: dataset)], of: path)
            try StepTable.jsonLines.write(dataset) { try script.input($0) }
            try script.finish()
        }
    }

    /// The columns as the script takes them.
    private static func columns(of dataset: TransitionDataset) -> String {
        let (o, a) = (dataset.observationSize, dataset.actionSize)
        var columns = [
            ("episode", "int64", 0), ("observation", "float32", o), ("action", "float32", a),
            ("reward", "float32", 0), ("cost", "float32", 0),
        ]
        if dataset.hasNamedCosts {
            columns += dataset.costChannels.map { ("cost_" + $0.name, "float32", 0) }
        }
        columns += [("terminal", "bool", 0), ("timeout", "bool", 0), ("next_observation", "float32", o)]
        if dataset.constraintValues != nil { columns.append(("constraint_value", "float32", 0)) }
        if dataset.actionChoices != nil { columns.append(("choices", "int64", 0)) }
        return "[" + columns.map { "[\(quoted($0.0)), \(quoted($0.1)), \($0.2)]" }.joined(separator: ", ")
            + "]"
    }
}

/// Why Parquet cannot be read or written: one line with file, cause and remedy.
public struct ParquetError: Fault, Equatable, Sendable {
    /// What kind of fault it is.
    public let kind: FaultKind
    /// The file.
    public let path: String
    /// What is wrong and what to do.
    public let message: String

    init(_ kind: FaultKind, _ path: String, _ message: String) {
        (self.kind, self.path, self.message) = (kind, path, message)
    }

    /// One line.
    public var description: String { oneLine("\(path): \(message)") }
}

/// The script at work, with pipes to and from it; it ends with this value.
private final class ParquetScript {
    private let process = Process()
    private let (toScript, fromScript) = (Pipe(), Pipe())
    private let errors = FileManager.default.temporaryDirectory
        .appendingPathComponent("saferl-\(UUID().uuidString)")
    private let python: String
    private let path: String

    init(_ arguments: [String], of path: String) throws {
        self.path = path
        python = GymnasiumKit().parquetPython
        let source = String(decoding: PackageResources.saferl_parquet_py, as: UTF8.self)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", source] + arguments
        // A pipe for errors that nobody reads in the meantime could block the script.
        let isThere = FileManager.default.createFile(atPath: errors.path, contents: nil)
        (process.standardInput, process.standardOutput) = (toScript, fromScript)
        process.standardError =
            isThere ? FileHandle(forWritingAtPath: errors.path) : FileHandle.nullDevice
        do { try process.run() } catch {
            throw ParquetError(.missingInput, path, "\(python) cannot be started. \(remedy)")
        }
    }

    deinit {
        if process.isRunning {
            // It may have inherited that other signals are held back, and wait for a pipe that nobody reads.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: errors)
    }

    /// The next bytes that it writes; nil after the last.
    ///
    /// - Throws: `ParquetError` where it has failed.
    func output() throws -> [UInt8]? {
        if let data = try fromScript.fileHandleForReading.read(upToCount: 1 << 18), !data.isEmpty {
            return Array(data)
        }
        try finish()
        return nil
    }

    /// Gives it bytes.
    ///
    /// - Throws: `ParquetError` where it takes none any more.
    func input(_ bytes: [UInt8]) throws {
        do {
            try withoutBrokenPipeSignal {
                try toScript.fileHandleForWriting.write(contentsOf: Data(bytes))
            }
        } catch { try finish() }
    }

    /// Waits for its end.
    ///
    /// - Throws: `ParquetError` where it has failed.
    func finish() throws {
        try? toScript.fileHandleForWriting.close()
        process.waitUntilExit()
        switch process.terminationStatus {
        case 0 where process.terminationReason == .exit: return
        case 66:
            throw ParquetError(
                .missingInput, path,
                "Parquet needs the package pyarrow, which \(python) does not have. \(remedy)")
        case 127: throw ParquetError(.missingInput, path, "\(python) is not there. \(remedy)")
        default:
            let text = String(
                decoding: FileManager.default.contents(atPath: errors.path) ?? Data(), as: UTF8.self)
            var reason = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no reason given"
            while reason.hasSuffix(".") { reason.removeLast() }
            throw ParquetError(
                .badData, path, "pyarrow cannot read or write it: \(reason). Check that it is a Parquet file."
            )
        }
    }

    private var remedy: String {
        let pin = GymnasiumKit.parquetPackage
        return
            "Install it with \"\(python) -m pip install \(pin)\", or name a Python that has it in SAFERL_PYTHON."
    }
}

extension GymnasiumKit {
    /// The interpreter that reads Parquet: the chosen one, else that of the virtual environment, else `python3`.
    fileprivate var parquetPython: String {
        if let chosen = Self.chosenPython { return chosen }
        return FileManager.default.isExecutableFile(atPath: python) ? python : "python3"
    }

    /// The package with its version, as pip takes it.
    fileprivate static var parquetPackage: String {
        let list = String(decoding: PackageResources.requirements_parquet_txt, as: UTF8.self)
        let pins = list.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return pins.first.map { String($0.prefix { $0 != " " }) } ?? "pyarrow"
    }
}
