import Foundation
import LanguageModels
import TestSupport
import Testing

/// Values of stored blocks, bit for bit those of two independent readers.
@Suite struct BlockTests {
    private struct Reference: Decodable {
        struct Block: Decodable {
            let type: String
            let id: UInt32
            let values_per_block, bytes_per_block: Int
            let raw, values: Data
        }
        struct Edge: Decodable {
            let raw, values: Data
        }
        struct Rounded: Decodable {
            let type: String
            let values, bytes: Data
        }
        let blocks: [Block]
        let half_edges: [Edge]
        let quantised: [Rounded]
    }

    private static func reference() throws -> Reference {
        let decoder = JSONDecoder()
        decoder.dataDecodingStrategy = .base64
        let path = Golden.directory("alignment").appendingPathComponent("gguf/blocks.json")
        return try decoder.decode(Reference.self, from: Data(contentsOf: path))
    }

    private func words(_ type: BlockType, _ raw: Data) -> [UInt32] {
        var values = [Float](repeating: .nan, count: raw.count / type.bytes * type.values)
        raw.withUnsafeBytes { raw in values.withUnsafeMutableBufferPointer { type.widen(raw, into: $0) } }
        return values.map(\.bitPattern)
    }

    private func words(_ values: Data) -> [UInt32] {
        values.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)
            }
        }
    }

    @Test func everyTypeHasTheReferencesValues() throws {
        let reference = try Self.reference()
        #expect(reference.blocks.count == BlockType.allCases.count)
        for block in reference.blocks {
            let type = try #require(BlockType(rawValue: block.id), "\(block.type)")
            #expect(type.name == block.type && type.values == block.values_per_block)
            #expect(type.bytes == block.bytes_per_block)
            #expect(words(type, block.raw) == words(block.values), "\(block.type)")
        }
    }

    @Test func edgesOfHalfFloatsAreExact() throws {
        for edge in try Self.reference().half_edges {
            #expect(words(.q8Scaled, edge.raw) == words(edge.values))
        }
    }

    @Test func roundingGivesTheReferencesBytes() throws {
        for rounded in try Self.reference().quantised {
            let type = try #require(BlockType.rounded.first { $0.name == rounded.type })
            let values = words(rounded.values).map { Float(bitPattern: $0) }
            #expect(
                values.withUnsafeBufferPointer { type.blocks(of: $0) } == [UInt8](rounded.bytes),
                "\(rounded.type)")
        }
    }

    @Test func halfFloatsAreRoundedToTheNearestAndTiesToEven() {
        let one: [(Float, UInt16)] = [
            (0, 0), (-0.0, 0x8000), (1, 0x3C00), (65504, 0x7BFF), (65519.99, 0x7BFF), (65520, 0x7C00),
            (0x1p-24, 1),
            (0x1p-25, 0), (0x1.8p-25, 1), (0x1.8p-24, 2), (0x1p-14, 0x400), (1 + 0x1p-11, 0x3C00),
            (1 + 0x1.8p-10, 0x3C02),
            (.infinity, 0x7C00), (-2, 0xC000),
        ]
        for (value, bits) in one {
            let bytes = [value].withUnsafeBufferPointer { BlockType.half.blocks(of: $0) }
            #expect(UInt16(bytes[0]) | UInt16(bytes[1]) << 8 == bits, "\(value)")
        }
    }
}
