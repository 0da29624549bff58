import SafeRL
import Storage

/// A step monitor as one more watched rule of a shield.
public final class MonitorWatch: StepWatch {
    private let judge: StepJudge
    private let mode: MonitorMode
    private let path: String
    /// `monitor`.
    public let name = "monitor"
    /// How many steps in a row must be flagged.
    public let confirm: Int
    /// The digest of the file, the mode and `confirm`.
    public let settings: [String: String]

    /// Reads a monitor.
    ///
    /// - Parameters:
    ///   - path: of its file.
    ///   - mode: which classes are flagged.
    ///   - confirm: at least 1.
    /// - Throws: as `StepMonitor.init(contentsOf:)`.
    public convenience init(contentsOf path: String, mode: MonitorMode = .strict, confirm: Int = 1) throws {
        self.init(
            try StepMonitor(contentsOf: path), sha256: SHA256.hexadecimal(of: try fileContents(path)),
            mode: mode, confirm: confirm, path: path)
    }

    /// Watches by a monitor.
    ///
    /// - Parameters:
    ///   - monitor: which one.
    ///   - sha256: of its file.
    ///   - mode: which classes are flagged.
    ///   - confirm: at least 1.
    ///   - path: of the monitor, for messages.
    public init(
        _ monitor: StepMonitor, sha256: String, mode: MonitorMode = .strict, confirm: Int = 1,
        path: String = "the step monitor"
    ) {
        precondition(confirm >= 1, "\(confirm) steps to confirm")
        (judge, self.mode, self.confirm, self.path) = (monitor.judge(), mode, confirm, path)
        settings = ["monitor": sha256, "monitor mode": mode.rawValue, "monitor confirm": "\(confirm)"]
    }

    /// Where its labels are from.
    public var environment: String { judge.monitor.facts.environment }

    /// As `StepMonitor.mustFit`.
    public func check(observations: Int, actions: Int, choices: Int?, of name: String) throws {
        try judge.monitor.mustFit(observation: observations, action: actions, choices: choices, path: path)
    }

    /// Whether the mode flags the step's class; nil for numbers that are not finite.
    public func flags(_ observation: Span<Float>, _ action: Span<Float>) -> Bool? {
        (try? judge.stepClass(observation, action)).map(mode.flags)
    }
}
