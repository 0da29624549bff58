import Algorithms
import Environments
import GymnasiumEnvironments
import MuJoCoEnvironments

extension Registry {
    /// What saferl brings itself.
    public static let builtIn = Registry(
        environments: [PointRobot.self, PointRobotFromFeasibleStarts.self],
        families: GymnasiumFamily.all + [MuJoCoFamily()], kits: [GymnasiumKit(), MuJoCoKit()],
        algorithms: [FISOR.self, BehaviourCloning.self, OGSRL.self])
}
