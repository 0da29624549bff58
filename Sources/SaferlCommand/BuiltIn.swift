import Algorithms
import Environments
import GymnasiumEnvironments

extension Registry {
    /// What saferl brings itself.
    public static let builtIn = Registry(
        environments: [PointRobot.self, PointRobotFromFeasibleStarts.self],
        families: GymnasiumFamily.all, kits: [GymnasiumKit()], algorithms: [FISOR.self])
}
