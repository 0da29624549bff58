import SafeRL

/// What a step of a robot costs.
public enum StepConstraint: Sendable, Equatable {
    /// 1 above a speed, in m/s.
    case speed(above: Double)
    /// 1 where the first coordinate of height, that of the torso, is above a height, in m.
    case height(above: Double)
    /// 1 for each of some feet that is on the ground, by their numbers: front left, front right, back left, back right.
    case feet([Int])

    /// The largest cost of a step.
    var largest: Float {
        if case .feet(let feet) = self { Float(feet.count) } else { 1 }
    }
}

/// A robot with what it must not do: the velocity tasks, and height and lift as CRAX has them, each at three levels.
///
/// Levels of speed are 1, 0.75 and 0.5 times the limit of Safety-Gymnasium, and those of lift restrict the feet, as in CRAX
/// (Tomilin et al. 2026, arXiv:2606.20376). Its height task is a humanoid's; the heights of the robots here are our own.
public struct ConstrainedTask: Sendable, Equatable {
    /// What moves.
    public let robot: VelocityTask
    /// What it must not do.
    public let constraint: StepConstraint
    /// The name on the command line, such as `mujoco:SafetyAntLift-v1?level=2`.
    public let name: String

    /// 1, the easiest, to 3.
    public static let levels = 1...3

    /// The names at level 1, in the order shown to a user.
    public static var names: [String] {
        VelocityTask.allCases.map(\.name)
            + (heights.keys.sorted() + [lift]).map { "\(VelocityTask.family):\($0)" }
    }

    private static let lift = "SafetyAntLift-v1"

    /// Robots that stand, with the heights of their levels in m; Hopper and Walker2d stand at 1.25, Ant at 0.75.
    private static let heights: [String: (robot: VelocityTask, limits: [Double])] = [
        "SafetyAntHeight-v1": (.ant, [0.75, 0.65, 0.55]),
        "SafetyHopperHeight-v1": (.hopper, [1.3, 1.2, 1.1]),
        "SafetyWalker2dHeight-v1": (.walker2d, [1.3, 1.2, 1.1]),
    ]

    /// Feet that must stay off the ground at each level.
    private static let restricted = [[0], [0, 3], [0, 1, 2]]

    /// A velocity task as Safety-Gymnasium has it.
    public init(_ robot: VelocityTask) {
        (self.robot, constraint, name) = (robot, .speed(above: robot.speedLimit), robot.name)
    }

    /// The task of a name such as `SafetyHopperHeight-v1?level=3`, with or without `mujoco:` before it.
    ///
    /// - Throws: `MuJoCoError.unknownTask` with a suggestion.
    public init(named name: String) throws(MuJoCoError) {
        let prefix = VelocityTask.family + ":"
        let bare = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        let parts = bare.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let level = try Self.level(parts.count > 1 ? String(parts[1]) : nil, of: name)
        let task = String(parts[0])
        if let robot = VelocityTask(rawValue: task) {
            (self.robot, constraint) = (robot, .speed(above: robot.speedLimit * [1, 0.75, 0.5][level - 1]))
        } else if let (robot, limits) = Self.heights[task] {
            (self.robot, constraint) = (robot, .height(above: limits[level - 1]))
        } else if task == Self.lift {
            (robot, constraint) = (.ant, .feet(Self.restricted[level - 1]))
        } else {
            let known = name == bare ? Self.names.map { String($0.dropFirst(prefix.count)) } : Self.names
            let given = name == bare ? task : prefix + task
            throw .unknownTask(
                oneLine(given), suggestion: suggestion(for: given, among: known, called: "tasks"))
        }
        self.name = prefix + task + (level == 1 ? "" : "?level=\(level)")
    }

    private static func level(_ option: String?, of name: String) throws(MuJoCoError) -> Int {
        guard let option else { return 1 }
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "level", let level = Int(parts[1]), levels.contains(level) else {
            throw .unknownTask(
                oneLine(name), suggestion: "What follows \"?\" is level=1, level=2 or level=3.")
        }
        return level
    }
}
