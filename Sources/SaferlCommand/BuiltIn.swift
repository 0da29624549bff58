import Algorithms
import Environments
import GymnasiumEnvironments
import MuJoCoEnvironments

extension Registry {
    /// What saferl brings itself.
    public static let builtIn = Registry(
        environments: [
            PointRobot.self, PointRobotFromFeasibleStarts.self, PointRobotFromStoppableStarts.self,
            PointMass.self, GumbelSepsis.self,
            GumbelSepsisObserved.self, ICUSepsis.self, ICUSepsisTerminating.self, PreferenceBandit.self,
            HazardTokens.self,
            Consent.self, RuleReading.self,
        ],
        families: GymnasiumFamily.all + [MuJoCoFamily()],
        kits: [GymnasiumKit(), MuJoCoKit(), ICUSepsisKit()],
        algorithms: [
            FISOR.self, BehaviourCloning.self, BCQLag.self, CPQ.self, COptiDICE.self, BEARLag.self, CDT.self,
            OGSRL.self, HCRLHF.self, CAPS.self, TraC.self, LSPC.self, BCRL.self,
            OnPolicy<PPOLagrangianMethod>.self,
            OnPolicy<PPOControllerMethod>.self, OnPolicy<TRPOLagrangianMethod>.self, OnPolicy<CPOMethod>.self,
            SACLagrangian.self, DeskCloning.self, GRPO.self,
        ],
        perturbable: [
            PointRobot.self, PointRobotFromFeasibleStarts.self, PointRobotFromStoppableStarts.self,
            PointMass.self,
        ],
        perturbableFamilies: [MuJoCoFamily()])
}
