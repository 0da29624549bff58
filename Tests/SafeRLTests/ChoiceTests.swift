import SafeRL
import Tensors
import Testing

/// Goes round a ring of five by one of three choices: stay, on, back.
private struct Ring: Environment {
    static let name = "ring"
    let observationSpace = Space.discrete(count: 5)
    let actionSpace = Space.discrete(count: 3)
    let timeLimit = 8
    var place = 0
    var constraintValue: Float? { place == 3 ? 1 : -1 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        place = stream.nextInteger(below: 5)
        observation[0] = Float(place)
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        place = (place + [0, 1, 4][Int(action[0])]) % 5
        observation[0] = Float(place)
        return StepOutcome(reward: action[0], cost: place == 3 ? 1 : 0)
    }
}

/// A box whose actions are two real numbers.
private struct Plane: Environment {
    static let name = "plane"
    let observationSpace = Space.box(1, in: -9...9)
    let actionSpace = Space.box(2, in: -3...3)
    let timeLimit = 5
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        observation[0] = action[0]
        return StepOutcome(reward: action[1], cost: 0)
    }
}

/// Always the same number.
private struct Constant: Policy {
    let observationSize = 1
    let actionSize = 1
    var actionChoices: Int?
    var value: Float = 1
    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = value }
    }
}

@Suite struct ChoiceTests {
    @Test func everyEnvironmentHasARandomBehaviourOfAllItsActions() throws {
        #expect((Ring.behaviours, Plane.behaviours) == (["random"], ["random"]))
        let ring = try Ring.collect(400, seed: 3)
        #expect((ring.count, ring.actionChoices, ring.actionSize) == (400, 3, 1))
        #expect(Set(ring.actions) == [0, 1, 2])
        // The expected count is 133 with a deviation of 9.4.
        for choice in 0..<3 { #expect(abs(ring.actions.count { $0 == Float(choice) } - 133) < 57) }
        #expect(ring.constraintValues == ring.observations.map { $0 == 3 ? 1 : -1 })
        let plane = try Plane.collect(400, seed: 3)
        #expect(plane.actionChoices == nil && plane.actions.count == 800)
        #expect(plane.actions.allSatisfy { $0 >= -1 && $0 < 1 })
        #expect(plane.actions.contains { $0 > 0.9 } && plane.actions.contains { $0 < -0.9 })
        #expect(try Ring.collect(400, seed: 3) == ring && Ring.collect(400, seed: 4) != ring)
    }

    @Test func itIsTheSameInASlotAsInAValue() throws {
        for amount in [CollectionAmount.transitions(75), .episodes(6)] {
            let values = try RandomBehaviour.collect(amount, in: Ring.self, seed: 5)
            let slots = try RandomBehaviour.collect(
                amount, in: EnvironmentVector(Ring.self, slots: 2), seed: 5)
            #expect(slots.actions == values.actions && slots.observations == values.observations)
            #expect(slots.channelCosts == values.channelCosts && slots.timeouts == values.timeouts)
            #expect(slots.actionChoices == 3 && slots.constraintValues.isEmpty)
        }
    }

    @Test func aBehaviourRemembersItsEpisodeAndNoOther() throws {
        // Goes on until it has taken as many steps as it drew at the start, then stays.
        let record = try CollectedTransitions(
            .episodes(30), in: Ring.self, seed: 2,
            remembering: { _, observation, stream in
                (left: stream.nextInteger(below: 6), start: observation[0])
            },
            choosing: { _, _, memory, _ in
                memory.left -= 1
                return [memory.left >= 0 ? 1 : 0]
            })
        var walked: Set<Int> = []
        for episode in 0..<30 {
            let actions = record.actions[8 * episode..<8 * episode + 8]
            let steps = actions.count { $0 == 1 }
            #expect(
                Array(actions) == Array(repeating: 1, count: steps) + Array(repeating: 0, count: 8 - steps))
            walked.insert(steps)
        }
        #expect(walked == Set(0..<6))
    }

    @Test func aPolicyActsWhereItsChoicesAre() throws {
        let evaluator = Evaluator(episodes: 4, seed: 1)
        let evaluation = try evaluator.run(Constant(actionChoices: 3), in: Ring.self, keeping: 1)
        #expect(evaluation.episodes.map(\.totalReward) == [8, 8, 8, 8])
        #expect(evaluation.actions == [Array(repeating: 1, count: 8)])
        for (choices, words) in [(nil, "real numbers"), (4, "one of 4 choices")] as [(Int?, String)] {
            let fault = #expect(throws: EvaluationError.self) {
                try evaluator.run(Constant(actionChoices: choices), in: Ring.self)
            }
            #expect(
                fault?.description
                    == "ring: its actions are one of 3 choices, the policy's are \(words). "
                    + "Name the environment that the policy was trained for.")
        }
        let fault = #expect(throws: EvaluationError.self) {
            try evaluator.run(Constant(actionChoices: 3), in: Plane.self)
        }
        #expect(fault == .otherActions("plane", choices: nil, policy: 3))
    }

    @Test(arguments: [3, -1, 0.5] as [Float])
    func whatIsNoneOfTheChoicesEndsAnEvaluation(_ value: Float) {
        let fault = #expect(throws: EvaluationError.self) {
            try Evaluator(episodes: 2, seed: 1).run(Constant(actionChoices: 3, value: value), in: Ring.self)
        }
        #expect(
            fault?.description
                == "episode 0, step 0: the action \(value) is none of the choices 0 … 2. "
                + "Repair the policy; no figures were written.")
    }

    @Test func anActorLearnsChoicesByTheirCrossEntropy() throws {
        // On from the right, back from the left.
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 3)
        for row in 0..<40 {
            columns.append(
                observation: [row % 2 == 0 ? 1 : -1], action: [row % 2 == 0 ? 1 : 2], nextObservation: [0],
                reward: 0,
                cost: 0, terminated: false, truncated: row == 39)
        }
        let data = try TransitionDataset(columns)
        let (actor, tape) = (Actor(on: data, hidden: [16], rate: 0.02, seed: 1), Tape())
        let batch = TransitionBatch(rows: 40, of: data)
        data.fill(batch, rows: 0..<40)
        var losses: [Float] = []
        for _ in 0..<300 {
            tape.reset()
            losses.append(try actor.descend(on: tape) { actor.imitationLoss(of: batch, on: tape) })
        }
        #expect(losses[0] > 0.5 && losses[299] < 0.05)
        let policy = try #require(actor.policy() as? any FiniteChoicePolicy)
        #expect((policy.actionSize, policy.actionChoices) == (1, 3))
        #expect(policy.choices == [[0], [1], [2]])
        #expect(try policy.probabilities(in: [1, -1, 2]) == [0, 1, 0, 0, 0, 1, 0, 1, 0])
        tape.reset()
        // The loss is the mean of what the policy's softmax says of the recorded choices, whose sum of probabilities is 1.
        let loss = actor.imitationLoss(of: batch, on: tape).scalar
        #expect(loss > 0 && abs(loss - losses[299]) < 0.01)
    }
}
