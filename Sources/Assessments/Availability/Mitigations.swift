import Availability
import SafeRL

/// What defences save, and what they cost: a vote of filters on disjoint parts of the data, and a second filter on other data.
struct Mitigations {
    /// Shares of starts that the vote hands over, without and with the trigger; rows that may be altered without another majority, as a
    /// median over triggered starts, and the share of starts that would keep theirs under this attack.
    struct Vote {
        let clean, triggered: Double
        let tolerated: Int
        let certified: Double
    }
    /// Shares of starts that layer and second filter both hand over; shares of violated rows that the layer alone, and both, hand over.
    struct Second {
        let clean, triggered: Double
        let caughtAlone, caughtByBoth: Double
    }

    private(set) var vote: Vote?
    private(set) var second: Second?

    /// Tries them.
    ///
    /// - Parameters:
    ///   - data: with the poison in it.
    ///   - labels: of its rows for filters, the attacker's included.
    ///   - layer: that learned from it.
    ///   - other: a layer that learned from other data; nothing where there are none.
    ///   - violated: states that truly are violated.
    ///   - starts: as seen without and with the trigger.
    ///   - plan: how many parts, and the router.
    /// - Throws: what training a filter throws.
    init(
        _ data: PoisonedData, labels: [Bool], layer: SafetyLayer, other: SafetyLayer?, violated: [[Float]],
        starts: (clean: [[Float]], triggered: [[Float]]), plan: AvailabilityPlan
    ) throws {
        func share(_ states: [[Float]], _ isHandedOver: ([[Float]]) -> [Bool]) -> Double {
            Double(isHandedOver(states).count { $0 }) / Double(max(states.count, 1))
        }
        if plan.partitions > 0 {
            let members = try (0..<plan.partitions).map { part in
                SafetyLayer(
                    try ViolationFilter(
                        data.data, labels,
                        rows: Self.part(part, of: plan.partitions, rows: data.data.count, plan),
                        updates: plan.filterUpdates, seed: plan.seed(for: "part \(part)")),
                    low: plan.low, high: plan.high)
            }
            func votes(_ states: [[Float]]) -> [PartitionVote] {
                let routes = members.map { $0.routes(states) }
                return states.indices.map { state in
                    let over = routes.count { $0[state].handsOver }
                    return PartitionVote([members.count - over, over])
                }
            }
            let triggered = votes(starts.triggered)
            let sorted = triggered.map(\.tolerated).sorted()
            vote = Vote(
                clean: share(starts.clean) { votes($0).map { $0.label == 1 } },
                triggered: share(starts.triggered) { _ in triggered.map { $0.label == 1 } },
                tolerated: sorted.isEmpty ? 0 : sorted[sorted.count / 2],
                certified: Double(triggered.count { $0.tolerated >= data.poison.rows.count })
                    / Double(max(triggered.count, 1)))
        }
        guard let other else { return }
        func both(_ states: [[Float]]) -> [Bool] {
            zip(layer.routes(states), other.routes(states)).map { $0.handsOver && $1.handsOver }
        }
        second = Second(
            clean: share(starts.clean, both), triggered: share(starts.triggered, both),
            caughtAlone: share(violated) { layer.routes($0).map(\.handsOver) },
            caughtByBoth: share(violated, both))
    }

    /// The rows of a part: each row is in one, whatever the others are.
    private static func part(_ part: Int, of parts: Int, rows: Int, _ plan: AvailabilityPlan) -> [Int] {
        let seed = plan.seed(for: "parts")
        return (0..<rows).filter { row in
            var stream = RandomStream(
                seed: seed, for: .splitting, index: UInt32(truncatingIfNeeded: row))
            return stream.nextInteger(below: parts) == part
        }
    }

    var json: JSONValue {
        .object([
            (
                "partition_vote",
                vote.map {
                    .object([
                        ("clean", .figure($0.clean)), ("triggered", .figure($0.triggered)),
                        ("tolerated_rows", .integer($0.tolerated)), ("certified", .figure($0.certified)),
                    ])
                } ?? .null
            ),
            (
                "second_filter",
                second.map {
                    .object([
                        ("clean", .figure($0.clean)), ("triggered", .figure($0.triggered)),
                        ("violated_caught_alone", .figure($0.caughtAlone)),
                        ("violated_caught_by_both", .figure($0.caughtByBoth)),
                    ])
                } ?? .null
            ),
        ])
    }
}
