import Foundation
import LanguageModels
import Networks
import SafeRL
import Storage
import Tensors
import Testing

/// The reference implementation, run by the interpreter that `SAFERL_TRANSFORMERS_PYTHON` names.
private enum PythonTransformers {
    static let interpreter = ProcessInfo.processInfo.environment["SAFERL_TRANSFORMERS_PYTHON"]
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Benchmarks/Peers/decoder/hub_logits.py").standardized.path

    struct Result: Decodable {
        let `class`: String
        let logits: [[Double]]
    }

    /// What the reference computes from a hub directory.
    static func logits(_ directory: String, _ tokens: [Int32]) throws -> Result {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [try #require(interpreter), script, directory] + tokens.map { String($0) }
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try JSONDecoder().decode(Result.self, from: bytes)
    }
}

/// What is saved in hub layout, loaded by Python's `transformers`.
@Suite(
    .enabled(
        if: PythonTransformers.interpreter != nil,
        """
        skipped: SAFERL_TRANSFORMERS_PYTHON names no interpreter. Install Benchmarks/Peers/decoder/requirements.txt and \
        set it to that Python
        """))
struct PythonTransformersTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let family: DecoderFamily
        let isTied: Bool
        let isStretched: Bool
        var testDescription: String {
            "\(family.rawValue), \(isTied ? "tied" : "untied")\(isStretched ? ", llama3 angles" : "")"
        }
    }

    static let cases = [
        Case(family: .llama, isTied: true, isStretched: false),
        Case(family: .llama, isTied: false, isStretched: true),
        Case(family: .qwen2, isTied: true, isStretched: false),
        Case(family: .qwen2, isTied: false, isStretched: false),
    ]

    @Test(arguments: cases) func theReferenceComputesTheSameLogits(_ it: Case) throws {
        var description = DecoderDescription(
            it.family, vocabulary: 97, hidden: 32, intermediate: 48, layers: 2, heads: 4, keyValueHeads: 2)
        description.tiesEmbeddings = it.isTied
        (description.rotaryBase, description.contextLength) = (500_000, 256)
        if it.isStretched {
            description.rotaryScaling = RotaryScaling(
                factor: 8, lowFrequency: 1, highFrequency: 4, originalLength: 64)
        }
        var stream = RandomStream(seed: 11, for: .testing)
        let learner = Learner("decoder", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Decoder(description, in: &$0)
        }
        // Norms and biases too, so that none is taken for another.
        for entry in learner.layout.entries {
            let values = learner.elements(entry, .weights)
            stream.fillNormal(values)
            for index in values.indices {
                values[index] =
                    entry.name.hasSuffix("norm.weight") ? 1 + 0.2 * values[index] : 0.2 * values[index]
            }
        }
        let directory = NSTemporaryDirectory() + "transformers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try learner.saveHub(to: directory)
        let tokens = (0..<100).map { Int32(($0 * 37 + 5) % 97) }
        let reference = try PythonTransformers.logits(directory, tokens)
        #expect(reference.class == (it.family == .llama ? "LlamaForCausalLM" : "Qwen2ForCausalLM"))
        let tape = Tape()
        let w = learner.weights(on: tape)
        let logits = learner.body.logits(learner.body.hidden(PackedTokens([tokens]), w), w)
        let expected = reference.logits.flatMap { $0 }
        let largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0.5 && difference(logits.values, expected) <= 2e-5 * largest)
    }
}
