import SafeRL

extension PointRobot {
    /// A cut through the state space at one speed and heading.
    public struct Slice: Sendable, Hashable {
        /// Metres a second.
        public let speed: Double
        /// Radians.
        public let heading: Double

        /// Points a side of the grid.
        public static let resolution = 201

        /// The states of the grid over the arena: row after row from y = −3, each row from x = −3.
        public var states: [State] {
            let axis = (0..<Self.resolution).map {
                2 * halfWidth * Double($0) / Double(Self.resolution - 1) - halfWidth
            }
            return axis.flatMap { y in axis.map { State(x: $0, y: y, speed: speed, heading: heading) } }
        }

        /// The observations of `states`, `[40401, 11]`, row-major: what a learned value is asked about.
        public var observations: [Float] { states.flatMap { PointRobot.observation(of: $0) } }
    }

    /// The three slices that feasible regions are compared on.
    public static let slices = [
        Slice(speed: 0.5, heading: .pi / 4), Slice(speed: 1, heading: .pi / 2),
        Slice(speed: 1.5, heading: .pi / 4),
    ]

    /// One panel for each of `slices`.
    ///
    /// - Parameter values: the learned values of one slice's `observations`; at most 0 is feasible.
    /// - Returns: panels that know their agreement with the analytic rule.
    /// - Throws: what `values` throws.
    public static func regionPanels(
        _ values: (_ observations: [Float]) throws -> [Float]
    ) rethrows -> [RegionPicture.Panel] {
        try zip(slices, ["v = 0.5 m/s, θ = 45°", "v = 1 m/s, θ = 90°", "v = 1.5 m/s, θ = 45°"]).map {
            slice, title in
            RegionPicture.Panel(
                title: title, learned: try values(slice.observations), truth: slice.states.map(isFeasible))
        }
    }

    /// The learned feasible region over the true one, with episodes drawn on it.
    ///
    /// - Parameters:
    ///   - panels: from `regionPanels`.
    ///   - evaluation: its traces are drawn; it may be of any environment with the robot's observation.
    /// - Returns: what to write as SVG.
    public static func regionPicture(
        _ panels: [RegionPicture.Panel], episodes evaluation: Evaluation? = nil
    ) -> RegionPicture {
        let trajectories = zip(evaluation?.traces ?? [], evaluation?.episodes ?? []).map { trace, record in
            RegionPicture.Trajectory(
                stride(from: 0, to: trace.count, by: 11).map { (Double(trace[$0]), Double(trace[$0 + 1])) },
                isViolated: record.isViolated)
        }
        func disc(_ disc: Disc) -> RegionPicture.Disc { .init(x: disc.x, y: disc.y, radius: disc.radius) }
        return RegionPicture(
            title: "Feasible region: learned over analytic", over: -halfWidth...halfWidth, panels,
            hazards: hazards.map(disc), goal: disc(goal), trajectories: trajectories)
    }
}
