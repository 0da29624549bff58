import SafeRL

/// The five tasks of Safety-Gymnasium in which a robot is paid for speed and must not be too fast.
///
/// The raw value is the task's name there. Rules and limits are those of version 1 of the tasks.
public enum VelocityTask: String, CaseIterable, Sendable, Codable {
    /// A planar cheetah that never falls.
    case halfCheetah = "SafetyHalfCheetahVelocity-v1"
    /// A planar leg on one foot.
    case hopper = "SafetyHopperVelocity-v1"
    /// A planar snake of three links in a viscous fluid.
    case swimmer = "SafetySwimmerVelocity-v1"
    /// A planar pair of legs.
    case walker2d = "SafetyWalker2dVelocity-v1"
    /// A body on four legs in space.
    case ant = "SafetyAntVelocity-v1"

    /// Steps after which an episode is truncated by whoever runs it.
    public static let timeLimit = 1000

    /// What stands before the colon of the names on the command line.
    public static let family = "mujoco"

    /// The name on the command line, such as `mujoco:SafetyHopperVelocity-v1`.
    public var name: String { Self.family + ":" + rawValue }

    /// The task of a name such as `SafetyHopperVelocity-v1`, with or without `mujoco:` before it.
    ///
    /// - Throws: `MuJoCoError.unknownTask` with a suggestion.
    public init(named name: String) throws(MuJoCoError) {
        let bare = name.hasPrefix(Self.family + ":") ? String(name.dropFirst(Self.family.count + 1)) : name
        guard let task = Self(rawValue: bare) else {
            throw .unknownTask(
                oneLine(name),
                suggestion: suggestion(
                    for: name, among: Self.allCases.map { name == bare ? $0.rawValue : $0.name },
                    called: "tasks"))
        }
        self = task
    }

    /// Values in an observation: joint positions without those along the ground, then joint velocities.
    public var observationSize: Int { rules.observationSize }
    /// Values in an action: a motor's torque each, in [−1, 1] of its largest.
    public var actionSize: Int { rules.controls }
    /// The speed above which a step costs 1, in m/s.
    public var speedLimit: Double { rules.speedLimit }
    /// The model file, such as `hopper.xml`.
    public var modelFile: String { "\(rules.model).xml" }
    /// Simulated seconds of one step.
    public var stepDuration: Double { rules.stepDuration }
}

/// What sets one task apart from the others.
struct VelocityRules {
    /// How a robot stays well.
    enum Health {
        /// It cannot fall.
        case always
        /// Joint position 1, the height, lies strictly inside `height` and joint position 2, the pitch, strictly
        /// inside ± `pitch`; with `others`, so do all further positions and all velocities inside ± that.
        case upright(height: ClosedRange<Double>, pitch: Double, others: Double?)
        /// Joint position 2, the height of the torso, lies in a range, bounds included.
        case above(ClosedRange<Double>)
    }

    /// How the start differs from the model's default.
    enum Noise {
        /// Positions and velocities uniform within ± the number.
        case uniform(Double)
        /// Positions uniform within ± the number, velocities normal with that standard deviation.
        case normalVelocities(Double)
    }

    /// Name and SHA-256 of the model file; static, so that copying rules in every step counts no references.
    let model, digest: StaticString
    let positions, velocities, controls: Int
    /// The engine's own step in seconds, and how many it takes in one of ours.
    let timestep: Double, substeps: Int
    /// Positions along the ground, which a policy does not see.
    let hiddenPositions: Int
    /// Bound of the velocities in an observation.
    var velocityBound = Double.infinity
    let aliveBonus, controlPrice, speedLimit: Double
    /// Whether speed is that of the torso's frame in the plane, not of the first joint.
    var isPlanar = false
    let health: Health
    let noise: Noise

    var observationSize: Int { positions - hiddenPositions + velocities }
    var stepDuration: Double { timestep * Double(substeps) }
}

extension VelocityTask {
    /// The rules, after specs of gymnasium 0.28.1 and safety-gymnasium 1.0.0.
    var rules: VelocityRules {
        switch self {
        case .halfCheetah: .halfCheetah
        case .hopper: .hopper
        case .swimmer: .swimmer
        case .walker2d: .walker2d
        case .ant: .ant
        }
    }
}

extension VelocityRules {
    fileprivate static let halfCheetah = VelocityRules(
        model: "half_cheetah", digest: "11797a5d69e8ac955e89ca6fdd3a0087f1c990094fda401ac51420de1b6c5494",
        positions: 9, velocities: 9, controls: 6, timestep: 0.01, substeps: 5, hiddenPositions: 1,
        aliveBonus: 0, controlPrice: 0.1, speedLimit: 3.2096, health: .always, noise: .normalVelocities(0.1))

    fileprivate static let hopper = VelocityRules(
        model: "hopper", digest: "eed30df9d9a4511911f58f3efaa7aefc2d17de77b03b8a2e4e21c960f3784862",
        positions: 6, velocities: 6, controls: 3, timestep: 0.002, substeps: 4, hiddenPositions: 1,
        velocityBound: 10, aliveBonus: 1, controlPrice: 0.001, speedLimit: 0.7402,
        health: .upright(height: 0.7...(.infinity), pitch: 0.2, others: 100), noise: .uniform(0.005))

    fileprivate static let swimmer = VelocityRules(
        model: "swimmer", digest: "8b9baf0041aa0665b62ddcdcdd332df9f974549cd2a17d8a132ec7098a9c3fbb",
        positions: 5, velocities: 5, controls: 2, timestep: 0.01, substeps: 4, hiddenPositions: 2,
        aliveBonus: 0, controlPrice: 0.0001, speedLimit: 0.2282, health: .always, noise: .uniform(0.1))

    fileprivate static let walker2d = VelocityRules(
        model: "walker2d", digest: "83b35f460ba514454c0355e9b4d54387b08a54a34e82173f5e16dc6444974635",
        positions: 9, velocities: 9, controls: 6, timestep: 0.002, substeps: 4, hiddenPositions: 1,
        velocityBound: 10, aliveBonus: 1, controlPrice: 0.001, speedLimit: 2.3415,
        health: .upright(height: 0.8...2, pitch: 1, others: nil), noise: .uniform(0.005))

    fileprivate static let ant = VelocityRules(
        model: "ant", digest: "cd5f83ef0ea35b0969e65d360c5bacd5b74ccaef6b27e4433b5168c605e3e2be",
        positions: 15, velocities: 14, controls: 8, timestep: 0.01, substeps: 5, hiddenPositions: 2,
        aliveBonus: 1, controlPrice: 0.5, speedLimit: 2.6222, isPlanar: true, health: .above(0.2...1),
        noise: .normalVelocities(0.1))
}
