import Foundation
import Glibc
import SafeRL

/// What `saferl data fetch` does.
struct FetchWork {
    let task: String
    let out: String?
    let from: String?
    /// Most bytes where the server states no length.
    let unstatedLimit: Int

    func run() throws {
        let task = try DSRLTask(argument: task)
        let path = folder + "/" + task.fileName
        let address =
            from.map { RunDirectory.withoutTrailingSlash($0) + "/" + task.fileName } ?? task.officialAddress
        var progress = FetchProgress(address)
        let outcome = try Download(hdf5: address, to: path, unstatedLimit: unstatedLimit).run {
            progress.show($0, of: $1)
        }
        progress.end()
        try FetchRecord(outcome, from: address).write(beside: path)
        let kept = outcome.kept == 0 ? "" : ", \(outcome.kept) of them from an earlier call"
        let check =
            outcome.isStated
            ? "equal to the one that the server states" : "no other is known to compare it with"
        try Output.write(
            """
            \(path): \(outcome.bytes) bytes\(kept).
            SHA-256 \(outcome.sha256): \(check); recorded in \(FetchRecord.path(beside: path)).
            Next: saferl data validate \(path)
            """)
    }

    /// Where DSRL itself looks.
    private var folder: String {
        if let out { return RunDirectory.withoutTrailingSlash(out) }
        let named = ProcessInfo.processInfo.environment["DSRL_DATASET_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        return named.map(RunDirectory.withoutTrailingSlash) ?? NSHomeDirectory() + "/.dsrl/datasets"
    }
}

/// Address and bytes so far on a terminal, a few times a second; nothing where there is none.
private struct FetchProgress {
    private let isShown = isatty(STDERR_FILENO) == 1
    private var last = ContinuousClock.Instant.now
    private var hasShown = false

    init(_ address: String) { if isShown { FileHandle.standardError.offer("fetching \(address)\n") } }

    mutating func show(_ bytes: Int, of total: Int?) {
        guard isShown, last.duration(to: .now) > .milliseconds(200) else { return }
        (last, hasShown) = (.now, true)
        let share = total.map { " of \(Self.megabytes($0))" } ?? ""
        FileHandle.standardError.offer("\r\(Self.megabytes(bytes))\(share)   ")
    }

    func end() { if hasShown { FileHandle.standardError.offer("\n") } }

    private static func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}
