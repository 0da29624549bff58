import Assurance
import Board
import Foundation
import Glibc
import SafeRL
import Synchronization

/// The runs below a folder, each read anew only where a file of it has changed.
final class BoardRuns: BoardSource {
    private let folder: String
    private let registry: Registry
    private let kept = Mutex<[String: Kept]>([:])

    /// A run as it was read, and what its files looked like then.
    private struct Kept {
        let stamps: [FileStamp?]
        let isHeld: Bool
        let facts: BoardRun.Facts
    }

    /// - Parameters:
    ///   - folder: that is looked through, or a run itself.
    ///   - registry: names algorithms, whose metrics are declared.
    init(folder: String, registry: Registry) {
        (self.folder, self.registry) = (RunDirectory.withoutTrailingSlash(folder), registry)
    }

    func runs() throws -> [BoardRun] {
        let paths = try RunSearch.paths(below: [folder])
        let runs = paths.map { run(at: $0) }
        let present = Set(paths)
        kept.withLock { kept in kept = kept.filter { present.contains($0.key) } }
        return runs
    }

    func current(_ run: BoardRun) -> BoardRun? {
        let path = path(of: run)
        return RunDirectory.holdsRun(path) ? self.run(at: path) : nil
    }

    func detail(of run: BoardRun) -> BoardDetail {
        let path = path(of: run)
        var detail = BoardDetail()
        detail.evaluating = "saferl evaluate \(shellWord(path))"
        guard let directory = try? RunDirectory.inspect(path) else { return detail }
        let isWritten = RunRecord.isHeld(Self.ledger(of: path))
        let claims = isWritten ? [] : (try? ClaimLedger.lines(of: path)) ?? []
        detail.facts = RunShowing.facts(RunRecord(path), directory.manifest, bytes: nil)
        detail.claims = claims.map { line in
            let bound = line.claim?.bound.map { String(format: ", bound %.4g", $0) } ?? ""
            let risk =
                line.claim?.delta.map { String(format: ", wrong with probability at most %.4g", $0) } ?? ""
            let statement =
                line.claim.map { $0.statement + bound + risk } ?? "by saferl \(line.author.rawValue)"
            return .init(verdict: line.verdict, statement: statement)
        }
        detail.evaluation =
            (try? EvaluationReport(contentsOf: directory.evaluationPath + "/report.json"))?.table
        if let type = try? registry.algorithm(of: directory.document()) {
            declare(directory, type, in: &detail)
        }
        return detail
    }

    private func declare<A: Algorithm>(_ run: RunDirectory, _ type: A.Type, in detail: inout BoardDetail) {
        func metrics(_ declared: [MetricDeclaration], isOfEvaluations: Bool) -> [BoardDetail.Metric] {
            declared.map { metric in
                .init(
                    key: metric.key, title: metric.title + (metric.unit.map { " (\($0))" } ?? ""),
                    isOfEvaluations: isOfEvaluations, isFromZero: metric.domain != .number)
            }
        }
        detail.metrics =
            metrics(A.Metrics.declarations, isOfEvaluations: false)
            + metrics(EvaluationReport.metrics, isOfEvaluations: true)
        let resolved = try? run.document().resolve(
            A.Configuration.self, of: A.name, among: registry.algorithmNames)
        detail.limits = resolved?.limits(of: type) ?? [:]
    }

    private func name(of path: String) -> String {
        if path == folder { return URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent }
        return folder == "." ? path : String(path.dropFirst(folder.count + 1))
    }

    private func path(of run: BoardRun) -> String { parent(of: run.metrics) }

    // MARK: What is kept

    /// Files of a run by which its line in the list changes.
    private static let files = [
        "manifest.json", "config.resolved.json", "evaluation/report.json", "tags.json", "metrics.jsonl",
    ]

    private func run(at path: String) -> BoardRun {
        var run = BoardRun(name: name(of: path), metrics: path + "/metrics.jsonl")
        let isHeld = RunRecord.isHeld(path + "/.lock")
        let ledger = Self.ledger(of: path)
        let stamps =
            Self.files.map { FileStamp(path + "/" + $0) } + [
                FileStamp(parent(of: ledger)), FileStamp(ledger),
            ]
        let known = kept.withLock { $0[path] }
        if let known, known.stamps == stamps, known.isHeld == isHeld {
            run.facts = known.facts
            return run
        }
        // Reading the claims would wait for who writes them, and every page with it.
        guard !RunRecord.isHeld(ledger) else {
            run.facts = known?.facts ?? .init()
            if known == nil { run.facts.fault = "its claims are being written" }
            return run
        }
        run.facts = Self.facts(of: path)
        kept.withLock { $0[path] = Kept(stamps: stamps, isHeld: isHeld, facts: run.facts) }
        return run
    }

    private static func ledger(of run: String) -> String { ClaimLedger.folder(of: run) + "/claims.jsonl" }

    private static func facts(of path: String) -> BoardRun.Facts {
        let record = RunRecord(path)
        var facts = BoardRun.Facts()
        facts.algorithm = record.run?.manifest.algorithm
        facts.subject = record.subject
        facts.steps = record.number("config", "schedule", "steps").flatMap { Int(exactly: $0) }
        facts.step = record.run?.manifest.step
        // The manifest counts to the newest checkpoint, the metrics further.
        if record.state == .training, let logged = loggedStep(path) {
            facts.step = max(facts.step ?? 0, logged)
        }
        facts.state = record.state.rawValue
        facts.meanReturn = record.number("evaluation", "return_mean")
        facts.meanCost = record.number("evaluation", "cost_mean")
        facts.started = (record.run?.manifest.started).flatMap { try? Date($0, strategy: .iso8601) }
            .map(\.timeIntervalSince1970)
        (facts.tags, facts.fault) = (record.tags, record.fault)
        return facts
    }

    /// Updates at the newest whole line of the metrics.
    private static func loggedStep(_ path: String) -> Int? {
        guard let tail = try? FileTail(path + "/metrics.jsonl", bytes: 8192) else { return nil }
        return tail.lines.reversed().lazy.compactMap { line in
            (try? JSONValue(parsing: Array(line)))?["step"]?.number?.int
        }.first
    }
}

/// What a file looks like from outside: where it lies, how large it is and when it was written.
private struct FileStamp: Equatable {
    private let inode: UInt64
    private let size: Int64
    private let seconds, nanoseconds: Int

    /// Looks at a file; nil where there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (inode, size) = (UInt64(status.st_ino), Int64(status.st_size))
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}

/// The whole lines at the end of a file.
private struct FileTail {
    let lines: [ArraySlice<UInt8>]

    /// Reads them.
    ///
    /// - Throws: `StorageError`.
    init(_ path: String, bytes: Int) throws {
        let (descriptor, size) = try openRegularFile(path)
        defer { close(descriptor) }
        let start = max(0, size - bytes)
        var buffer = [UInt8](repeating: 0, count: size - start)
        let got = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, start) }
        let read = buffer.prefix(max(0, got))
        // What follows the last line feed is still written; before the first one may stand half a line, which is no JSON.
        lines = read.lastIndex(of: 10).map { read[..<$0].split(separator: 10) } ?? []
    }
}
