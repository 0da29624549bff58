import Rules
import SafeRL
import Shields

/// A cart on a line: the observation is place and speed, the action an acceleration; it ends at 5.
struct Cart: Environment {
    static let name = "cart"
    static var idleAction: [Float]? { [0] }
    static var fallbacks: [String] { ["brake"] }
    static func fallbackAction(in observation: [Float], of name: String) -> [Float] { [-0.1] }
    var (place, speed): (Float, Float) = (0, 0)

    var observationSpace: Space { .box(2, in: -.infinity ... .infinity) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 40 }
    /// Itself: nothing is drawn in a step.
    func branch(seed: UInt64) -> Cart? { self }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        (place, speed) = (stream.nextUniform(in: -1..<1), 0)
        (observation[0], observation[1]) = (place, speed)
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        speed += 0.1 * min(max(action[0], -1), 1)
        place += speed
        (observation[0], observation[1]) = (place, speed)
        return StepOutcome(reward: speed, cost: speed > 0.5 ? 1 : 0, end: place > 5 ? .terminated : nil)
    }
}

/// Two choices of three are offered to it: it takes 2 with certainty, or draws.
struct Chooser: FiniteChoicePolicy {
    let observationSize = 2
    let actionSize = 1
    var actionChoices: Int? { nil }
    let choices: [[Float]] = [[-1], [0], [1]]
    let law: [Double]

    func probabilities(in observations: [Float]) -> [Double] { law }

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            var left = Double(streams[row].nextUniform())
            let drawn = law.firstIndex { weight in
                left -= weight
                return left < 0
            }
            actions[row] = choices[drawn ?? 2][0]
        }
    }
}

/// Always the same action, without a draw.
struct Constant: Policy {
    let action: [Float]
    let observationSize = 2
    var actionSize: Int { action.count }

    init(_ action: [Float]) { self.action = action }

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for index in 0..<actions.count { actions[index] = action[index % action.count] }
    }
}

/// Uniform actions, a draw each.
struct Uniform: Policy {
    let observationSize: Int
    let actionSize: Int
    var low: Float = -1

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            for column in 0..<actionSize {
                actions[row * actionSize + column] = streams[row].nextUniform(in: low..<1)
            }
        }
    }
}

/// Rules about the cart, after its signals.
func cartRules(_ rules: String) throws -> RuleFile {
    try RuleFile(
        """
        rules 1
        signal place = observation[0]
        signal speed = observation[1]
        signal accel = action[0] in -1 ... 1
        signal next_speed = next[1]
        model next_speed = speed + 0.1 * accel within 0.000001
        \(rules)
        """, name: "cart.rules")
}

/// An evaluation of the cart behind rules.
func shielded(
    _ policy: any Policy, _ rules: RuleFile, reacting reactions: [Reaction], episodes: Int = 6,
    concurrency: Int = 128,
    _ change: (inout ShieldPlan) -> Void = { _ in }
) throws -> (Evaluation, RuleShield) {
    var plan = ShieldPlan(rules, reactions: reactions)
    plan.fallback = Fallback("brake", FallbackPolicy(Cart.self, "brake"))
    plan.idleAction = Cart.idleAction
    plan.logging = .everyStep
    change(&plan)
    let shield = RuleShield(plan)
    let evaluation = try Evaluator(episodes: episodes, seed: 3, concurrency: concurrency)
        .run(policy, in: Cart.self, shieldedBy: shield, keeping: episodes)
    return (evaluation, shield)
}

/// Draws three candidates and takes the largest; the others are smaller by 0.5 and 1.
struct Candidates: CandidatePolicy {
    let observationSize = 2
    let actionSize = 1

    func candidates(on row: [Float], using stream: inout RandomStream) -> [[Float]] {
        let largest = stream.nextUniform(in: 0.75..<1)
        return [[largest], [largest - 0.5], [largest - 1]]
    }

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = candidates(on: [0, 0], using: &streams[row])[0][0] }
    }
}
