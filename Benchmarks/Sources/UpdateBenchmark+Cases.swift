import Algorithms
import SafeRL

extension UpdateBenchmark {
    /// Those that learn from transitions, then those that learn by acting, each with its published settings.
    static let cases = [
        offline(BehaviourCloning.self), offline(BCQLag.self), offline(BEARLag.self), offline(CPQ.self),
        offline(COptiDICE.self),
        offline(CDT.self) {
            // Synthetic data are of no task: none says what to ask for and how to relabel, of which no update depends.
            ($0.target, $0.relabelling) = (.stated(), .none)
        },
        offline(CAPS.self), offline(BCRL.self), offline(TraC.self), offline(LSPC.self),
        acting(OnPolicy<PPOLagrangianMethod>.self, warmUps: 1) { $0.rollout },
        acting(OnPolicy<PPOControllerMethod>.self, warmUps: 1) { $0.rollout },
        acting(OnPolicy<TRPOLagrangianMethod>.self, warmUps: 1) { $0.rollout },
        acting(OnPolicy<CPOMethod>.self, warmUps: 1) { $0.rollout },
        // As many rounds as fill the buffer with what learning begins with.
        acting(SACLagrangian.self, warmUps: 3) { $0.rollout },
    ]

    private static func offline<A: Algorithm & SendableMetatype>(
        _ type: A.Type, _ change: @escaping @Sendable (inout A.Configuration) -> Void = { _ in }
    ) -> Case where A.Data == TransitionDataset {
        Case(name: A.name) { request in
            // Of two episodes one costs 2 and one 100: some are safe, for those that look for them, and some are not.
            let data = try SyntheticSteps.transitions(request.observation, request.action) { row in
                row % (row / 1000 % 2 == 0 ? 500 : 10) == 0
            }
            var options = A.Configuration()
            change(&options)
            return try timed(
                try A(options, on: data, seed: 1), request, steps: request.steps ?? 30, warmUps: 5)
        }
    }

    private static func acting<A: Algorithm & SendableMetatype>(
        _ type: A.Type, warmUps: Int, _ rollout: @escaping @Sendable (A.Configuration) -> RolloutOptions
    ) -> Case where A.Data == Interaction {
        Case(name: A.name) { request in
            let options = A.Configuration()
            let family = SyntheticFamily(observation: request.observation, action: request.action)
            let place = NamedEnvironment(.family(family), name: family.example)
            let interaction = try Interaction(place, slots: rollout(options).slots)
            return try timed(
                try A(options, on: interaction, seed: 1), request, steps: request.steps ?? 5,
                warmUps: warmUps, environmentSteps: rollout(options).steps)
        }
    }
}
