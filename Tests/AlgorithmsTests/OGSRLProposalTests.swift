import Algorithms
import Foundation
import SafeRL
import Testing

/// Masked proposals, and the clone that a policy starts from.
@Suite struct OGSRLProposalTests {
    private static func trained(
        updates: Int, episodes: Int = 400, _ change: (inout OGSRL.Configuration) -> Void
    ) throws -> OGSRL {
        let options = Field.options {
            ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
            $0.proposals = .masked
            change(&$0)
        }
        try options.validate()
        let ogsrl = try OGSRL(options, on: Field.recordings(episodes: episodes), seed: 1)
        let fits = ogsrl.stages(steps: 0).reduce(0) { $0 + $1.updates }
        for stage in ogsrl.stages(steps: fits + updates) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        return ogsrl
    }

    private static func law(_ ogsrl: OGSRL, at observation: [Float]) throws -> [[Float]: Double] {
        let policy = try #require(try ogsrl.makePolicy() as? any FiniteChoicePolicy)
        return Dictionary(
            uniqueKeysWithValues: zip(policy.choices, try policy.probabilities(in: observation)))
    }

    private static func metric(_ name: String, _ metrics: OGSRL.Metrics) -> Float? {
        var found: Float?
        metrics.report { if $0 == name { found = $1 } }
        return found
    }

    @Test(arguments: [OGSRL.Mode.reject, .terminate(), .absorbingPenalty(), .costOnly])
    func aMaskedPolicyProposesNothingThatTheGuardianRefuses(_ mode: OGSRL.Mode) throws {
        let ogsrl = try Self.trained(updates: 3) { ($0.mode, $0.inputs) = (mode, .features) }
        let stage = try #require(ogsrl.stages(steps: 9).last)
        #expect(Self.metric("outside_share", try stage.update()) == 0)
        for x in 0..<3 {
            let law = try Self.law(ogsrl, at: Field.observation((x: x, y: 2)))
            #expect(law[[1, 0]] == 0, "\(law)")
            #expect(abs(law.values.reduce(0, +) - 1) < 1e-12)
            #expect(law.values.filter { $0 > 0.01 }.count == 3, "\(law)")
        }
    }

    @Test func anyProposesEverythingAndActsAsTheModeSays() throws {
        let free = try Self.trained(updates: 1) { ($0.mode, $0.proposals) = (.terminate(), .any) }
        #expect(try #require(Self.law(free, at: Field.observation((x: 0, y: 2)))[[1, 0]]) > 0.1)
        let stage = try #require(free.stages(steps: 9).last)
        #expect(try #require(Self.metric("outside_share", try stage.update())) > 0.01)
    }

