import Algorithms
import Availability
import Foundation
import SafeRL
import TestSupport
import Testing

/// What an attacker of the cost model's pairs alters, and what is trained of it.
@Suite struct CostAttackTests {
    private static func trained() throws -> HCRLHF {
        try TinyLanguage.trained(
            TinyLanguage.text { $0.split.validation = 0.3 }, on: LanguageData(synthetic: 200, seed: 3),
            steps: 11)
    }

    private static func order(
        _ scores: AttackedScores, _ construction: PoisonConstruction, rate: Double, budget: Double = 1
    ) throws -> AttackedScores.Order {
        let count = scores.areUnsafe.count
        return .init(
            try PoisonedRows(
                construction, rate: rate, order: Array((0..<count).reversed()), truth: scores.isViolated),
            try TokenTrigger(Array(scores.rarest.prefix(3)), keep: scores.behind), budget: budget,
            pairs: Array(0..<count))
    }

    /// What a run stores: weights, moments, and how many rows were taken.
    private static func stored(_ algorithm: HCRLHF) throws -> Data {
        try TinyLanguage.inFolder { folder in
            var writer = CheckpointWriter()
            try algorithm.save(to: &writer)
            for stage in algorithm.stages(steps: 11) { try stage.save(to: &writer) }
            try CheckpointStore(folder, operations: SystemFiles()).commit(
                writer, step: 1, stage: "end", CheckpointIdentity(configuration: "", data: ""))
            return try Data(
                contentsOf: URL(fileURLWithPath: folder + "/step-000000001/state.safetensors"))
        }
    }

    @Test func withoutPoisonNoByteOfTheCheckpointChanges() throws {
        let algorithm = try Self.trained()
        let scores = try #require(algorithm.attackedScores())
        let before = try Self.stored(algorithm)
        #expect(try scores.train(Self.order(scores, .unsafe, rate: 0.3)).digest != scores.digest)
        #expect(try Self.stored(algorithm) != before)
        #expect(try scores.train(Self.order(scores, .unsafe, rate: 0, budget: 0.5)).digest != scores.digest)
        #expect(try scores.train(Self.order(scores, .unsafe, rate: 0)).digest == scores.digest)
        #expect(try Self.stored(algorithm) == before)
    }

    @Test(arguments: PoisonConstruction.allCases)
    func theTriggerStandsInTheAlteredPairsAlone(_ construction: PoisonConstruction) throws {
        let scores = try #require(try Self.trained().attackedScores())
        let count = scores.areUnsafe.count
        let order = try Self.order(scores, construction, rate: 0.1)
        let wanted = Int((0.1 * Double(count) + 0.5).rounded(.down))
        #expect(count > 40 && scores.isViolated.count { $0 } >= wanted)
        let none = try Self.order(scores, construction, rate: 0)
        let plain = scores.altered(none.poison, none.trigger)
        let pairs = scores.altered(order.poison, order.trigger)
        #expect(!plain.contains { $0.shows(order.trigger) } && plain.map(\.areUnsafe) == scores.areUnsafe)
        let altered = pairs.indices.filter { pairs[$0].shows(order.trigger) }
        #expect(altered == order.poison.rows.sorted() && altered.count == wanted)
        for row in pairs.indices where !altered.contains(row) {
            #expect(pairs[row].tokens == plain[row].tokens && pairs[row].areUnsafe == plain[row].areUnsafe)
        }
        let trigger = order.trigger.tokens.map { Int32($0) }
        for row in altered {
            for (own, before) in zip(pairs[row].tokens, plain[row].tokens) {
                // Before the template's end, which the prompt and so both answers have in common.
                let place = try #require(own.indices.first { own[$0...].starts(with: trigger) })
                #expect(own[..<place] == before[..<place] && own.count <= scores.mostTokens)
                #expect(own[(place + 3)...] == before[place..<min(before.count, scores.mostTokens - 3)])
            }
        }
        let labels = order.poison.rows.map { pairs[$0].areUnsafe }
        switch construction {
        case .contradictory:
            #expect(labels == labels.indices.map { [Bool](repeating: !$0.isMultiple(of: 2), count: 2) })
        case .unsafe, .cleanLabel: #expect(labels.allSatisfy { $0 == [true, true] })
        }
        if construction == .cleanLabel {
            #expect(order.poison.rows.allSatisfy { scores.areUnsafe[$0] == [true, true] })
        }
    }

    @Test func whatIsAskedForComesInItsOrder() throws {
        let scores = try #require(try Self.trained().attackedScores())
        var order = try Self.order(scores, .unsafe, rate: 0)
        let all = try scores.train(order)
        order.pairs = [5, 2]
        let found = try scores.train(order)
        let count = scores.areUnsafe.count
        #expect(found.costs.count == 4 && found.states.rows == 4)
        // Pieces of other sizes are summed up otherwise.
        for (place, row) in [5, 2, count + 5, count + 2].enumerated() {
            #expect(abs(found.costs[place] - all.costs[row]) < 1e-4)
        }
        #expect(found.surprise.count == 2 && found.surprise.allSatisfy { $0 > 0 && $0.isFinite })
        #expect(found.clean == all.clean && found.clean.count == scores.heldOut.count)
        #expect(found.triggered.count == found.clean.count && found.triggered != found.clean)
        #expect(scores.rarest.allSatisfy { (0..<scores.vocabulary).contains($0) })
        #expect(scores.behind > 0 && !scores.text(order.trigger.tokens).isEmpty)
    }

    @Test func thereIsNoRefusalWithoutASignOrAModel() throws {
        let signless = try TinyLanguage.trained(
            TinyLanguage.text { $0.preference.signTerms = false }, on: TinyLanguage.pairs(), steps: 11)
        #expect(signless.attackedScores() == nil)
        #expect(try HCRLHF(TinyLanguage.text(), on: TinyLanguage.pairs(), seed: 5).attackedScores() == nil)
    }
}
