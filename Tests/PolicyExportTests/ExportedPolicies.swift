import Algorithms
import Environments
import Foundation
import PolicyExport
import PolicyOptimisation
import SafeRL
import Testing

/// Small trained policies, of every kind that is exported.
enum ExportedPolicy: String, CaseIterable, Sendable {
    case fisor
    case solver, rewarding, first, one
    case flow, draws
    case cloning, choices, cpq, ppo

    /// The policy, and its program.
    func make() throws -> (policy: any Policy, program: PolicyProgram) {
        switch self {
        case .fisor: try Self.trained(FISOR.self, .tiny(), on: Self.transitions())
        case .solver:
            try Self.trained(
                FISOR.self, .tiny { ($0.sampler, $0.choice) = (.dpmSolver, .safest) }, on: Self.transitions())
        case .rewarding:
            try Self.trained(
                FISOR.self, .tiny { ($0.choice, $0.temperature, $0.candidates) = (.mostRewarding, 0.5, 8) },
                on: Self.transitions())
        case .first: try Self.trained(FISOR.self, .tiny { $0.choice = .first }, on: Self.transitions())
        case .one: try Self.trained(FISOR.self, .tiny { $0.candidates = 1 }, on: Self.transitions())
        case .flow:
            try Self.trained(
                FISOR.self, .tiny { $0.policy = .oneStepFlow(Self.flow(draws: 1)) }, on: Self.transitions())
        case .draws:
            try Self.trained(
                FISOR.self, .tiny { $0.policy = .oneStepFlow(Self.flow(draws: 5)) }, on: Self.transitions())
        case .cloning:
            try Self.trained(
                BehaviourCloning.self, .with { ($0.rows, $0.widths) = (16, [24, 24]) }, on: Self.transitions()
            )
        case .choices:
            try Self.trained(
                BehaviourCloning.self, .with { ($0.rows, $0.widths) = (16, [12]) },
                on: Self.transitions(choices: 5))
        case .cpq:
            try Self.trained(
                CPQ.self,
                .with { ($0.shared.rows, $0.shared.actorWidths, $0.critics.criticWidths) = (16, [12], [8]) },
                on: Self.transitions())
        case .ppo:
            try Self.trained(
                OnPolicy<PPOLagrangianMethod>.self, Self.onPolicy, steps: 1,
                on: Interaction(NamedEnvironment(PointMass.self), slots: 2))
        }
    }

    /// Trains a little, so that no weight is where it began.
    private static func trained<A: Algorithm>(
        _ type: A.Type, _ c: A.Configuration, steps: Int = 5, on data: A.Data
    ) throws -> (policy: any Policy, program: PolicyProgram) {
        let algorithm = try A(c, on: data, seed: 3)
        let stage = algorithm.stages(steps: steps)[0]
        for _ in 0..<steps { _ = try stage.update() }
        var writer = CheckpointWriter()
        try algorithm.save(to: &writer)
        let reader = try CheckpointReader(of: writer)
        return (try A.policy(c, from: reader), try A.program(c, from: reader))
    }

    private static func flow(draws: Int) -> FISOR.PolicyKind.OneStepFlow {
        var flow = FISOR.PolicyKind.OneStepFlow()
        (flow.widths, flow.draws) = ([12, 12], draws)
        return flow
    }

    private static var onPolicy: OnPolicy<PPOLagrangianMethod>.Configuration {
        var c = OnPolicy<PPOLagrangianMethod>.Configuration()
        (c.rollout.steps, c.rollout.slots, c.policy.widths, c.values.widths) = (400, 2, [8, 8], [8])
        return c
    }

    /// Random transitions far from 0, so that leaving their normalisation out shows.
    static func transitions(choices: Int? = nil) throws -> TransitionDataset {
        var stream = RandomStream(seed: 5, for: .testing)
        var columns = TransitionColumns(
            observationSize: 3, actionSize: choices == nil ? 2 : 1, actionChoices: choices)
        for row in 0..<200 {
            let state = (0..<3).map { _ in 2 + 3 * stream.nextNormal() }
            let next = (0..<3).map { _ in 2 + 3 * stream.nextNormal() }
            let action =
                choices.map { [Float(row % $0)] } ?? (0..<2).map { _ in stream.nextUniform(in: -1..<1) }
            columns.append(
                observation: state, action: action, nextObservation: next, reward: stream.nextNormal(),
                cost: stream.nextUniform() < 0.3 ? 1 : 0, terminated: row % 40 == 19,
                truncated: row % 40 == 39)
        }
        let data = try TransitionDataset(columns)
        data.transforms = Transforms().standardising(data)
        return data
    }
}

extension FISOR.Configuration {
    fileprivate static func tiny(_ change: (inout FISOR.Configuration) -> Void = { _ in })
        -> FISOR.Configuration
    {
        var c = FISOR.Configuration()
        (c.criticWidths, c.timeWidths, c.timeFeatures) = ([8, 8], [8, 8], 8)
        (c.width, c.blocks, c.policyRows, c.criticRows, c.candidates) = (8, 2, 16, 16, 6)
        (c.choice, c.safetyMargin) = (.mostRewardingSafe, 0.1)
        change(&c)
        return c
    }
}

extension PolicyProgram {
    /// Observations and noise to try a program on.
    func trials(_ count: Int) -> [(observation: [Float], noise: [Float])] {
        var stream = RandomStream(seed: 8, for: .testing)
        return (0..<count).map { _ in
            ((0..<observationSize).map { _ in 2 * stream.nextNormal() }, noise(using: &stream))
        }
    }

    /// What the largest of all differences is between actions and the program's.
    func largestDistance(of actions: [[Double]], _ trials: [(observation: [Float], noise: [Float])]) -> Double
    {
        zip(actions, trials).map { action, trial in
            distance(to: action, on: trial.observation.map(Double.init), noise: trial.noise.map(Double.init))
        }.max() ?? .infinity
    }
}
