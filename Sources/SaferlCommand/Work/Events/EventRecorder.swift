import ArgumentParser
import EventFiles
import Foundation
import SafeRL
import Synchronization

/// What `--events` says.
enum EventChoice: String, CaseIterable, ExpressibleByArgument {
    /// An event file beside `metrics.jsonl`.
    case on
    /// Likewise, without wall times: equal runs have equal files.
    case timeless
    /// None.
    case off
}

/// Keeps a run's event file up with what is logged, on a thread of its own.
///
/// What goes wrong costs the event file, not the run: a warning says so, and the end of the run makes the file anew.
final class EventRecorder: Sendable {
    private static let interval: UInt32 = 250_000

    private struct State: ~Copyable {
        var file: RunEventFile
        var isStopped = false
        var hasFailed = false
    }

    private let state: Mutex<State>
    private let done = DispatchSemaphore(value: 0)

    /// Begins to record.
    ///
    /// - Parameters:
    ///   - run: locked by this process.
    ///   - choice: for a run without a file, which gets none where nothing is said; one that is there is kept.
    /// - Returns: nothing where no events are wanted.
    static func start(_ run: RunDirectory, _ choice: EventChoice?) -> EventRecorder? {
        do {
            let file = try RunEventFile(
                run: run.path, isTimeless: choice == .timeless, makes: choice.map { $0 != .off } ?? false)
            guard let file else { return nil }
            try file.begin()
            let recorder = EventRecorder(file)
            Thread.detachNewThread { recorder.follow() }
            return recorder
        } catch {
            warn(error)
            return nil
        }
    }

    private init(_ file: sending RunEventFile) { state = Mutex(State(file: file)) }

    private func follow() {
        while step() { usleep(Self.interval) }
        done.signal()
    }

    private func step() -> Bool {
        state.withLock { state in
            guard !state.isStopped, !state.hasFailed else { return false }
            do { try state.file.follow() } catch {
                state.hasFailed = true
                Self.warn(error)
            }
            return true
        }
    }

    /// Ends the thread and makes the file whole.
    ///
    /// - Parameter status: how the run has ended; nothing where it can go on.
    func end(_ status: SessionStatus?) {
        state.withLock { $0.isStopped = true }
        done.wait()
        state.withLock { state in
            do { try state.file.remake(ending: status) } catch { Self.warn(error) }
        }
    }

    /// Makes the file of a run that is finished anew, where it has one.
    static func complete(_ run: RunDirectory) {
        do { try RunEventFile(run: run.path, makes: false)?.remake(ending: .success) } catch { warn(error) }
    }

    private static func warn(_ error: any Error) {
        FileHandle.warn("the event file is not kept up, the run goes on. \(error)")
    }
}
