import Algorithms
import Environments

extension Registry {
    /// What saferl brings itself.
    public static let builtIn = Registry(
        environments: [PointRobot.self, PointRobotFromFeasibleStarts.self],
        algorithms: [FISOR.self, BehaviourCloning.self])
}
