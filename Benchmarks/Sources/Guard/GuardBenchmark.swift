import Agents
import Environments
import Foundation
import LanguageModels
import Rules
import SafeRL
import Shields

/// How long monitors, shields and masks of calls take on this machine.
public struct GuardBenchmark: Encodable, Sendable {
    /// Times of single decisions.
    public struct Latency: Encodable, Sendable {
        /// Median, 99 of 100 and the largest, ns.
        public let median, high, largest: Double
        /// How many were timed.
        public let count: Int

        enum CodingKeys: String, CodingKey {
            case median = "p50_ns"
            case high = "p99_ns"
            case largest = "max_ns"
            case count
        }

        /// Sums times up; zeros for none.
        init(_ times: [Double]) {
            let sorted = times.sorted()
            count = sorted.count
            median = sorted.isEmpty ? 0 : sorted[count / 2]
            high = sorted.isEmpty ? 0 : sorted[min(count - 1, count * 99 / 100)]
            largest = sorted.last ?? 0
        }
    }

    /// Judging and taking a step by ten linear rules, a rule, median of blocks of 100 steps, ns.
    public let linearRule: Double
    /// The same of a rule of each kind of past: windows, counts, sums, responses.
    public let pastRule: Double
    /// Judging and taking a step by one rule about calls with 64 remembered values, ns.
    public let rememberedStep: Double
    /// Allocations of a step by the ten linear rules and in the shield around them, and by the remembered values; nothing where they are not counted.
    public let linearAllocations, shieldAllocations, rememberedAllocations: Double?
    /// Decisions of a shield on the point robot that leave the proposal, and those that project it, the judgement of the proposal included.
    public let allowed, projected: Latency
    /// The same projections of the point mass, whose rules are round in two directions.
    public let projectedMass: Latency
    /// Masks of tokens: of a state of the grammar that was seen before, of one that was not, and of a place among allowed calls.
    public let cachedMask, newMask, callPlaceMask: Latency
    /// Judging which of the desk's calls may be made in a step.
    public let callMask: Latency
    /// Calls that are listed for it, and tokens of the masks.
    public let calls: Int, vocabulary: Int

    enum CodingKeys: String, CodingKey {
        case linearRule = "linear_rule_ns"
        case pastRule = "past_rule_ns"
        case rememberedStep = "remembered_step_ns"
        case linearAllocations = "linear_allocations"
        case shieldAllocations = "shield_allocations"
        case rememberedAllocations = "remembered_allocations"
        case allowed, projected, calls, vocabulary
        case projectedMass = "projected_point_mass"
        case cachedMask = "cached_token_mask"
        case newMask = "new_token_mask"
        case callPlaceMask = "call_place_token_mask"
        case callMask = "call_mask"
    }

    /// Times everything.
    ///
    /// - Parameters:
    ///   - robot: rules of the point robot.
    ///   - mass: rules of the point mass.
    ///   - episodes: of the point robot and the point mass, at least 1.
    ///   - vocabulary: tokens of the masks, at least 300.
    ///   - counter: counts allocations; nothing where they are not counted.
    /// - Returns: what was measured.
    /// - Throws: what rules, tools and evaluations throw.
    public static func run(
        robot: RuleFile, mass: RuleFile, episodes: Int, vocabulary: Int = 32_000,
        counting counter: ((() throws -> Void) throws -> Int)? = nil
    ) throws -> GuardBenchmark {
        precondition(episodes >= 1, "\(episodes) episodes")
        var linear = try SteppedMonitor(SteppedMonitor.linear)
        var past = try SteppedMonitor(SteppedMonitor.past)
        var remembered = try RememberingMonitor()
        var shielded = try SteppedShield(SteppedMonitor.linear)
        let robots = try decisions(PointRobotFromStoppableStarts.self, robot, "brake", episodes)
        let masses = try decisions(PointMass.self, mass, "stop", episodes)
        let masks = try MaskTimes(vocabulary: vocabulary)
        let calls = try CallMaskTimes()
        return GuardBenchmark(
            linearRule: try linear.median(blocks: 200) / Double(linear.rules),
            pastRule: try past.median(blocks: 200) / Double(past.rules),
            rememberedStep: remembered.median(blocks: 200),
            linearAllocations: try counter.map { counter in
                Double(try counter { try linear.take(1000) }) / 1000
            },
            shieldAllocations: try counter.map { counter in
                Double(try counter { shielded.take(1000) }) / 1000
            },
            rememberedAllocations: try counter.map { counter in
                Double(try counter { remembered.take(1000) }) / 1000
            },
            allowed: robots.allowed, projected: robots.projected, projectedMass: masses.projected,
            cachedMask: masks.cached, newMask: masks.new, callPlaceMask: masks.place,
            callMask: calls.times, calls: calls.calls, vocabulary: vocabulary)
    }

    /// Decisions behind rules, of a policy that draws without looking.
    private static func decisions<Task: Environment>(
        _ task: Task.Type, _ rules: RuleFile, _ fallback: String, _ episodes: Int
    ) throws -> (allowed: Latency, projected: Latency) {
        var plan = ShieldPlan(rules, reactions: [.project, .fallback, .stop])
        plan.fallback = Fallback(fallback, FallbackPolicy(task, fallback))
        plan.logging = .everyStep
        let shield = RuleShield(plan)
        let place = EnvironmentVector(task, slots: 1)
        let policy = Careless(
            observationSize: place.observationSpace.size, actionSize: place.actionSpace.size)
        _ = try Evaluator(episodes: episodes, seed: 1).run(policy, in: task, shieldedBy: shield)
        let entries = shield.episodes.flatMap(\.entries)
        func times(_ outcome: ShieldEntry.Outcome) -> Latency {
            Latency(entries.filter { $0.outcome == outcome }.map { $0.time / .nanoseconds(1) })
        }
        return (times(.allowed), times(.projected))
    }

    /// Lines for a person: names and what was measured.
    public var lines: [(String, String)] {
        func text(_ value: Double) -> String {
            value < 10_000 ? String(format: "%.0f ns", value) : String(format: "%.1f us", value / 1000)
        }
        func spread(_ own: Latency) -> String {
            own.count == 0
                ? "none in so few episodes"
                : "\(text(own.median)) (p99 \(text(own.high)), largest \(text(own.largest)), \(own.count) timed)"
        }
        func counted(_ value: Double?) -> String {
            value.map { String(format: ", %.3f allocations", $0) } ?? ""
        }
        return [
            ("linear rule, a step", text(linearRule) + counted(linearAllocations)),
            (
                "shield around ten of them, a step",
                shieldAllocations.map { String(format: "%.3f allocations", $0) } ?? "allocations not counted"
            ),
            ("rule about the past, a step", text(pastRule)),
            ("64 remembered values, a step", text(rememberedStep) + counted(rememberedAllocations)),
            ("point robot, allowed", spread(allowed)),
            ("point robot, projected", spread(projected)),
            ("point mass, projected", spread(projectedMass)),
            ("token mask of \(vocabulary), cached", spread(cachedMask)),
            ("token mask, new", spread(newMask)),
            ("token mask among allowed calls", spread(callPlaceMask)),
            ("call mask of desk, \(calls) calls", spread(callMask)),
        ]
    }
}

/// Draws each number of an action from -0.4 on, so that rules have something to refuse.
private struct Careless: Policy {
    let observationSize: Int
    let actionSize: Int

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            for column in 0..<actionSize {
                actions[row * actionSize + column] = streams[row].nextUniform(in: -0.4..<1)
            }
        }
    }
}
