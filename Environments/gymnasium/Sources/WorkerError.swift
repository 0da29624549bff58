import SafeRL

/// Why environments of a worker cannot be made or went wrong: one line with name, cause and remedy.
public struct WorkerError: Fault, Equatable, Sendable {
    /// What the user has to look for.
    public enum Cause: Sendable {
        /// The name, or an option in it, means nothing.
        case unknown
        /// Python, or a package, is not there.
        case notSetUp
        /// The environment is there but is none that saferl can run.
        case unsupported
        /// The environment raised an exception.
        case raised
        /// The worker ended, did not answer, or sent what is no reply.
        case lost
    }

    /// What the user has to look for.
    public let cause: Cause
    /// The environment's name as it was given.
    public let name: String
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(_ cause: Cause, _ name: String, _ message: String) {
        (self.cause, self.name, self.message) = (cause, name, message)
    }

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch cause {
        case .unknown: .usage
        case .notSetUp: .missingInput
        case .unsupported: .configuration
        case .raised: .internalFault
        case .lost: .inputOutput
        }
    }

    /// Whether another try may go better.
    public var isPassing: Bool { cause == .raised || cause == .lost }

    /// One line.
    public var description: String { oneLine("\(name): \(message)") }

    /// Explains a fault of a worker.
    ///
    /// - Parameters:
    ///   - fault: what is wrong.
    ///   - name: the environment.
    ///   - activity: what was asked for, such as `reset`.
    ///   - last: the last line on the worker's standard error.
    init(_ fault: WorkerFault, _ name: WorkerName, during activity: String, last: String?) {
        let line = last.map { " Its last line was: \($0)" } ?? ""
        let python = name.source == .python
        switch fault {
        case .cannotStart(let reason):
            self.init(.notSetUp, name.name, "Python cannot be started: \(reason). \(Self.remedy(name))")
        case .ended(let how):
            self.init(.lost, name.name, "the worker \(how) during \(activity).\(line)")
        case .silent(let time):
            self.init(
                .lost, name.name,
                "the worker did not answer within \(Self.seconds(time)) s during \(activity). "
                    + "Allow more with \"timeout=\".\(line)")
        case .garbage(let what):
            self.init(.lost, name.name, "the worker sent \(what) during \(activity).\(line)")
        case .refused("raised", let text):
            self.init(.raised, name.name, "\(activity) raised \(text).\(line)")
        case .refused("unknown", let text) where python:
            self.init(.unknown, name.name, "\(text).")
        case .refused("unknown", let text):
            self.init(.unknown, name.name, text)
        case .refused("no-cost", let text):
            self.init(
                .unsupported, name.name,
                "\(text), so nothing can be said about safety. If the task has no costs, say so: "
                    + "\(quoted(name.adding("cost=none"))).")
        case .refused(let kind, let text) where kind.hasPrefix("channels:"):
            self.init(
                .unsupported, name.name,
                "\(text). Name the costs that count, for example \(quoted(name.naming(costs: kind.dropFirst(9))))."
            )
        case .refused("cost", let text):
            self.init(.unsupported, name.name, "\(text). Leave \"cost=none\" away.")
        case .refused(let kind, let text) where kind.hasPrefix("missing:"):
            let suite = kind.dropFirst("missing:".count)
            self.init(
                .notSetUp, name.name, "\(text). Call \"saferl env setup gymnasium --suite \(suite)\".")
        case .refused(_, let text):
            self.init(.unsupported, name.name, "\(text).")
        }
    }

    /// What to do where there is no interpreter.
    static func remedy(_ name: WorkerName) -> String {
        name.source == .python
            ? "Install it (Debian: apt-get install python3), or name one in SAFERL_PYTHON."
            : "Call \"saferl env setup gymnasium --suite \(name.suite)\"."
    }

    private static func seconds(_ time: Duration) -> String {
        let (seconds, rest) = time.components
        return rest == 0 ? "\(seconds)" : "\(Double(seconds) + Double(rest) / 1e18)"
    }
}

extension WorkerName {
    /// The name with other cost channels.
    func naming(costs: Substring) -> String {
        let halves = name.split(separator: "?", maxSplits: 1)
        let kept = halves.dropFirst().flatMap { $0.split(separator: "&") }.filter { !$0.hasPrefix("costs=") }
        return halves[0] + "?" + (kept + ["costs=\(costs)"]).joined(separator: "&")
    }

    /// The name with one more option.
    func adding(_ option: String) -> String { name + (name.contains("?") ? "&" : "?") + option }
}
