import Foundation
import LanguageModels
import Networks
import Tensors
import TestSupport
import Testing

/// Networks whose matrices stay in a GGUF file, block by block.
@Suite(.serialized) struct StoredModelTests {
    private static let folder = Golden.directory("alignment").appendingPathComponent("gguf")

    private final class Model {
        let path = NSTemporaryDirectory() + "stored-\(UUID().uuidString).gguf"
        let checkpoint: GGUFCheckpoint
        let network: Network<Decoder>
        let tape = Tape()

        init(_ name: String) throws {
            try FileManager.default.copyItem(
                atPath: StoredModelTests.folder.appendingPathComponent(name + ".gguf").path, toPath: path)
            checkpoint = try GGUFCheckpoint(file: path)
            network = try checkpoint.network()
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func logits(_ tokens: [Int32]) -> [Float] {
            tape.reset()
            let w = network.weights(on: tape)
            return Array(network.body.logits(network.body.hidden(PackedTokens([tokens]), w), w).values)
        }

        /// Overwrites tensors of the file with zeros.
        func clear(where isMeant: (GGUFFile.Tensor) -> Bool) throws {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            for tensor in checkpoint.file.tensors where isMeant(tensor) {
                try handle.seek(toOffset: UInt64(checkpoint.file.dataOffset + tensor.offset))
                try handle.write(contentsOf: Data(count: tensor.bytes))
            }
            try handle.close()
        }
    }

    @Test(arguments: ["tiny-llama-mixed", "tiny-qwen2"]) func embeddingsAndProductsReadTheFile(name: String)
        throws
    {
        let model = try Model(name)
        #expect(model.logits([1, 2, 3]).contains { $0 != 0 })
        try model.clear { $0.name == "output_norm.weight" }
        #expect(model.logits([1, 2, 3]).contains { $0 != 0 }, "norms were not copied")
        // All matrices: nothing but biases and norms is left, and the last product gives 0.
        try model.clear { $0.dimensions.count == 2 && $0.type != .single }
        let isLast =
            model.checkpoint.file.tensor("output.weight") ?? model.checkpoint.file.tensor("token_embd.weight")
        let type = try #require(isLast).type
        #expect(type != .single, "the file's last product is not stored in blocks")
        #expect(model.logits([1, 2, 3]).allSatisfy { $0 == 0 })
    }

    @Test func interleavedRowsAreCopiesInTheHubsOrder() throws {
        let model = try Model("tiny-llama-mixed")
        let before = model.logits([5, 6, 7, 8])
        try model.clear { $0.name.contains("attn_q.") || $0.name.contains("attn_k.") }
        #expect(model.logits([5, 6, 7, 8]) == before)
    }

    @Test func matricesThatAreNotFiniteAreRefusedByName() throws {
        let first = try Model("tiny-llama-mixed")
        // Types whose block begins with its unit; queries are copied, the others stay.
        let plain: Set<BlockType> = [
            .half, .q4Scaled, .q4Shifted, .q5Scaled, .q5Shifted, .q8Scaled, .k4, .k5,
        ]
        let tensors = first.checkpoint.file.tensors.filter { plain.contains($0.type) }
        #expect(tensors.contains { $0.name.contains("attn_q.") } && tensors.count > 4)
        for tensor in tensors {
            let model = try Model("tiny-llama-mixed")
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: model.path))
            try handle.seek(toOffset: UInt64(model.checkpoint.file.dataOffset + tensor.offset))
            try handle.write(contentsOf: Data([0, 0x7E]))
            try handle.close()
            #expect(throws: GGUFError.self, "\(tensor.name)") {
                try GGUFCheckpoint(file: model.path).network()
            }
        }
    }

    @Test(arguments: ["tiny-llama-mixed", "tiny-qwen2"]) func threadsDoNotMatter(name: String) throws {
        let model = try Model(name)
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        let texts: [[Int32]] = [[7], Array(1...12), (0..<90).map { Int32($0 * 7 % 50) }]
        let many = texts.map { model.logits($0) }
        BLAS.threads = 1
        #expect(texts.map { model.logits($0) } == many)
    }

    /// A written file holds the tokenizer, the template and every tensor in the hub's order.
    @Test(arguments: ["tiny-llama-mixed", "tiny-qwen2"], [BlockType.half, .q8Scaled, .q4Shifted])
    func aWrittenFileIsTheModelRounded(name: String, type: BlockType) throws {
        let path = NSTemporaryDirectory() + "written-\(UUID().uuidString).gguf"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = try ModelFile(Self.folder.appendingPathComponent(name + ".gguf").path)
        try source.saveGGUF(to: path, type: type)
        let (own, written) = (try GGUFCheckpoint(file: source.path), try GGUFCheckpoint(file: path))
        #expect(own.description == written.description)
        let reference = try JSONDecoder().decode(
            Names.self, from: Data(contentsOf: Self.folder.appendingPathComponent(name + ".json")))
        #expect(reference.hub.count > 10)
        for name in reference.hub.keys {
            let (values, rounded) = (try own.values(of: name), try written.values(of: name))
            let isNorm = name.hasSuffix("norm.weight") || name.hasSuffix(".bias")
            // Half a step of the coarsest block, which has 15 of them over its range.
            let range = values.reduce(0) { max($0, abs($1)) }
            let step: Float = isNorm ? 0 : type == .half ? 1e-3 : type == .q8Scaled ? 1 / 127 : 2 / 15
            for (a, b) in zip(values, rounded) { #expect(abs(a - b) <= 0.6 * step * range, "\(name)") }
        }
        let (before, after) = (try Tokenizer(own.file), try Tokenizer(written.file))
        for text in ["", "a b", "  Hello, world 123", "\n\t<|im_end|>é the cafe"] {
            #expect(before.encode(text).ids == after.encode(text).ids)
        }
        #expect(own.file["tokenizer.chat_template"] == written.file["tokenizer.chat_template"])
    }

    private struct Names: Decodable {
        struct Hub: Decodable {}
        let hub: [String: Hub]
    }
}