    @Test func whereEverythingIsRefusedTheMostRecordedChoiceIsLeft() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, costNames: ["harm"])
        for (row, action) in [Float](arrayLiteral: -1, 1, 1, 0, 1, 0).enumerated() {
            columns.append(
                observation: [0], action: [action], nextObservation: [0], reward: 0, costs: [0],
                terminated: row % 2 == 1, truncated: false)
        }
        let options = Field.options {
            ($0.guardian, $0.model, $0.mode, $0.proposals) = (.count(), .tabular, .reject, .masked)
        }
        let ogsrl = try OGSRL(options, on: try TransitionDataset(columns), seed: 1)
        for stage in ogsrl.stages(steps: 2) { for _ in 0..<stage.updates { _ = try stage.update() } }
        #expect(try Self.law(ogsrl, at: [0.5]) == [[-1]: 0, [1]: 1, [0]: 0])
    }

    @Test func moreChoicesThanAGuardianCanBeAskedAboutAreRefusedAndTheRemediesWork() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, costNames: ["harm"])
        for row in 0..<4097 {
            columns.append(
                observation: [0], action: [Float(row) / 4097], nextObservation: [0], reward: 0, costs: [0],
                terminated: row % 2 == 1 || row == 4096, truncated: false)
        }
        let data = try TransitionDataset(columns)
        func make(_ change: (inout OGSRL.Configuration) -> Void) throws {
            _ = try OGSRL(
                Field.options {
                    ($0.proposals, $0.guardian) = (.masked, .kde()); change(&$0)
                }, on: data, seed: 1)
        }
        #expect(
            throws: OptionIssue(
                "proposals",
                "\"masked\" asks the guardian about every recorded action in every state, and 4097 are too many. "
                    + "Write \"any\", or \"actions\": \"gaussian\".")
        ) { try make { _ in } }
        try make { $0.proposals = .any }
        try make { $0.actions = .gaussian }
    }

    // Of the 33 records or so of a cell a third or a quarter took each choice; Perks' prior adds one record in all.
    @Test func aTableIsClonedInClosedForm() throws {
        let ogsrl = try Self.trained(updates: 0) { $0.warmStart = .cloning() }
        let data = try Field.recordings(episodes: 400)
        for cell in [(x: 0, y: 0), (x: 2, y: 2), (x: 1, y: 3)] {
            let observation = Field.observation(cell)
            var counts: [[Float]: Double] = [:]
            for row in 0..<data.count
            where Array(data.observations[2 * row..<2 * row + 2]) == observation {
                counts[Array(data.actions[2 * row..<2 * row + 2]), default: 0] += 1
            }
            let (total, k) = (counts.values.reduce(0, +), Double(counts.count))
            #expect(k == (cell.y == 2 ? 3 : 4))
            for (action, probability) in try Self.law(ogsrl, at: observation) {
                let expected = counts[action].map { ($0 + 1 / k) / (total + 1) } ?? 0
                #expect(abs(probability - expected) < 1e-9, "\(cell) \(action)")
            }
        }
    }

    @Test func aNetworkIsClonedByMaximumLikelihood() throws {
        let ogsrl = try Self.trained(updates: 0) {
            ($0.warmStart, $0.inputs) = (.cloning(.with { $0.updates = 1500 }), .features)
            ($0.guardian, $0.mode, $0.discount) = (.none, .costOnly, 1)
        }
        let law = try Self.law(ogsrl, at: Field.observation((x: 1, y: 2)))
        #expect(try #require(law[[1, 0]]) < 0.2, "\(law)")
        #expect(law.filter { $0.key != [1, 0] }.values.allSatisfy { abs($0 - 1.0 / 3) < 0.1 }, "\(law)")
    }

    @Test func aGaussianIsClonedWithItsSpread() throws {
        let ogsrl = try Self.trained(updates: 0) {
            ($0.warmStart, $0.inputs) = (.cloning(.with { $0.updates = 1500 }), .features)
            ($0.actions, $0.mode) = (.gaussian, .costOnly)
        }
        var policy = try ogsrl.makePolicy()
        var (sum, squares) = (0.0, 0.0)
        for draw in 0..<2000 {
            var action: [Float] = [0, 0]
            var streams = [RandomStream(seed: 6, for: .action, index: UInt32(draw))]
            var span = action.mutableSpan, drawn = streams.mutableSpan
            try policy.act(on: Field.observation((x: 1, y: 0)).span, actions: &span, using: &drawn)
            sum += Double(action[1])
            squares += Double(action[1] * action[1])
        }
        // Up and down are taken alike, each by a quarter: mean 0, variance ½ before draws are cut to [−1, 1], about 0.4 after.
        #expect(abs(sum / 2000) < 0.12)
        #expect(abs(squares / 2000 - 0.38) < 0.08, "\(squares / 2000)")
    }

    // Roll-outs of three steps spend a part of what a recorded episode would, in proportion to the steps.
    @Test func aBudgetPerEpisodeIsHeldAgainstWhatAWholeEpisodeWouldSpend() throws {
        func figures(_ span: OGSRL.BudgetSpan) throws -> [String: Double] {
            let ogsrl = try Self.trained(updates: 0) {
                ($0.mode, $0.horizon, $0.starts, $0.budgetsPer) = (.costOnly, 3, .recorded, span)
                $0.budgets = ["mud": 1]
            }
            let lines = try ogsrl.report().sections.flatMap(\.lines)
            return lines.reduce(into: [:]) { $0[$1.key] = $1.value }
        }
        let (plain, scaled) = (try figures(.rollout), try figures(.episode))
        let data = try Field.recordings(episodes: 400)
        let steps = Double(data.count) / Double(data.episodes.count)
        let spent = try #require(plain["model_cost.mud"]), length = try #require(plain["model_length"])
        #expect(length < steps && spent > 0)
        let whole = try #require(scaled["model_cost.mud"])
        #expect(abs(whole - spent * steps / length) < 1e-9 * whole, "\(spent) \(whole)")
    }

    // Mud lies at x = 1; who never stepped in it was never in the middle of it.
    @Test func startsWithinBudgetsAreThoseOfEpisodesThatKeptThem() throws {
        func mud(_ starts: OGSRL.Starts, _ budgets: [String: Double]) throws -> Double {
            let ogsrl = try Self.trained(updates: 0) {
                ($0.mode, $0.horizon, $0.starts, $0.budgetsPer) = (.costOnly, 1, starts, .episode)
                ($0.budgets, $0.reportRollouts) = (budgets, 2000)
            }
            let lines = try ogsrl.report().sections.flatMap(\.lines)
            return try #require(lines.first { $0.key == "model_cost.mud" }?.value)
        }
        let (all, kept) = (try mud(.recorded, ["mud": 0]), try mud(.withinBudgets, ["mud": 0]))
        #expect(kept < 0.7 * all, "\(kept) of \(all)")
        // Every episode is within a budget that is large enough.
        #expect(try mud(.withinBudgets, ["mud": 12]) == mud(.recorded, ["mud": 12]))
        // Every episode makes noise at its first step.
        let issue = #expect(throws: OptionIssue.self) { _ = try mud(.withinBudgets, ["noise": 0]) }
        #expect(issue?.key == "starts")
    }

    @Test func cloningIsAStageBeforeThePolicys() throws {
        let data = try Field.recordings(episodes: 20)
        func stages(_ change: (inout OGSRL.Configuration) -> Void) throws -> [String] {
            try OGSRL(
                Field.options {
                    $0.warmStart = .cloning(); change(&$0)
                }, on: data, seed: 1
            )
            .stages(steps: 3000).map { "\($0.name) \($0.updates)" }
        }
        #expect(try stages { _ in } == ["guardian 1", "model 1", "cloning 2000", "policy 998"])
        #expect(
            try stages { $0.inputs = .table } == ["guardian 1", "model 1", "cloning 1", "policy 2997"])
    }
}
