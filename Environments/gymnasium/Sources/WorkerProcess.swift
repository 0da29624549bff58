import Foundation
import Glibc
import SafeRL
import Synchronization

/// What is wrong with a worker, before it is known whose worker it is.
enum WorkerFault: Error, Equatable {
    /// It cannot be started; the text says why.
    case cannotStart(String)
    /// It ended: by itself with a status, or by a signal.
    case ended(String)
    /// It did not answer in time.
    case silent(Duration)
    /// It sent what is no reply; the text says what.
    case garbage(String)
    /// It refused or failed, and says why.
    case refused(kind: String, text: String)
}

/// A child process with a pipe to its standard input and from its standard output and error.
///
/// It is a reference that ends its process when it goes. The process also ends with this one, even when this one is
/// killed: descriptor 3 of the child is the end of a pipe whose other end only this process holds, and the child asks
/// the kernel for a signal when that is closed. (`PR_SET_PDEATHSIG` would not do: it watches the thread that started
/// the child, not the process.) The child leads a process group, so that Ctrl-C reaches this process alone, which then
/// decides, and so that what the child itself started ends with it.
final class WorkerProcess {
    private let pid: pid_t
    private let input, output, errors, lifeline: Int32
    private var isReaped = false
    private var received: [UInt8] = []
    private var consumed = 0
    private var errorTail: [UInt8] = []
    private var areErrorsOpen = true
    /// How long a reply is watched for before this thread sleeps; zero where all cores are in use.
    var watching: Duration = .zero

    /// The number that the system knows the process by.
    var identifier: Int32 { pid }

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - executable: a path, or a name to look for on `PATH`.
    ///   - arguments: without the name of the program.
    ///   - environment: variables besides those of this process.
    /// - Throws: `WorkerFault.cannotStart`.
    init(_ executable: String, _ arguments: [String], environment: [String: String]) throws(WorkerFault) {
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (pipes, pid) = try starting.withLock { _ throws(WorkerFault) in
            try Self.start(executable, arguments, variables)
        }
        self.pid = pid
        (input, output) = (pipes.input.writer, pipes.output.reader)
        (errors, lifeline) = (pipes.errors.reader, pipes.lifeline.writer)
        for descriptor in [input, output, errors] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    }

    private static func start(
        _ executable: String, _ arguments: [String], _ variables: [String: String]
    ) throws(WorkerFault) -> (Pipes, pid_t) {
        let pipes = try Pipes()
        // In the order of the child's descriptors 0, 1, 2, 3.
        let inherited = [
            pipes.input.reader, pipes.output.writer, pipes.errors.writer, pipes.lifeline.reader,
        ]
        do throws(WorkerFault) {
            let pid = try spawn(
                executable, [executable] + arguments, variables.map { "\($0)=\($1)" },
                inheriting: inherited)
            inherited.forEach { _ = close($0) }
            return (pipes, pid)
        } catch {
            pipes.all.forEach { _ = close($0) }
            throw error
        }
    }

    deinit {
        kill()
        for descriptor in [input, output, errors, lifeline] { _ = close(descriptor) }
    }

