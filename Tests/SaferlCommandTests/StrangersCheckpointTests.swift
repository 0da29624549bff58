import Foundation
import SaferlCommand
import Testing

/// Checkpoints whose hashes all fit and whose values no saferl wrote: one line, exit code 65.
@Suite(.enabled(if: CommandProcess.binary != nil))
struct StrangersCheckpointTests {
    /// What is changed to what, and the sentence about it.
    struct Case: CustomStringConvertible, Sendable {
        let path: String
        let value: any Sendable
        let reason: String
        var description: String { "\(path) = \(value)" }
    }

    private static let sizes = "not from 1 to 1048576"
    private static let counts = "not from 0 to 9007199254740992"

    static let acting = [
        Case(path: "description.action", value: -1, reason: "\"description\": action is -1, \(sizes)"),
        Case(path: "description.action", value: 0, reason: "\"description\": action is 0, \(sizes)"),
        Case(
            path: "description.observation", value: Int.min + 1,
            reason: "\"description\": observation is -9223372036854775807, \(sizes)"),
        Case(
            path: "description.observation", value: 1 << 40,
            reason: "\"description\": observation is 1099511627776, \(sizes)"),
        Case(
            path: "description.observation", value: 1 << 20,
            reason: "tensor \"qr.target.0.l0.weight\" has shape [4, 4], not [1048577, 4]"),
        Case(path: "description", value: [1, 2], reason: "value \"description\": not a Description"),
    ]

    static let resuming = [
        Case(
            path: "trainer.progress.window.updates", value: -1,
            reason: "\"trainer.progress\": window.updates is -1, \(counts)"),
        Case(
            path: "trainer.progress.window",
            value: ["updates": 1, "names": ["a"], "sums": [Double]()] as [String: any Sendable],
            reason: "\"trainer.progress\": window has 1 names and 0 sums"),
        Case(
            path: "trainer.progress.step", value: 19,
            reason: "\"trainer.progress\": step is 19, the checkpoint's is 20"),
        Case(
            path: "trainer.progress.metricsBytes", value: -5,
            reason: "\"trainer.progress\": metricsBytes is -5, \(counts)"),
        Case(
            path: "qr.updates", value: Int.max, reason: "\"qr.updates\": it is 9223372036854775807, \(counts)"
        ),
        Case(path: "qr.updates", value: -1, reason: "\"qr.updates\": it is -1, \(counts)"),
    ]

    private func refusal(_ files: [String: [UInt8]], _ words: [String]) throws -> CommandProcess.Result {
        try CommandProcess.run(words, files: files)
    }

    @Test(arguments: acting) func aPolicyOfUnsoundSizesIsRefused(changed: Case) throws {
        var checkpoint = try SealedCheckpoint()
        try checkpoint.set(changed.path, to: changed.value)
        let result = try refusal(
            try checkpoint.files(), ["evaluate", "run", "--environment", "point-mass", "--episodes", "1"])
        expect(result, changed.reason)
    }

    @Test(arguments: resuming) func aStateThatNoTrainingLeavesIsRefused(changed: Case) throws {
        var checkpoint = try SealedCheckpoint()
        try checkpoint.set(changed.path, to: changed.value)
        expect(
            try refusal(try interrupted(checkpoint.files()), ["resume", "run", "--quiet"]), changed.reason)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func aNumberThatIsNotFiniteNamesItsTensor(
        number: Float
    ) throws {
        var checkpoint = try SealedCheckpoint()
        checkpoint.set(tensor: "policy.target.out.bias", to: number)
        let reason =
            "tensor \"policy.target.out.bias\" holds a number that is not finite. Use an older checkpoint."
        expect(
            try refusal(
                try checkpoint.files(), ["evaluate", "run", "--environment", "point-mass", "--episodes", "1"]),
            reason)
        expect(try refusal(try interrupted(checkpoint.files()), ["resume", "run", "--quiet"]), reason)
    }

    @Test func whatWasSealedUnchangedIsAccepted() throws {
        let result = try refusal(try interrupted(SealedCheckpoint().files()), ["resume", "run", "--quiet"])
        #expect(result.status == 0, "\(result.errors)")
    }

    private func expect(_ result: CommandProcess.Result, _ reason: String) {
        #expect(result.status == 65, "\(result.errors)")
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 1 && result.errors.contains(reason), "\(result.errors)")
        #expect(result.errors.hasPrefix("run/checkpoints/step-000000020: "), "\(result.errors)")
    }

    /// The run as it is when it was interrupted before its end was noted, so that resuming reads the checkpoint.
    private func interrupted(_ files: [String: [UInt8]]) -> [String: [UInt8]] {
        let text = String(decoding: files["run/manifest.json"] ?? [], as: UTF8.self)
        return files.merging([
            "run/manifest.json": Array(
                text.replacing("\"finished\" : true", with: "\"finished\" : false").utf8)
        ]) { $1 }
    }
}
