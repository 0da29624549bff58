import Glibc
import Synchronization

/// The last of SIGINT and SIGTERM that arrived while a `SignalWatch` lived; 0 for none.
private let arrived = Atomic<Int32>(0)

/// When the first of them arrived, in nanoseconds of a clock that never goes back.
private let arrivedAt = Atomic<Int64>(0)

/// Nanoseconds within which a second signal is the first one again: `timeout` and terminals deliver it twice.
private let echo: Int64 = 300_000_000

/// Notes a signal; the second one ends the process at once.
///
/// Only calls that are allowed in a signal handler.
private func note(_ signal: Int32) {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    if arrived.load(ordering: .sequentiallyConsistent) == 0 {
        arrivedAt.store(now, ordering: .sequentiallyConsistent)
    } else if now - arrivedAt.load(ordering: .sequentiallyConsistent) > echo {
        _exit(128 + signal)
    }
    arrived.store(signal, ordering: .sequentiallyConsistent)
}

/// What the process did with the signals before, and how many watch now.
private struct Watchers: Sendable {
    var count = 0
    var earlier: [(signal: Int32, action: sigaction)] = []
}

private let watchers = Mutex(Watchers())

/// Notices SIGINT and SIGTERM instead of dying from them, so that a run can finish its update.
///
/// It changes the whole process; several may live at once, and the last to go restores what was before. Both signals
/// are watched even when they were ignored before, because a shell script that starts a run in the background and
/// interrupts it expects a checkpoint. A second signal ends the process at once, with 130 or 143:
/// what is on the disk is then as after a crash.
package struct SignalWatch: ~Copyable {
    /// Starts watching.
    package init() {
        watchers.withLock { watchers in
            watchers.count += 1
            guard watchers.count == 1 else { return }
            // Touched here so that nothing is initialised inside the handler.
            arrived.store(0, ordering: .sequentiallyConsistent)
            arrivedAt.store(0, ordering: .sequentiallyConsistent)
            for signal in [SIGINT, SIGTERM] {
                var action = sigaction()
                action.__sigaction_handler.sa_handler = { note($0) }
                // Restarted, so that no read or write of the data fails because of it.
                action.sa_flags = SA_RESTART
                var old = sigaction()
                if sigaction(signal, &action, &old) == 0 { watchers.earlier.append((signal, old)) }
            }
            // A parent that blocks signals on its threads hands that down to the processes it starts.
            var signals = sigset_t()
            sigemptyset(&signals)
            for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        }
    }

    deinit {
        watchers.withLock { watchers in
            watchers.count -= 1
            guard watchers.count == 0 else { return }
            for (signal, action) in watchers.earlier {
                var action = action
                sigaction(signal, &action, nil)
            }
            watchers.earlier = []
        }
    }

    /// The signal that asks for an end, if one has arrived.
    package var pending: Int32? { Self.latest }

    /// The same for who does not own the watch.
    package static var latest: Int32? {
        let signal = arrived.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }
}
