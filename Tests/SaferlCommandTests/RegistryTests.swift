import ArgumentParser
import SafeRL
import SaferlCommand
import Testing

/// Names to types, and errors to exit codes.
@Suite struct RegistryTests {
    private struct Grid: Environment {
        static let name = "grid"
        let observationSpace = Space.discrete(count: 4)
        let actionSpace = Space.discrete(count: 2)
        let timeLimit = 7
        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {}
        mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome
        {
            StepOutcome(reward: 0, cost: 0)
        }
    }

    private struct OtherGrid: Environment {
        static let name = "grid"
        let observationSpace = Space.discrete(count: 9)
        let actionSpace = Space.discrete(count: 2)
        let timeLimit = 9
        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {}
        mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome
        {
            StepOutcome(reward: 0, cost: 0)
        }
    }

    @Test func aUsersEnvironmentStandsBesideTheBuiltInOnes() throws {
        let registry = Registry.builtIn.adding(environments: [Grid.self], algorithms: [])
        #expect(registry.environmentNames == Registry.builtIn.environmentNames + ["grid"])
        #expect(try registry.environment(named: "grid").type == Grid.self)
        #expect(throws: UnknownName.self) { try Registry.builtIn.environment(named: "grid") }
    }

    @Test func theLastEntryOfANameCounts() throws {
        let registry = Registry(environments: [Grid.self, OtherGrid.self], algorithms: [])
        #expect(registry.environmentNames == ["grid"])
        #expect(try registry.environment(named: "grid").type == OtherGrid.self)
    }

    @Test func anUnknownNameIsAnsweredWithTheNearestOne() {
        let registry = Registry(environments: [Grid.self], algorithms: [])
        let near = #expect(throws: UnknownName.self) { try registry.environment(named: "gird") }
        #expect(near?.description == #"gird: unknown environment. Did you mean "grid"?"#)
        let far = #expect(throws: UnknownName.self) { try registry.environment(named: "x-y-z") }
        #expect(far?.description == "x-y-z: unknown environment. Known environments: grid.")
        let none = #expect(throws: UnknownName.self) { try registry.algorithm(named: "fisor") }
        #expect(none?.description == "fisor: unknown algorithm. There are no algorithms.")
    }

    private struct Unheard: Error {}

    @Test func everyErrorHasItsExitCode() {
        #expect(CommandStatus(describing: ConfigurationError(.missing, at: "f", "m")) == .missingInput)
        #expect(CommandStatus(describing: ConfigurationError(at: "f", "m")) == .configuration)
        #expect(CommandStatus(describing: OptionIssue("k", "m")) == .configuration)
        #expect(CommandStatus(describing: NonFiniteError("loss")) == .internalFault)
        #expect(CommandStatus(describing: Unheard()) == .internalFault)
    }
}
