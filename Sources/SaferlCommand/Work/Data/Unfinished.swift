import Foundation
import Glibc
import SafeRL

/// What a command that writes files leaves where it is asked to stop: nothing.
enum Unfinished {
    /// From here on SIGINT and SIGTERM remove what stands unfinished beside the targets, and end the process.
    ///
    /// A thread of its own waits for them, since a handler could not list a folder. Files get their names when they are whole, so
    /// a target is there or not.
    ///
    /// - Parameter targets: files and directories that are to be written.
    static func isRemoved(beside targets: [String]) {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let awaited = signals
        Thread.detachNewThread {
            var (signal, awaited) = (Int32(0), awaited)
            guard sigwait(&awaited, &signal) == 0 else { return }
            for target in targets { remove(beside: target) }
            FileHandle.standardError.offer("stopped; what was not finished is removed.\n")
            _exit(128 + signal)
        }
    }

    private static func remove(beside target: String) {
        let url = URL(fileURLWithPath: target)
        let (folder, name) = (url.deletingLastPathComponent().path, url.lastPathComponent)
        let present = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for other in present
        where other == name + ".partial" || other.hasPrefix("\(name).unfinished-\(getpid())") {
            try? FileManager.default.removeItem(atPath: folder + "/" + other)
        }
    }
}
