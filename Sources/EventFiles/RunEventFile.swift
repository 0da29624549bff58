import Foundation
import Glibc
import Storage

/// The event file of a run: made from its files, and kept up with them while it trains.
///
/// Nothing that trains knows of it. Lines are appended to the file, whole records in one call each; where `metrics.jsonl` goes
/// back to a checkpoint the file is made anew. Used by one thread at a time.
public final class RunEventFile {
    /// The folder in a run.
    public static let folder = "events"
    /// The name without wall times, which is equal for equal runs.
    static let timelessName = "events.out.tfevents.0.saferl.0.0"
    private static let prefix = "events.out.tfevents."
    private static let limits = JSONLimits(bytes: 100_000_000)

    private let run: String
    /// The file.
    public let path: String
    private let isTimeless: Bool
    private let files = SystemFiles()
    private var events: RunEvents
    private var metrics: LineFollower
    private var timing: LineFollower
    private var histograms: LineFollower
    /// Lines whose time is not known yet.
    private var waiting: [JSONValue] = []
    private var size = 0
    /// The size of `timing.jsonl` before this process trained.
    private let timingBefore: Int
    private var isMade = false

    /// Takes up the file of a run, or plans one; nil where there is none and none is planned.
    ///
    /// - Parameters:
    ///   - run: a run directory.
    ///   - isTimeless: whether a new file is to be without wall times; one that is there stays as it is.
    ///   - makes: whether a file is planned where there is none.
    /// - Throws: `StorageError`, or `EventFileError` where the run's own files cannot be read.
    public init?(run: String, isTimeless: Bool = false, makes: Bool) throws {
        let folder = run + "/" + Self.folder
        let earlier = Self.file(in: run)
        guard earlier != nil || makes else { return nil }
        let manifest = try Self.document(run + "/manifest.json")
        let configuration = try Self.document(run + "/config.resolved.json")
        let started = (manifest["started"]?.string).flatMap { try? Date($0, strategy: .iso8601) }
        self.isTimeless = earlier.map { $0 == Self.timelessName } ?? isTimeless
        let start = (started ?? Date(timeIntervalSince1970: 0)).timeIntervalSince1970
        let name =
            earlier
            ?? (isTimeless
                ? Self.timelessName : "\(Self.prefix)\(Int(start)).\(Self.host).\(getpid()).0")
        (self.run, path) = (run, "\(folder)/\(name)")
        let group = run.split(separator: "/").last.map(String.init) ?? run
        events = RunEvents(
            configuration: configuration, group: self.isTimeless ? "run" : group,
            start: self.isTimeless ? nil : start)
        metrics = LineFollower(run + "/metrics.jsonl")
        timing = LineFollower(run + "/timing.jsonl")
        histograms = LineFollower(run + "/" + HistogramLine.file)
        timingBefore = timing.size
        blank = events
    }

    private let blank: RunEvents

    /// The name of a run's event file; nothing where it has none.
    public static func file(in run: String) -> String? {
        (try? directoryContents(run + "/" + folder))?.first {
            $0.hasPrefix(prefix) && !$0.hasSuffix(".partial")
        }
    }

    // MARK: While it trains

    /// Makes the file where there is none, with what is known before the first update.
    ///
    /// - Throws: `StorageError`.
    public func begin() throws {
        guard fileKind(path) == nil else { return }
        try replace(with: events.opening())
    }

    /// Appends what was logged since the last call.
    ///
    /// A run that goes on is looked at once it has gone back to its checkpoint, which a new line of `timing.jsonl` tells.
    ///
    /// - Throws: `StorageError`.
    public func follow() throws {
        guard timing.size > timingBefore else { return }
        guard isMade, !metrics.isCut, !timing.isCut, !histograms.isCut else { return try remake(all: false) }
        let fresh = try freshEvents(all: false)
        guard !fresh.isEmpty else { return }
        try append(fresh.flatMap(\.record))
    }

    /// Makes the whole file anew.
    ///
    /// - Parameter status: how the run has ended; nothing while it can go on.
    /// - Throws: `StorageError`.
    public func remake(ending status: SessionStatus? = nil) throws { try remake(all: true, status) }

