import SafeRL

/// The kinds of frames; what they hold stands at the head of `saferl_worker.py`.
enum FrameKind: UInt8 {
    case hello = 0
    case reset = 1
    case step = 2
    case draw = 3
    case close = 4
    case fault = 255
}

/// How workers are started: which Python, and what runs in it.
package struct WorkerLaunch: Sendable {
    /// The version of the frames; a worker of another one is refused.
    package static let protocolVersion = 2

    /// The interpreter: a path, or a name to look for on `PATH`.
    package var python: String
    /// The worker's modules by name, in the order of their imports.
    ///
    /// They go to it through its standard input, so that it can never be of another version.
    package var modules: [(name: String, source: [UInt8])] = [
        ("saferl_environments", PackageResources.saferl_environments_py),
        ("saferl_worker", PackageResources.saferl_worker_py),
    ]
    /// Time for imports and the first environment.
    package var patience: Duration
    /// Arguments of the interpreter.
    package var options: [String] = []
    /// Variables besides those of this process.
    package var variables: [String: String] = [:]

    /// Starts the worker that is part of saferl.
    ///
    /// - Parameters:
    ///   - python: the interpreter.
    ///   - patience: time for imports and the first environment.
    package init(
        python: String, patience: Duration = .seconds(120)
    ) {
        (self.python, self.patience) = (python, patience)
    }

    /// The modules as the bootstrap reads them.
    fileprivate var package: [UInt8] {
        let list = modules.map { name, source in
            JSONValue.list([.text(name), .text(String(decoding: source, as: UTF8.self))])
        }
        return Array(JSONValue.list(list).compact.utf8)
    }

    /// Reads the modules behind their length, loads them, and runs the last one.
    ///
    /// The current folder, which may be a stranger's, is nothing that packages are looked for in: a name that tells
    /// a module puts it back.
    fileprivate static let bootstrap = """
        import sys
        sys.path[:] = [folder for folder in sys.path if folder]
        import json, os, types
        n = int.from_bytes(os.read(0, 4), "little")
        s = b""
        while len(s) < n: s += os.read(0, n - len(s)) or exit(1)
        for name, text in json.loads(s):
            module = sys.modules[name] = types.ModuleType(name)
            exec(compile(text, name + ".py", "exec"), module.__dict__)
        module.main()
        """
}

/// One worker: a process, the protocol, and what it said about its environments.
final class Worker {
    private let process: WorkerProcess
    private let patience: Duration
    private var isSound = true

    /// Starts a worker and asks for environments; `hello` waits for them.
    init(_ launch: WorkerLaunch, _ request: JSONValue) throws(WorkerFault) {
        var variables = launch.variables
        // Unbuffered, so that the last line is there when the process is not. One thread: a worker is one of several.
        variables["PYTHONUNBUFFERED"] = "1"
        variables["SAFERL_WORKER_LIFELINE"] = "3"
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] { variables[name] = "1" }
        process = try WorkerProcess(
            launch.python, launch.options + ["-c", WorkerLaunch.bootstrap], environment: variables)
        patience = launch.patience
        let deadline = Deadline(patience)
        let modules = launch.package
        try sound { () throws(WorkerFault) in
            try process.write(UInt32(modules.count).bytes + modules, until: deadline)
        }
        try send(.hello, Array(request.compact.utf8), within: patience)
    }

    /// Watches for replies for a moment before sleeping, where a core is free for that.
    func watchForReplies() { process.watching = .milliseconds(2) }

    /// The number that the system knows the process by.
    var identifier: Int32 { process.identifier }
    /// The last line on its standard error.
    var lastLine: String? { process.lastLine }

    /// The answer to the handshake.
    func hello() throws(WorkerFault) -> JSONValue {
        let payload = try receive(.hello, atMost: 1 << 24, within: patience)
        do { return try JSONValue(parsing: Array(payload), limits: JSONLimits(bytes: 1 << 24)) } catch {
            isSound = false
            throw .garbage("its handshake is not JSON")
        }
    }

    /// Sends a request.
    func send(_ kind: FrameKind, _ payload: [UInt8], within time: Duration) throws(WorkerFault) {
        let frame = UInt32(payload.count + 1).bytes + [kind.rawValue] + payload
        try sound { () throws(WorkerFault) in try process.write(frame, until: Deadline(time)) }
    }

    /// Waits for the reply of exactly so many bytes.
    func receive(
        _ kind: FrameKind, exactly count: Int, within time: Duration
    ) throws(WorkerFault) -> ArraySlice<UInt8> {
        let payload = try receive(kind, atMost: count, within: time)
        guard payload.count == count else {
            isSound = false
            throw .garbage("a reply of \(payload.count) bytes instead of \(count)")
        }
        return payload
    }

    /// Waits for a reply.
    func receive(
        _ kind: FrameKind, atMost limit: Int, within time: Duration
    ) throws(WorkerFault) -> ArraySlice<UInt8> {
        try sound { () throws(WorkerFault) in
            let deadline = Deadline(time)
            let header = try process.read(5, until: deadline)
            let length = Int(UInt32(header, at: 0)) - 1
            guard let got = FrameKind(rawValue: header[header.startIndex + 4]), got == kind || got == .fault
            else { throw WorkerFault.garbage("a frame of kind \(header[header.startIndex + 4])") }
            let most = got == .fault ? 1 << 16 : limit
            guard 0...most ~= length else {
                throw WorkerFault.garbage("a frame of \(length) bytes where at most \(most) are possible")
            }
            let payload = try process.read(length, until: deadline)
            if got == .fault { throw Self.refusal(payload) }
            return payload
        }
    }

    /// Lets the worker close its environments, and ends it.
    func end() {
        if isSound, (try? send(.close, [], within: .seconds(1))) != nil {
            process.end(within: .seconds(2))
        } else {
            process.end(within: .zero)
        }
        isSound = false
    }

    private static func refusal(_ payload: ArraySlice<UInt8>) -> WorkerFault {
        guard let value = try? JSONValue(parsing: Array(payload)), let kind = value["kind"]?.string,
            let text = value["text"]?.string
        else { return .garbage("a fault that is not JSON") }
        return .refused(kind: kind, text: text)
    }

    /// Remembers that a worker that failed once is not to be talked to again.
    private func sound<Result>(
        _ body: () throws(WorkerFault) -> Result
    ) throws(WorkerFault) -> Result {
        do throws(WorkerFault) { return try body() } catch {
            isSound = false
            throw error
        }
    }
}

extension UInt32 {
    /// Little-endian.
    var bytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }

    /// Adds four bytes, little-endian.
    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Reads four bytes, little-endian, an offset from the beginning of a slice.
    init(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        self = bytes.withUnsafeBytes {
            UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }
}
