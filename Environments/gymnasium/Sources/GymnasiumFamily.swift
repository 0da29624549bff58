import Foundation
import SafeRL

/// Environments with the Gymnasium interface, by one of four prefixes.
public struct GymnasiumFamily: EnvironmentFamily {
    /// What stands before the colon.
    public let prefix: String
    /// One line for a list.
    public let summary: String
    /// A name that exists.
    public let example: String

    private init(_ prefix: String, _ summary: String, example: String) {
        (self.prefix, self.summary, self.example) = (prefix, summary, example)
    }

    /// The families `gymnasium:`, `bullet:`, `dsrl:` and `python:`.
    public static let all: [GymnasiumFamily] = [
        GymnasiumFamily(
            "gymnasium", "any environment registered with Gymnasium",
            example: "gymnasium:SafetyPointGoal1-v0"),
        GymnasiumFamily("bullet", "tasks of Bullet-Safety-Gym", example: "bullet:SafetyBallRun-v0"),
        GymnasiumFamily("dsrl", "tasks of the DSRL benchmark", example: "dsrl:OfflineBallRun-v0"),
        GymnasiumFamily(
            "python", "a Python class with the Gymnasium interface", example: "python:my_module:MyTask"),
    ]

    /// Whether the suite of the example is installed.
    public var readiness: FamilyReadiness { readiness(of: example, remedy: GymnasiumKit.command) }

    /// Whether the suite of an environment is installed.
    public func readiness(of name: String) -> FamilyReadiness {
        let suite = (try? WorkerName(name))?.suite
        return readiness(of: name, remedy: GymnasiumKit.command + (suite.map { " --suite \($0)" } ?? ""))
    }

    private func readiness(of name: String, remedy: String) -> FamilyReadiness {
        let kit = GymnasiumKit()
        do throws(WorkerError) {
            let name = try WorkerName(name)
            let python = try kit.interpreter(for: name)
            if name.source == .python || GymnasiumKit.chosenPython != nil { return .ready(python) }
            let ready = GymnasiumKit.suiteNames.filter(kit.isInstalled)
            return .ready("set up: \(ready.joined(separator: ", "))")
        } catch { return .missing(remedy) }
    }

    /// What the simulators have registered, or the benchmark's tasks of those that there are; nil for plain classes.
    ///
    /// - Throws: `WorkerError` where what knows the names is not set up.
    public func names() throws -> [String]? {
        switch prefix {
        case "python": return nil
        case "dsrl": return DSRLTask.all.filter { $0.suite != .metaDrive }.map { "dsrl:\($0.id)" }
        default: return try GymnasiumKit().names(of: try WorkerName(example)).map { "\(prefix):\($0)" }
        }
    }

    /// Checks everything but whether the simulator knows the id.
    ///
    /// - Throws: `WorkerError`.
    public func check(_ name: String) throws { _ = try WorkerName(name) }

    /// Classes of `python:` and modules of `gymnasium:module:ID` are code that the name tells; everything else is looked up
    /// among what is installed.
    public func runsNamedCode(_ name: String) -> Bool {
        guard let read = try? WorkerName(name) else { return true }
        return read.source == .python || read.id.contains(":")
    }

    /// Starts workers.
    ///
    /// - Throws: `WorkerError`.
    public func make(_ name: String, _ request: EnvironmentRequest) throws -> any VectorEnvironment {
        try GymnasiumEnvironment(name, request)
    }
}
