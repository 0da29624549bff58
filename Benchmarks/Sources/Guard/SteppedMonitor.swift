import Foundation
import Rules
import SafeRL
import Shields

/// A monitor of rules about signals that judges and takes the same step again and again.
struct SteppedMonitor {
    private static let header = """
        rules 1
        signal x = observation[0]
        signal v = observation[1]
        signal a = action[0] in -1 ... 1
        signal b = action[1] in -1 ... 1
        signal next_v = next[1]
        model next_v = v + 0.05 * a within 0.001

        """
    /// Ten rules that are linear.
    static let linear =
        header
        + (0..<8).map { "rule r\($0): x + \($0) * a - b <= \(100 + $0)\n" }.joined()
        + "rule r8: abs(a - before(a, 0)) <= 2\nrule r9: next_v <= 100\n"
    /// A rule of each kind of past.
    static let past =
        header + """
            rule p0: count[0..9](a > 0.8) <= 10
            rule p1: sum[0..9](a) <= 100
            rule p2: not once[0..40] a > 2
            rule p3: v > 5 leads to a < 0 within 4
            rule p4: historically[0..3] abs(b) <= 1

            """

    /// Rules of the file.
    let rules: Int
    private var monitor: RuleMonitor
    private let observation: [Float] = [0.5, 0.25]
    private let action: [Float] = [0.125, -0.25]

    init(_ text: String) throws {
        let file = try RuleFile(text, name: "bench.rules")
        (rules, monitor) = (file.rules.count, RuleMonitor(file))
        try take(200)
    }

    /// Judges and takes steps.
    mutating func take(_ steps: Int) throws {
        let (action, observation) = (action, observation)
        for _ in 0..<steps {
            _ = try monitor.propose(action.span, seeing: observation.span)
            monitor.commit()
        }
    }

    /// The median time of a step over blocks of 100, ns.
    mutating func median(blocks: Int) throws -> Double {
        var times: [Double] = []
        for _ in 0..<blocks {
            let start = ContinuousClock.now
            try take(100)
            times.append((ContinuousClock.now - start) / .nanoseconds(100))
        }
        return times.sorted()[blocks / 2]
    }
}

/// One episode behind a shield that allows everything, once it has run for an episode.
struct SteppedShield {
    private var episode: GuardedEpisode
    private let proposal: ActionProposal
    private var source = Nobody()

    private struct Nobody: ProposalSource {
        let choices: [[Float]] = []
        mutating func another() -> [Float]? { nil }
        mutating func choice(among allowed: [Bool]) -> Int? { nil }
    }

    init(_ text: String) throws {
        var plan = ShieldPlan(try RuleFile(text, name: "bench.rules"), reactions: [.project, .stop])
        plan.logging = .nothing
        episode = GuardedEpisode(plan, number: 0, actions: .box(2, in: -1...1))
        proposal = ActionProposal(episode: 0, step: 0, observation: [0.5, 0.25], action: [0.125, -0.25])
        take(200)
    }

    /// Decides and settles steps.
    mutating func take(_ steps: Int) {
        for _ in 0..<steps {
            _ = episode.review(proposal, of: &source)
            episode.settle(isEnd: false)
        }
    }
}

/// A monitor that remembers 64 orders and judges a call about one of them.
struct RememberingMonitor {
    private var monitor: RuleMonitor
    private var step: TraceStep

    init() throws {
        let rules = try RuleFile(
            """
            rules 1
            call pay(order: text, amount: number) remember 64
            event confirmed(order: text) remember 64
            rule paid_once: each pay(order: o): not previous once pay(order: o)
            """, name: "bench.rules")
        (monitor, step) = (RuleMonitor(rules), TraceStep(for: rules))
        for order in 0..<64 {
            step.events = [TraceEvent(0, [.text("order \(order)"), .number(1)])]
            _ = try monitor.propose(step)
            monitor.commit()
        }
        step.events = [TraceEvent(0, [.text("order 63"), .number(1)])]
        take(200)
    }

    /// Judges and takes steps.
    mutating func take(_ steps: Int) {
        for _ in 0..<steps {
            guard (try? monitor.propose(step)) != nil else { preconditionFailure("a step that is no fault") }
            monitor.commit()
        }
    }

    /// The median time of a step over blocks of 100, ns.
    mutating func median(blocks: Int) -> Double {
        var times: [Double] = []
        for _ in 0..<blocks {
            let start = ContinuousClock.now
            take(100)
            times.append((ContinuousClock.now - start) / .nanoseconds(100))
        }
        return times.sorted()[blocks / 2]
    }
}
