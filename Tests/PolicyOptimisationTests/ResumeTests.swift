import Foundation
import PolicyOptimisation
import Tensors
import Testing

/// What the learners promise about bits.
@Suite struct ResumeTests {
    /// A state after a way through a checkpoint's JSON.
    private static func stored(_ state: LearnerState) throws -> LearnerState {
        try JSONDecoder().decode(LearnerState.self, from: JSONEncoder().encode(state))
    }

    @Test func aTrustRegionLearnerContinuesBitForBit() throws {
        for world in [LearnerWorld.gaussian, .choice] {
            let whole = world.trustRegion()
            for number in 0..<8 as Range<UInt64> {
                _ = try whole.update(world.batch(whole.parameters, number: number))
            }
            var cut = world.trustRegion()
            for number in 0..<8 as Range<UInt64> {
                let next = world.trustRegion()
                try next.restore(try Self.stored(cut.state))
                cut = next
                _ = try cut.update(world.batch(cut.parameters, number: number))
            }
            #expect(cut.state == whole.state && cut.updates == 8)
        }
    }

    @Test func ppoContinuesBitForBit() throws {
        for world in [LearnerWorld.gaussian, .choice] {
            let whole = world.ppo()
            for number in 0..<8 as Range<UInt64> {
                _ = try whole.update(
                    world.batch(whole.parameters, number: number, excess: 0.1 * Double(number)))
            }
            var cut = world.ppo()
            for number in 0..<8 as Range<UInt64> {
                let next = world.ppo()
                try next.restore(try Self.stored(cut.state))
                cut = next
                _ = try cut.update(world.batch(cut.parameters, number: number, excess: 0.1 * Double(number)))
            }
            #expect(cut.state == whole.state && cut.multipliers == whole.multipliers)
            #expect(whole.multipliers.values[0] > 0)
        }
    }

    @Test func threadsChangeNoBit() throws {
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        func states(_ count: Int) throws -> [LearnerState] {
            BLAS.threads = count
            let world = LearnerWorld(
                policy: .gaussian(observation: 3, hidden: [64, 64], actions: 2), rows: 1100)
            let learner = world.trustRegion { $0.values.rows = 500 }, ppo = world.ppo()
            for number in 0..<2 as Range<UInt64> {
                _ = try learner.update(world.batch(learner.parameters, number: number))
                _ = try ppo.update(world.batch(ppo.parameters, number: number))
            }
            return [learner.state, ppo.state]
        }
        let alone = try states(1)
        for count in [2, 3] { #expect(try states(count) == alone, "\(count) threads") }
    }

    @Test func aStateThatDoesNotFitIsRefusedAndChangesNothing() throws {
        let learner = LearnerWorld.choice.trustRegion()
        let before = learner.state
        let faults: [(LearnerStateError, (inout LearnerState) -> Void)] = [
            (.missing("policy.parameters"), { $0.vectors["policy.parameters"] = nil }),
            (.missing("sampling"), { $0.streams = [:] }),
            (.missing("updates"), { $0.counts["updates"] = nil }),
            (
                .otherSize("value.cost0.firstMoment", stored: 1, wanted: 41),
                { $0.vectors["value.cost0.firstMoment"] = [0] }
            ),
            (.notFinite("value.reward.scale"), { $0.vectors["value.reward.scale"] = [0, .nan] }),
        ]
        for (error, spoil) in faults {
            var state = before
            spoil(&state)
            #expect(throws: error) { try learner.restore(state) }
        }
        #expect(learner.state == before)
        #expect(
            "\(LearnerStateError.otherSize("a", stored: 1, wanted: 2))"
                == "stored state: \"a\" has 1 numbers, not 2. Use the configuration that stored it.")
        #expect(
            "\(LearnerStateError.missing("a"))"
                == "stored state: no \"a\". Use the algorithm and configuration that stored it.")
        #expect(
            "\(LearnerStateError.notFinite("a"))"
                == "stored state: \"a\" holds a number that is not finite. Use an older checkpoint.")
    }
}
