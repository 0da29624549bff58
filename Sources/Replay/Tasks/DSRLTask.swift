import Storage

/// One task of the DSRL benchmark with its official constants.
public struct DSRLTask: Sendable, Equatable {
    /// The family of simulators that a task belongs to.
    public enum Suite: String, Codable, Sendable, CaseIterable {
        /// bullet-safety-gym.
        case bullet = "bullet"
        /// Navigation and velocity tasks of safety-gymnasium.
        case safetyGymnasium = "safety_gymnasium"
        /// MetaDrive.
        case metaDrive = "metadrive"
    }

    /// The environment's id, such as `OfflineBallRun-v0`.
    public let id: String
    /// The family of simulators.
    public let suite: Suite
    /// Values of one observation.
    public let observationSize: Int
    /// Values of one action, each in [-1, 1].
    public let actionSize: Int
    /// Steps after which an episode is cut.
    public let stepLimit: Int
    /// Smallest and largest episode return of the official data; they normalise scores.
    public let rewardRange: ClosedRange<Double>
    /// Smallest and largest episode cost of the official data.
    public let costRange: ClosedRange<Double>
    /// Episodes in the official file.
    public let trajectories: Int
    /// Name of the official file.
    public let fileName: String

    package init(
        _ id: String, _ suite: Suite, _ observationSize: Int, _ actionSize: Int, steps: Int,
        rewards: ClosedRange<Double>, costs: ClosedRange<Double>, trajectories: Int, _ fileName: String
    ) {
        self.id = id
        self.suite = suite
        self.observationSize = observationSize
        self.actionSize = actionSize
        self.stepLimit = steps
        self.rewardRange = rewards
        self.costRange = costs
        self.trajectories = trajectories
        self.fileName = fileName
    }

    /// The three cost limits of the benchmark.
    public var costLimits: [Double] { suite == .safetyGymnasium ? [20, 40, 80] : [10, 20, 40] }

    /// The one strict limit that FISOR's paper scores with: 10 in safety-gymnasium, 5 elsewhere.
    public var strictCostLimit: Double { suite == .safetyGymnasium ? 10 : 5 }

    /// The id without decoration, such as `BallRun`, `HopperVelocity` or `easysparse`.
    public var shortName: String {
        var name = Substring(id)
        for prefix in ["Offline", "Metadrive-"] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
        }
        for suffix in ["-v0", "-v1", "Gymnasium"] where name.hasSuffix(suffix) {
            name.removeLast(suffix.count)
        }
        return String(name)
    }

    /// Whether the simulator clips an action to [-1, 1] before anything depends on it, so that recorded ones may lie outside.
    ///
    /// Read in the sources: bullet_safety_gym 1.4.0 (`envs/bases.py`, `apply_action`), safety_gymnasium 1.0.0 for
    /// navigation (`bases/base_agent.py`, `apply_action`), MetaDrive (`component/vehicle/base_vehicle.py`,
    /// `_preprocess_action`). Not the velocity tasks: MuJoCo clips what drives the motors, but the reward charges for the
    /// action as it was given.
    public var clipsActions: Bool { !shortName.hasSuffix("Velocity") }

    // MARK: Scores

    /// (return − smallest) / (largest − smallest); not clipped, so it can be negative or above 1.
    public func normalizedReturn(_ total: Double) -> Double {
        (total - rewardRange.lowerBound) / (rewardRange.upperBound - rewardRange.lowerBound)
    }

    /// (cost + e) / (limit + e) with e = 1 for a limit of 0, else 0; safe means at most 1.
    ///
    /// - Parameters:
    ///   - total: mean undiscounted cost of an episode.
    ///   - limit: chosen by the user, at least 0.
    /// - Returns: at least 0.
    public func normalizedCost(_ total: Double, limit: Double) -> Double {
        precondition(limit >= 0, "a cost limit of \(limit) is negative")
        let margin: Double = limit == 0 ? 1 : 0
        return (total + margin) / (limit + margin)
    }

    // MARK: Finding

    /// The task of that id or short name, whatever the case of its letters.
    ///
    /// - Throws: `UnknownTask` with the nearest name.
    public static func named(_ name: String) throws(UnknownTask) -> DSRLTask {
        let wanted = name.lowercased()
        if let task = all.first(where: { $0.id.lowercased() == wanted || $0.shortName.lowercased() == wanted }
        ) {
            return task
        }
        throw UnknownTask(name: name, suggestion: nearest(to: wanted))
    }

    /// The task whose official file name starts like this one, or nil.
    ///
    /// Everything up to the version must agree: `SafetyBallRun-v0-collected-80-940.hdf5` belongs to `OfflineBallRun-v0`.
    ///
    /// - Parameter fileName: a name or a path.
    /// - Returns: nil if no task's official file is named so.
    public static func inferred(fromFileName fileName: String) -> DSRLTask? {
        let name = fileName.split(separator: "/").last.map(String.init) ?? ""
        return all.first { task in
            let stem = task.fileStem
            guard name.hasPrefix(stem) else { return false }
            let rest = name.dropFirst(stem.count)
            return rest.isEmpty || rest.hasPrefix("-") || rest.hasPrefix(".")
        }
    }

    /// The file name up to the version: `SafetyBallRun-v0`.
    private var fileStem: String { fileName.split(separator: "-").dropLast(2).joined(separator: "-") }

    private static func nearest(to name: String) -> String? {
        let core = Self.core(of: name)
        var best: (name: String, distance: Int)?
        for task in all {
            let candidates = [
                (task.id, name, task.id.lowercased()), (task.shortName, name, task.shortName.lowercased()),
                (task.id, core, Self.core(of: task.id.lowercased())),
            ]
            for (meant, written, candidate) in candidates {
                let distance = editDistance(Array(written.utf8), Array(candidate.utf8))
                guard distance <= max(2, written.utf8.count / 3) else { continue }
                if distance < best?.distance ?? Int.max { best = (meant, distance) }
            }
        }
        return best?.name
    }

    /// What tells two tasks apart in whichever suite's spelling: no `offline`, `safety`, `gymnasium` or version.
    private static func core(of name: String) -> String {
        let plain = name.replacing("gymnasium", with: "").replacing(/-v[0-9]+$/, with: "")
        return plain.replacing(/^(offline|safety)/, with: "")
    }
}

/// A name that no DSRL task has.
public struct UnknownTask: Fault, Equatable, Sendable {
    /// What was asked for.
    public let name: String
    /// The nearest name, if one is near.
    public let suggestion: String?

    /// What kind of fault it is.
    public var kind: FaultKind { .configuration }

    /// One sentence with a remedy.
    public var description: String {
        let remedy =
            suggestion.map { "Did you mean \"\($0)\"?" }
            ?? "Names are ids such as \"OfflineBallRun-v0\", or short ones such as \"BallRun\"."
        return "\"\(name)\" is not one of the \(DSRLTask.all.count) DSRL tasks. \(remedy)"
    }
}

/// Fewest insertions, deletions and replacements that turn one name into the other.
func editDistance(_ from: [UInt8], _ to: [UInt8]) -> Int {
    var row = Array(0...to.count)
    for (i, a) in from.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in to.enumerated() {
            let replaced = diagonal + (a == b ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
        }
    }
    return row[to.count]
}
