import ArgumentParser
import Foundation
import LanguageModels
import SafeRL
import SaferlBenchmarks
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

    @Test func everyMethodButFourIsTimed() {
        let timed = ["fisor"] + UpdateBenchmark.names
        #expect(
            Set(timed).union(["ogsrl", "hcrlhf", "grpo", "desk-cloning"])
                == Set(Registry.builtIn.algorithms.map { $0.name }))
        #expect(Set(timed).count == timed.count)
    }

    /// Seeds apart, which are bits and no counts.
    @Test func everyWholeNumberOfAConfigurationHasALargestValue() {
        func options<A: Algorithm>(_ type: A.Type) -> [SafeRL.Option] { A.Configuration.options }
        func check(_ options: [SafeRL.Option], _ path: String) {
            for option in options {
                check(option.domain.inner ?? [], path + option.key + ".")
                switch option.domain {
                case .integer(_, let most) where option.key != "seed":
                    #expect(most <= 1_000_000_000, "\(path)\(option.key)")
                default: break
                }
            }
        }
        check(RunConfiguration.options, "")
        for algorithm in Registry.builtIn.algorithms { check(options(algorithm), algorithm.name + ".") }
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

    /// An error of a user's own environment.
    private struct NoSimulator: Fault {
        var kind: FaultKind { .missingInput }
        var description: String { "the simulator is not running. Start it." }
    }

    @Test func everyErrorHasItsExitCode() {
        #expect(CommandStatus(describing: ConfigurationError(.missingInput, at: "f", "m")) == .missingInput)
        #expect(CommandStatus(describing: ConfigurationError(at: "f", "m")) == .configuration)
        #expect(CommandStatus(describing: OptionIssue("k", "m")) == .configuration)
        #expect(CommandStatus(describing: NonFiniteError("loss")) == .internalFault)
        #expect(CommandStatus(describing: Unheard()) == .internalFault)
        #expect(CommandStatus(describing: NoSimulator()) == .missingInput)
        for kind in FaultKind.allCases { #expect(CommandStatus(rawValue: kind.exitCode) != nil, "\(kind)") }
    }

    @Test func filesOfPreferencesAndLanguageModelsHaveTheExitCodesOfFiles() throws {
        #expect(CommandStatus(describing: PreferenceError(.missingInput, file: "f", "m")) == .missingInput)
        #expect(CommandStatus(describing: PreferenceError(file: "f", row: 3, "m")) == .badData)
        #expect(CommandStatus(describing: HubError.index(path: "f", reason: "m")) == .badData)
        #expect(CommandStatus(describing: TokenizerError("f", "m")) == .badData)
    }

    /// The status of the error that `body` throws.
    private func status(_ body: () throws -> Void) -> CommandStatus {
        do { try body() } catch { return CommandStatus(describing: error) }
        return .success
    }

    @Test func aLanguageModelThatIsNotThereIsMissingInputAndABrokenOneBadData() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "language-\(UUID())").path
        #expect(status { _ = try PreferenceFile(folder).prompts() } == .missingInput)
        #expect(status { _ = try Tokenizer(contentsOf: folder + "/tokenizer.json") } == .missingInput)
        #expect(status { _ = try HubCheckpoint(directory: folder) } == .missingInput)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["tokenizer.json", "config.json", "model.safetensors", "prompts.jsonl"] {
            try Data("{}".utf8).write(to: URL(filePath: folder + "/" + name))
        }
        #expect(status { _ = try PreferenceFile(folder + "/prompts.jsonl").prompts() } == .badData)
        #expect(status { _ = try Tokenizer(contentsOf: folder + "/tokenizer.json") } == .badData)
        #expect(status { _ = try HubCheckpoint(directory: folder) } == .badData)
    }
}
