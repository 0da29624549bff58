import Foundation
import SaferlCommand
import Testing

/// What is wrong with the input, and the one line that the user gets.
struct BadInput: CustomTestStringConvertible, Sendable {
    /// What is wrong, in words.
    let name: String
    /// The arguments of `saferl`.
    let arguments: [String]
    /// Bytes by path.
    var files: [String: [UInt8]] = [:]
    /// The line on standard error, without its line break.
    let message: String
    /// The exit code.
    let status: Int32

    var testDescription: String { name }

    /// The whole table.
    static let all =
        files + members + commands + counts + data + filters + tables + conversions + benchmarks
        + baselines + uses + runs + ogsrl + hcrlhf + grpo + acting + guarding + shields + repairs
        + tablesOfSteps
        + agents
        + models + monitors + verifying + modelling + comparisons + runDirectories
        + modelSafety + reports + assessing + exports + sweeps + guardCatalogue + verifyCatalogue
        + auditing + sharing

    /// A fault in a configuration that `saferl config show` reads.
    static func configuration(
        _ name: String, _ text: String, _ message: String, _ status: CommandStatus = .configuration
    )
        -> BadInput
    {
        BadInput(
            name: name, arguments: ["config", "show", "my.json"], files: ["my.json": Array(text.utf8)],
            message: message, status: status.rawValue)
    }

    /// A fault in a member of an otherwise good configuration, which begins on the second line.
    static func member(_ name: String, _ member: String, _ message: String) -> BadInput {
        configuration(
            name, "{\"algorithm\": \"fisor\", \"environment\": \"point-robot\",\n\(member)}", message)
    }

    /// A fault in an override of a good configuration.
    static func override(_ name: String, _ override: String, _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["config", "show", "my.json", "--set", override],
            files: ["my.json": Array("{\"algorithm\": \"fisor\", \"environment\": \"point-robot\"}".utf8)],
            message: message, status: CommandStatus.configuration.rawValue)
    }

    /// A fault in the arguments.
    static func usage(_ name: String, _ arguments: [String], _ message: String) -> BadInput {
        BadInput(name: name, arguments: arguments, message: message, status: CommandStatus.usage.rawValue)
    }
}

/// The table: one line of standard error, the exit code, nothing on standard output, nothing left behind.
@Suite struct BadInputTests {
    // The binary stands beside the tests after `swift build`; without it there is nothing to run.
    @Test(
        .enabled(if: CommandProcess.binary != nil),
        arguments: BadInput.all)
    func badInputGetsOneLineAndItsExitCode(_ bad: BadInput) throws {
        let result = try CommandProcess.run(bad.arguments, files: bad.files)
        #expect(result.errors == bad.message + "\n")
        #expect(result.status == bad.status)
        #expect(result.output == "")
        let untouched = try CommandProcess.run(["--version"], files: bad.files).files
        #expect(result.files == untouched)
        try #require(!TinyRun.files.isEmpty)
    }

    @Test(.enabled(if: CommandProcess.binary != nil))
    func aFullDiskIsNoticed() throws {
        let result = try CommandProcess.run(["config", "show"], files: [:], outputPath: "/dev/full")
        #expect(result.errors == "standard output: cannot be written. Check that the disk is not full.\n")
        #expect(result.status == CommandStatus.inputOutput.rawValue)
    }

    @Test func noTwoCasesHaveTheSameName() {
        let names = BadInput.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.count >= 70)
    }
}
