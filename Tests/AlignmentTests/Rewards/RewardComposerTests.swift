import Alignment
import TestSupport
import Testing

/// Rewards of several verifiers, and advantages, beside those of another program.
@Suite struct RewardComposerTests {
    struct Tables: Decodable {
        struct Group: Decodable {
            let harmful: Bool
            let format, refusal: [Bool]
            let help, full, raw, zero, floor_1, halved: [Double]
            let advantages: [String: [Double]]

            enum CodingKeys: String, CodingKey {
                case harmful, format, refusal, help, full, raw, zero, floor_1, advantages
                case halved = "rf_0.5_ra_2"
            }
        }
        struct Batch: Decodable {
            let std: Double
            let advantages: [[Double]]
        }
        struct Hybrid: Decodable {
            let unsafe, refusal: Bool
            let help, reward, guard_only: Double
        }
        struct Terms: Decodable {
            let terms: [[Double]]
            let weights, sum_then_normalise, normalise_then_sum: [Double]
            let group: Int
        }
        let groups: [Group]
        let batch: Batch
        let hybrid: [Hybrid]
        let two_terms: Terms
    }

    private static func tables() throws -> Tables {
        try Golden.decode(Tables.self, "alignment", "composer.json")
    }

    /// AlphaAlign's: shape, refusals of what is harmful, help with what is benign.
    private static func dual(
        _ scale: RewardComposer.GroupTerm.Scale = .group, floor: Double = 0, shape: Double = 1,
        refusal: Double = 1
    ) -> RewardComposer {
        var composer = RewardComposer([
            .init("shape", weight: shape), .init("refusal", weight: refusal, on: "harmful"),
            .init("refusal", weight: -refusal, on: "benign"),
        ])
        composer.group = [.init("help", on: "benign", unless: "refusal", scale: scale, floor: floor)]
        return composer
    }

    private static func isNear(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { $0.isWithin(1e-12, of: $1, floor: 1e-12) }
    }

    @Test func groupsAreRewardedAsByTheReference() throws {
        let groups = try Self.tables().groups
        #expect(groups.count == 10)
        for group in groups {
            let responses = group.help.indices.map {
                [
                    "shape": group.format[$0] ? 1.0 : 0, "refusal": group.refusal[$0] ? 1.0 : 0,
                    "help": group.help[$0],
                ]
            }
            let kind = group.harmful ? "harmful" : "benign"
            let cases: [(RewardComposer, [Double])] = [
                (Self.dual(), group.full), (Self.dual(.raw), group.raw), (Self.dual(.none), group.zero),
                (Self.dual(floor: 1), group.floor_1), (Self.dual(shape: 0.5, refusal: 2), group.halved),
            ]
            for (composer, expected) in cases {
                #expect(Self.isNear(composer(responses, kind: kind).map(\.reward), expected))
            }
        }
    }

    @Test func advantagesAreThoseOfTheReference() throws {
        let tables = try Self.tables()
        let kinds: [(String, GroupAdvantages)] = [
            ("group_1e4", GroupAdvantages()), ("group_1e6", GroupAdvantages(epsilon: 1e-6)),
            ("floor_0.5", GroupAdvantages(floor: 0.5)), ("none", GroupAdvantages(scale: .none)),
            ("leave_one_out", GroupAdvantages(baseline: .leaveOneOut, scale: .none)),
            ("leave_one_out_std", GroupAdvantages(baseline: .leaveOneOut)),
        ]
        for group in tables.groups {
            #expect(group.advantages.count == kinds.count)
            for (name, advantages) in kinds {
                let expected = try #require(group.advantages[name])
                #expect(Self.isNear(advantages([group.full])[0], expected), "\(name)")
            }
        }
        let all = GroupAdvantages(scale: .batch)(tables.groups.map(\.full))
        #expect(Self.isNear(all.flatMap { $0 }, tables.batch.advantages.flatMap { $0 }))
    }

    @Test func hybridAndGuardOnlyRewardsAreThoseOfTheReport() throws {
        var hybrid = RewardComposer([.init("help")])
        hybrid.floors = [.init("unsafe", atMost: -10), .init("refusal", atMost: -5)]
        let only = RewardComposer([.init("safe")])
        for row in try Self.tables().hybrid {
            let values = [
                "unsafe": row.unsafe ? 1.0 : 0, "refusal": row.refusal ? 1.0 : 0, "help": row.help,
                "safe": row.unsafe ? 0 : 1.0,
            ]
            #expect(hybrid([values])[0].reward == row.reward)
            #expect(only([values])[0].reward == row.guard_only)
        }
    }

    @Test func twoWaysOfAddingTermsAreThoseOfTheReference() throws {
        let table = try Self.tables().two_terms
        let groups = stride(from: 0, to: table.terms.count, by: table.group).map {
            Array(table.terms[$0..<$0 + table.group])
        }
        for (way, expected) in [
            (RewardAggregation.sumThenNormalise, table.sum_then_normalise),
            (.normaliseThenSum, table.normalise_then_sum),
        ] {
            let found = way.advantages(groups, weights: table.weights, GroupAdvantages())
            #expect(Self.isNear(found.flatMap { $0 }, expected), "\(way)")
        }
    }

    @Test func advantagesAddUpToNothingAndForgetConstants() {
        let rewards = [[1.0, 4, 2, 8], [0, 0, 0, 1], [3, 3, 3, 3]]
        for scale in GroupAdvantages.Scale.allCases {
            let advantages = GroupAdvantages(scale: scale)
            let found = advantages(rewards)
            #expect(found.allSatisfy { abs($0.reduce(0, +)) < 1e-12 } && found[2] == [0, 0, 0, 0])
            let shifted = advantages(rewards.map { $0.map { $0 + 7 } })
            #expect(Self.isNear(found.flatMap { $0 }, shifted.flatMap { $0 }))
        }
        #expect(GroupAdvantages.isUniform([0.1, 0.1, .nan]) && !GroupAdvantages.isUniform([0.1, 0.2]))
    }

    @Test func whatCouldNotBeScoredIsLeftOut() {
        let found = GroupAdvantages()([[1, .nan, 3, 2]])[0]
        #expect(
            found[1] == 0 && Self.isNear([found[0], found[2], found[3]], GroupAdvantages()([[1, 3, 2]])[0]))
        let parts = Self.dual()([["shape": 1, "refusal": 0]], kind: "benign")[0]
        #expect(parts.reward.isNaN)
    }

    @Test func aClosedGateLeavesTermsOfTheGroupUnlessItGatesAll() {
        var composer = Self.dual()
        composer.gate = "shape"
        let responses = [
            ["shape": 0.0, "refusal": 0, "help": 2], ["shape": 1.0, "refusal": 0, "help": 0],
        ]
        #expect(composer(responses, kind: "benign")[0].reward > 0)
        composer.gatesAll = true
        #expect(composer(responses, kind: "benign")[0].reward == 0)
    }
}
