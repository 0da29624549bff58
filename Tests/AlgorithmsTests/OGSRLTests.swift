import Algorithms
import Foundation
import SafeRL
import Testing

@Suite struct OGSRLTests {
    /// Trains to the end.
    private static func trained(
        _ options: OGSRL.Configuration, updates: Int, episodes: Int = 400
    ) throws -> OGSRL {
        let ogsrl = try OGSRL(options, on: Field.recordings(episodes: episodes), seed: 1)
        for stage in ogsrl.stages(steps: 2 + updates) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        return ogsrl
    }

    /// What the policy does from the start in the true field: return, mud, and steps that nobody recorded.
    private static func walk(_ policy: any Policy, episodes: Int = 200) throws -> (
        value: Double, mud: Double, unsupported: Double
    ) {
        var policy = policy
        var (value, mud, unsupported) = (0.0, 0.0, 0.0)
        for episode in 0..<episodes {
            var cell = (x: 0, y: episode % 3)
            var streams = [RandomStream(seed: 4, for: .action, index: UInt32(episode))]
            for _ in 0..<12 {
                var action: [Float] = [0, 0]
                var span = action.mutableSpan, drawn = streams.mutableSpan
                try policy.act(on: Field.observation(cell).span, actions: &span, using: &drawn)
                if !Field.isSupported(cell, action) { unsupported += 1 }
                cell = Field.step(cell, action)
                mud += Field.isMuddy(cell) ? 1 : 0
                value += Double(Field.reward(at: cell))
                if cell == (3, 3) { break }
            }
        }
        let n = Double(episodes)
        return (value / n, mud / n, unsupported / n)
    }

    @Test func theStagesAreThoseOfTheConfiguration() throws {
        let data = try Field.recordings(episodes: 20)
        func stages(_ change: (inout OGSRL.Configuration) -> Void) throws -> [String] {
            try OGSRL(Field.options(change), on: data, seed: 1).stages(steps: 100).map {
                "\($0.name) \($0.updates)"
            }
        }
        #expect(try stages { $0.guardian = Field.psos() } == ["guardian 40", "model 1", "policy 59"])
        #expect(try stages { $0.model = Field.ensemble } == ["model 30", "guardian 1", "policy 69"])
        #expect(
            try stages { ($0.guardian, $0.model) = (.disagreement(), Field.ensemble) }
                == ["model 30", "guardian 1", "policy 69"])
        #expect(try stages { $0.guardian = .none } == ["guardian 0", "model 1", "policy 99"])
    }

    @Test func aGuardedPolicyReachesTheGoalAndNeverLeavesTheData() throws {
        let options = Field.options {
            ($0.guardian, $0.model, $0.mode) = (.count(), .tabular, .reject)
            ($0.inputs, $0.optimiser) = (.table, Field.cpo(rollouts: 100))
        }
        let result = try Self.walk(Self.trained(options, updates: 60).makePolicy())
        #expect(result.unsupported == 0)
        #expect(result.value > 0.6, "\(result)")
    }

    // The forbidden step leads to the goal, so an unguarded policy takes it; the field being what it is, no harm is done
    // by it here, which is why only the share counts.
    @Test func withoutAGuardianThePolicyLeavesTheData() throws {
        let options = Field.options {
            ($0.guardian, $0.model, $0.inputs) = (.none, .tabular, .table)
            $0.optimiser = Field.cpo(rollouts: 100)
        }
        let result = try Self.walk(Self.trained(options, updates: 60).makePolicy())
        #expect(result.unsupported > 0.2, "\(result)")
    }

    @Test(arguments: [Field.cpo(rollouts: 100), Field.ppo(rollouts: 100)])
    func aBudgetIsKeptInTheModelAndInTheField(_ optimiser: OGSRL.Optimiser) throws {
        func run(_ budgets: [String: Double]) throws -> (value: Double, mud: Double, unsupported: Double) {
            let options = Field.options {
                ($0.guardian, $0.model, $0.mode, $0.budgets) = (.count(), .tabular, .reject, budgets)
                ($0.inputs, $0.optimiser) = (.table, optimiser)
            }
            return try Self.walk(Self.trained(options, updates: 120).makePolicy())
        }
        let (free, bound) = (try run([:]), try run(["mud": 0.3]))
        #expect(free.mud > 0.5, "\(free)")
        #expect(bound.mud <= 0.4 && bound.value > 0.2, "\(bound)")
    }

    @Test func whatDoesNotFitIsRefusedInOneSentence() throws {
        let data = try Field.recordings(episodes: 20)
        func fault(_ change: (inout OGSRL.Configuration) -> Void) -> String {
            do {
                let options = Field.options(change)
                try options.validate()
                _ = try OGSRL(options, on: data, seed: 1)
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(
            fault { $0.budgets = ["speed": 1] }
                == "budgets: \"speed\" is no cost of the data, which has \"mud\", \"noise\", \"out-of-support\"."
        )
        #expect(
            fault { ($0.guardian, $0.budgets) = (.none, ["out-of-support": 1]) }
                == "budgets: \"out-of-support\" needs a guardian, but \"guardian\" is \"none\".")
        #expect(
            fault { ($0.optimiser, $0.budgets) = (.trpo(), ["mud": 1]) }
                == "budgets: \"trpo\" keeps none. Write \"optimiser\": \"cpo\", or no budgets.")
        #expect(
            fault { $0.guardian = .disagreement() }
                == "guardian: \"disagreement\" needs \"model\": \"ensemble\".")
        #expect(
            fault { ($0.mode, $0.actions) = (.reject, .gaussian) }
                == "mode: \"reject\" chooses among finitely many actions. Write \"actions\": \"finite\".")
        let scaled = try Field.recordings(episodes: 20)
        scaled.transforms = Transforms().standardising(scaled)
        #expect(
            throws: OptionIssue(
                "inputs",
                "every part scales observations itself. Write \"data.normalizeObservations\": false.")
        ) { try OGSRL(Field.options(), on: scaled, seed: 1) }
        #expect(
            fault { $0.model = .ensemble(.with { $0.elites = 9 }) }
                == "model.elites: 9 are more than members, 7. Lower it.")
        #expect(
            fault { $0.discount = 1 }
                == "discount: 1 gives a frozen state no finite value. Lower it, or write \"mode\": \"terminate\"."
        )
    }

    @Test func aGuardianThatHasNotConvergedIsNotUsed() throws {
        let options = Field.options { $0.guardian = Field.psos(updates: 0) }
        let ogsrl = try OGSRL(options, on: Field.recordings(episodes: 20), seed: 1)
        let stage = try #require(ogsrl.stages(steps: 9).last)
        #expect(
            throws: OptionIssue(
                "guardian.updates", "the guardian has not converged after 0 updates. Raise it.")
        ) { try stage.update() }
    }

    @Test func theDefaultsAreWhatTheirDescriptionSays() throws {
        #expect(try OGSRL.Configuration.inconsistencies() == [])
    }
}
