import SafeRL

/// What OSRL sets for CDT on one task of DSRL: what a policy is asked for, and how episodes are relabelled.
///
/// `mediumdense` has no settings of its own there and falls back to those of CarCircle.
package struct CDTTask: Sendable, Equatable {
    /// What a policy is asked for at one cost limit.
    package struct Target: Sendable, Equatable {
        /// Return of the episode, as recorded.
        package let reward: Float
        /// Cost of the episode, which is the limit.
        package let cost: Float
    }

    /// The short name of the task.
    package let name: String
    /// One for each of the benchmark's three limits, ascending.
    package let targets: [Target]
    /// Of the polynomial through the Pareto front.
    package let degree: Int
    /// Largest return of a relabelled episode.
    package let maxReward: Double
    /// By how much less an episode may return that is taken in place of one that was taken already.
    package let maxRewardDecrease: Double

    private init(
        _ name: String, _ targets: [(Float, Float)], degree: Int, maxReward: Double, decrease: Double
    ) {
        (self.name, self.degree, self.maxReward) = (name, degree, maxReward)
        maxRewardDecrease = decrease
        self.targets = targets.map { Target(reward: $0.0, cost: $0.1) }
    }

    /// The settings for a task, or nil for a name of none.
    package static func named(_ name: String) -> CDTTask? { all.first { $0.name == name } }

    /// All 38.
    package static let all = [
        CDTTask("CarCircle", [(450, 10), (500, 20), (550, 50)], degree: 4, maxReward: 600, decrease: 100),
        CDTTask("AntRun", [(700, 10), (750, 20), (800, 40)], degree: 3, maxReward: 1000, decrease: 150),
        CDTTask("DroneRun", [(400, 10), (500, 20), (600, 40)], degree: 1, maxReward: 700, decrease: 100),
        CDTTask("DroneCircle", [(700, 10), (750, 20), (800, 40)], degree: 1, maxReward: 1000, decrease: 100),
        CDTTask("CarRun", [(575, 10), (575, 20), (575, 40)], degree: 0, maxReward: 600, decrease: 100),
        CDTTask("AntCircle", [(300, 10), (350, 20), (400, 40)], degree: 2, maxReward: 500, decrease: 100),
        CDTTask("BallCircle", [(700, 10), (750, 20), (800, 40)], degree: 2, maxReward: 1000, decrease: 200),
        CDTTask("BallRun", [(500, 10), (500, 20), (700, 40)], degree: 2, maxReward: 1400, decrease: 200),
        CDTTask("CarButton1", [(35, 20), (35, 40), (35, 80)], degree: 0, maxReward: 45, decrease: 10),
        CDTTask("CarButton2", [(40, 20), (40, 40), (40, 80)], degree: 0, maxReward: 50, decrease: 10),
        CDTTask("CarCircle1", [(20, 20), (22.5, 40), (25, 80)], degree: 1, maxReward: 30, decrease: 10),
        CDTTask("CarCircle2", [(20, 20), (21, 40), (22, 80)], degree: 1, maxReward: 30, decrease: 10),
        CDTTask("CarGoal1", [(40, 20), (40, 40), (40, 80)], degree: 1, maxReward: 50, decrease: 5),
        CDTTask("CarGoal2", [(30, 20), (30, 40), (30, 80)], degree: 1, maxReward: 35, decrease: 5),
        CDTTask("CarPush1", [(15, 20), (15, 40), (15, 80)], degree: 0, maxReward: 20, decrease: 5),
        CDTTask("CarPush2", [(12, 20), (12, 40), (12, 80)], degree: 0, maxReward: 15, decrease: 3),
        CDTTask("PointButton1", [(40, 20), (40, 40), (40, 80)], degree: 0, maxReward: 45, decrease: 5),
        CDTTask("PointButton2", [(40, 20), (40, 40), (40, 80)], degree: 0, maxReward: 50, decrease: 10),
        CDTTask("PointCircle1", [(50, 20), (52.5, 40), (55, 80)], degree: 1, maxReward: 65, decrease: 5),
        CDTTask("PointCircle2", [(45, 20), (47.5, 40), (50, 80)], degree: 1, maxReward: 55, decrease: 5),
        CDTTask("PointGoal1", [(30, 20), (30, 40), (30, 80)], degree: 0, maxReward: 35, decrease: 5),
        CDTTask("PointGoal2", [(30, 20), (30, 40), (30, 80)], degree: 1, maxReward: 35, decrease: 5),
        CDTTask("PointPush1", [(15, 20), (15, 40), (15, 80)], degree: 0, maxReward: 20, decrease: 5),
        CDTTask("PointPush2", [(12, 20), (12, 40), (12, 80)], degree: 0, maxReward: 15, decrease: 3),
        CDTTask(
            "AntVelocity", [(2800, 20), (2800, 40), (2800, 80)], degree: 1, maxReward: 3000, decrease: 500),
        CDTTask(
            "HalfCheetahVelocity", [(3000, 20), (3000, 40), (3000, 80)], degree: 1, maxReward: 3000,
            decrease: 500),
        CDTTask(
            "HopperVelocity", [(1750, 20), (1750, 40), (1750, 80)], degree: 1, maxReward: 2000, decrease: 300),
        CDTTask(
            "SwimmerVelocity", [(160, 20), (160, 40), (160, 80)], degree: 1, maxReward: 250, decrease: 50),
        CDTTask(
            "Walker2dVelocity", [(2800, 20), (2800, 40), (2800, 80)], degree: 1, maxReward: 3600,
            decrease: 800),
        CDTTask("easysparse", [(300, 10), (350, 20), (400, 40)], degree: 2, maxReward: 500, decrease: 100),
        CDTTask("easymean", [(300, 10), (350, 20), (400, 40)], degree: 2, maxReward: 500, decrease: 100),
        CDTTask("easydense", [(300, 10), (350, 20), (400, 40)], degree: 2, maxReward: 500, decrease: 100),
        CDTTask("mediumsparse", [(300, 10), (300, 20), (300, 40)], degree: 0, maxReward: 300, decrease: 100),
        CDTTask("mediummean", [(300, 10), (300, 20), (300, 40)], degree: 0, maxReward: 300, decrease: 100),
        CDTTask("mediumdense", [(450, 10), (500, 20), (550, 50)], degree: 4, maxReward: 600, decrease: 100),
        CDTTask("hardsparse", [(300, 10), (350, 20), (400, 40)], degree: 1, maxReward: 500, decrease: 100),
        CDTTask("hardmean", [(300, 10), (350, 20), (400, 40)], degree: 1, maxReward: 500, decrease: 100),
        CDTTask("harddense", [(300, 10), (350, 20), (400, 40)], degree: 1, maxReward: 500, decrease: 100),
    ]
}