    private func remake(all: Bool, _ status: SessionStatus? = nil) throws {
        (events, waiting) = (blank, [])
        metrics.rewind()
        timing.rewind()
        histograms.rewind()
        var all = events.opening() + (try freshEvents(all: all))
        if let status {
            all += events.closing(status, evaluation: try? Self.document(run + "/evaluation/report.json"))
        }
        try replace(with: all)
        isMade = true
    }

    private func freshEvents(all: Bool) throws(StorageError) -> [Event] {
        // The line of a step's time is written after that of its numbers: read first, it would be missed.
        waiting += Self.values(try metrics.lines())
        for line in Self.values(try timing.lines()) { events.note(timing: line) }
        var fresh: [Event] = []
        while let line = waiting.first {
            let isEvaluation = line["stage"]?.string == "evaluation"
            guard all || isTimeless || isEvaluation || events.knowsTime(of: line["step"]?.number?.int ?? 0)
            else { break }
            fresh += events.scalars(of: line)
            waiting.removeFirst()
        }
        return fresh
            + (try histograms.lines()).compactMap(HistogramLine.init).flatMap { events.histograms(of: $0) }
    }

    // MARK: Elsewhere

    /// The bytes of an event file for a run, whether or not it has one.
    ///
    /// - Parameters:
    ///   - run: a run directory.
    ///   - status: how it has ended; nothing while it can go on.
    ///   - histograms: how values were spread after so many updates, by the tags that they get.
    /// - Returns: the bytes, and the name that the file gets.
    /// - Throws: `StorageError`; `EventFileError`.
    public static func export(
        run: String, ending status: SessionStatus?,
        histograms: [(step: Int, tag: String, histogram: Histogram)] = []
    ) throws -> (name: String, bytes: [UInt8]) {
        guard let file = try RunEventFile(run: run, makes: true) else { return ("", []) }
        var all = file.events.opening() + (try file.freshEvents(all: true))
        for found in histograms where !file.events.hasHistograms(of: found.step) {
            all.append(file.events.histogram(found.histogram, found.tag, found.step))
        }
        if let status {
            all += file.events.closing(status, evaluation: try? document(run + "/evaluation/report.json"))
        }
        return (file.path.split(separator: "/").last.map(String.init) ?? "", all.flatMap(\.record))
    }

    // MARK: Files

    private func replace(with events: [Event]) throws {
        let bytes = events.flatMap(\.record)
        if let same = try? fileContents(path), same == bytes {
            size = bytes.count
            // What a kill in the middle of the last replacement left.
            try? files.remove(path + ".partial")
            return
        }
        try files.makeDirectories(run + "/" + Self.folder)
        try files.replaceFile(path, with: bytes)
        size = bytes.count
    }

    private func append(_ bytes: [UInt8]) throws {
        let descriptor = try files.attempt(path, "open") { () throws(SystemFault) in
            try files.open(path, flags: O_WRONLY | O_APPEND | O_NOFOLLOW)
        }
        defer { try? files.close(descriptor) }
        do { try FileSink(files, descriptor, path).write(bytes) } catch {
            try? files.truncate(descriptor, to: size)
            throw error
        }
        size += bytes.count
    }

    private static func values(_ lines: [ArraySlice<UInt8>]) -> [JSONValue] {
        lines.compactMap { try? JSONValue(parsing: Array($0), limits: limits) }
    }

    private static func document(_ path: String) throws -> JSONValue {
        let bytes = try fileContents(path, limit: limits.bytes)
        do throws(JSONError) { return try JSONValue(parsing: bytes, limits: limits) } catch {
            throw EventFileError(path, "line \(error.position.line): \(error.message)")
        }
    }

    /// The machine's name, of letters, digits and hyphens.
    private static var host: String {
        let name = ProcessInfo.processInfo.hostName.prefix { $0 != "." }
            .filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        return name.isEmpty ? "host" : name
    }
}

/// A file of a run that events cannot be made from.
public struct EventFileError: Fault {
    private let path: String
    private let reason: String

    init(_ path: String, _ reason: String) { (self.path, self.reason) = (path, reason) }

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }
    /// One line.
    public var description: String {
        "\(oneLine(path)): \(reason). Restore the file from a copy; saferl itself wrote it."
    }
}