    /// The last line on the process's standard error, at most 160 characters; nothing when it is silent.
    var lastLine: String? {
        collectErrors()
        let text = String(decoding: errorTail, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.last { !$0.isEmpty }.map { $0.count > 160 ? $0.prefix(160) + "…" : $0 }
    }

    // MARK: Bytes

    /// Writes all bytes.
    func write(_ bytes: [UInt8], until deadline: Deadline) throws(WorkerFault) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                withoutBrokenPipeSignal {
                    Glibc.write(input, raw.baseAddress.map { $0 + written }, raw.count - written)
                }
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                try wait(for: input, Int16(POLLOUT), until: deadline)
            } else if errno != EINTR {
                throw ending()
            }
        }
    }

    /// Reads exactly so many bytes.
    func read(_ count: Int, until deadline: Deadline) throws(WorkerFault) -> ArraySlice<UInt8> {
        if consumed > 0 && received.count - consumed < count {
            received.removeFirst(consumed)
            consumed = 0
        }
        while received.count - consumed < count {
            try wait(for: output, Int16(POLLIN), until: deadline)
            if try !receive() { throw ending() }
        }
        defer { consumed += count }
        return received[consumed..<consumed + count]
    }

    /// Takes what there is; false at the end.
    private func receive() throws(WorkerFault) -> Bool {
        let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            let count = Glibc.read(output, buffer.baseAddress, buffer.count)
            if count > 0 { received.append(contentsOf: buffer[..<count]) }
            return count
        }
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }

    /// Waits until a descriptor is ready; reads the errors meanwhile, so that the child never waits for that.
    private func wait(
        for descriptor: Int32, _ event: Int16, until deadline: Deadline
    ) throws(WorkerFault) {
        // Waking a core that sleeps takes tens of microseconds, as long as a short step: where a core is free, it stays
        // awake for a moment.
        if watching > .zero {
            var watched = pollfd(fd: descriptor, events: event, revents: 0)
            let end = ContinuousClock.now + watching
            while ContinuousClock.now < end {
                if poll(&watched, 1, 0) != 0 { break }
                sched_yield()
            }
        }
        while true {
            var watched = [
                pollfd(fd: descriptor, events: event, revents: 0),
                pollfd(fd: areErrorsOpen ? errors : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&watched, 2, deadline.milliseconds)
            if ready == 0 { throw .silent(deadline.allowed) }
            if ready > 0 && watched[1].revents != 0 { collectErrors() }
            if ready > 0 && watched[0].revents != 0 { return }
        }
    }

    private func collectErrors() {
        while areErrorsOpen {
            let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { buffer in
                let count = Glibc.read(errors, buffer.baseAddress, buffer.count)
                if count > 0 { errorTail.append(contentsOf: buffer[..<count]) }
                return count
            }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { areErrorsOpen = false }
            if count <= 0 { break }
            if errorTail.count > 8192 { errorTail.removeFirst(errorTail.count - 4096) }
        }
    }

    // MARK: The end

    /// How the process ended; kills it if it only closed its output.
    private func ending() -> WorkerFault {
        let status = reap(within: .seconds(1)) ?? kill()
        guard let status else { return .ended("ended") }
        let signal = status & 0x7F
        return .ended(signal == 0 ? "exited with \(status >> 8 & 0xFF)" : "was ended by signal \(signal)")
    }

    /// Lets the process end by itself, then ends it and all that it started.
    func end(within grace: Duration) {
        if reap(within: grace) == nil { kill() }
    }

    /// Ends the process and all that it started at once.
    @discardableResult
    private func kill() -> Int32? {
        guard !isReaped else { return nil }
        // The group, and the process itself in case that it was not a group yet.
        _ = Glibc.kill(-pid, SIGKILL)
        _ = Glibc.kill(pid, SIGKILL)
        return reap(within: .seconds(60))
    }

    /// The status of the process once it has ended; nothing if it has not by then.
    private func reap(within grace: Duration) -> Int32? {
        guard !isReaped else { return nil }
        let deadline = Deadline(grace)
        var status: Int32 = 0
        var pause: UInt32 = 200
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid || (ended < 0 && errno != EINTR) {
                isReaped = true
                // Whatever the child started and left behind.
                _ = Glibc.kill(-pid, SIGKILL)
                return status
            }
            if deadline.milliseconds == 0 { return nil }
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
    }
}

/// A point in time until which something is waited for.
struct Deadline {
    /// The time that was allowed.
    let allowed: Duration
    private let end: ContinuousClock.Instant

    /// So long from now.
    init(_ allowed: Duration) { (self.allowed, end) = (allowed, .now + allowed) }

    /// What is left, rounded up, at least 0.
    var milliseconds: Int32 {
        let left = (end - .now).components
        if left.seconds < 0 || left.attoseconds < 0 { return 0 }
        return Int32(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)
    }
}

/// Held while a worker is started: for a moment its pipes are open on exec, and another worker that inherited the
/// writing end of a lifeline would keep this one alive.
private let starting = Mutex(())

/// Four pipes, closed on exec, whose descriptors are out of the way of 0 to 3.
private struct Pipes {
    typealias Ends = (reader: Int32, writer: Int32)
    var input, output, errors, lifeline: Ends

    init() throws(WorkerFault) {
        var made: [Ends] = []
        for _ in 0..<4 {
            do throws(WorkerFault) { made.append(try Self.make()) } catch {
                made.flatMap { [$0.reader, $0.writer] }.forEach { _ = close($0) }
                throw error
            }
        }
        (input, output, errors, lifeline) = (made[0], made[1], made[2], made[3])
    }

    var all: [Int32] { [input, output, errors, lifeline].flatMap { [$0.reader, $0.writer] } }

    private static func make() throws(WorkerFault) -> Ends {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .cannotStart(String(cString: strerror(errno))) }
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        ends.forEach { _ = close($0) }
        guard moved.allSatisfy({ $0 >= 0 }) else {
            moved.filter { $0 >= 0 }.forEach { _ = close($0) }
            throw .cannotStart("too many open files")
        }
        return (moved[0], moved[1])
    }
}

/// Starts a program in a process group of its own, with default signals.
private func spawn(
    _ executable: String, _ arguments: [String], _ variables: [String], inheriting descriptors: [Int32]
) throws(WorkerFault) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, descriptor) in descriptors.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var pid: pid_t = 0
    let status = posix_spawnp(&pid, executable, &actions, &attributes, &words, &settings)
    guard status == 0 else { throw .cannotStart(String(cString: strerror(status))) }
    return pid
}
