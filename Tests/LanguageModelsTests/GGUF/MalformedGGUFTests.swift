import Foundation
import LanguageModels
import SafeRL
import Storage
import TestSupport
import Testing

/// Files that break the format: each is refused on one line that begins with its path, and none crashes or allocates by what it says.
@Suite struct MalformedGGUFTests {
    /// Writes a header value after value.
    private struct Writer {
        var bytes: [UInt8] = []
        mutating func put<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }
        mutating func put(_ text: String) {
            put(UInt64(text.utf8.count))
            bytes += Array(text.utf8)
        }
        static func file(
            version: UInt32 = 3, tensors: UInt64 = 0, keys: UInt64 = 0, _ rest: (inout Writer) -> Void
        )
            -> [UInt8]
        {
            var writer = Writer(bytes: Array("GGUF".utf8))
            writer.put(version)
            writer.put(tensors)
            writer.put(keys)
            rest(&writer)
            return writer.bytes
        }
        static func tensor(
            _ dimensions: [UInt64] = [32], type: UInt32 = 8, offset: UInt64 = 0, name: String = "t",
            data: Int = 64
        ) -> [UInt8] {
            file(tensors: 1) {
                $0.put(name)
                $0.put(UInt32(dimensions.count))
                for size in dimensions { $0.put(size) }
                $0.put(type)
                $0.put(offset)
                $0.bytes += [UInt8](repeating: 0, count: (32 - $0.bytes.count % 32) % 32 + data)
            }
        }
        static func key(_ type: UInt32, _ value: (inout Writer) -> Void) -> [UInt8] {
            file(keys: 1) {
                $0.put("k")
                $0.put(type)
                value(&$0)
            }
        }
    }

    private static let cases: [(bytes: [UInt8], reason: String)] = [
        ([], "the file ends inside the magic number"),
        (Array("GGUX".utf8) + [3, 0, 0, 0], "does not begin with GGUF"),
        (Writer.file(version: 1) { _ in }, "GGUF version 1 is not read"),
        (Writer.file(version: 0x0300_0000) { _ in }, "big-endian"),
        (Writer.file(version: 9) { _ in }, "version 9"),
        (Writer.file(tensors: 1 << 63) { _ in }, "are more than 65536"),
        (Writer.file(tensors: 60_000) { _ in }, "do not fit into the"),
        (Writer.file(keys: 60_000) { _ in }, "do not fit into the"),
        (Writer.key(8) { $0.put(UInt64(1) << 63) }, "is longer than"),
        (Writer.key(8) { $0.put(UInt64(8)) }, "the file ends inside"),
        (
            Writer.key(8) {
                $0.put(UInt64(2)); $0.bytes += [0xC3, 0x28]
            }, "is not UTF-8"
        ),
        (Writer.key(7) { $0.bytes.append(2) }, "neither true (1) nor false (0)"),
        (Writer.key(13) { $0.put(UInt64(0)) }, "unknown type 13"),
        (
            Writer.key(9) {
                $0.put(UInt32(9)); $0.put(UInt64(1))
            }, "a list of lists"
        ),
        (
            Writer.key(9) {
                $0.put(UInt32(0)); $0.put(UInt64(1) << 62)
            }, "are more than 4194304"
        ),
        (
            Writer.key(9) {
                $0.put(UInt32(8)); $0.put(UInt64(1_000_000))
            }, "do not fit into the"
        ),
        (
            Writer.file(keys: 2) {
                for _ in 0..<2 {
                    $0.put("k")
                    $0.put(UInt32(0))
                    $0.bytes.append(1)
                }
            }, "stands there twice"
        ),
        (
            Writer.file(keys: 1) {
                $0.put("general.alignment")
                $0.put(UInt32(4))
                $0.put(UInt32(24))
            }, "general.alignment is no power of two"
        ),
        (Writer.tensor([]), "has 0 dimensions"), (Writer.tensor([32, 1, 1, 1, 1]), "has 5 dimensions"),
        (Writer.tensor([0]), "impossible shape"), (Writer.tensor([1 << 39, 1 << 39]), "impossible shape"),
        (Writer.tensor([.max, 2]), "impossible shape"),
        (Writer.tensor([33]), "not a multiple of 32 as Q8_0 needs"),
        (Writer.tensor(type: 23), "is IQ4_XS, which saferl does not read; `llama-quantize"),
        (Writer.tensor(type: 28), "is F64, which saferl does not read"),
        (Writer.tensor(type: 77), "the unknown type 77"),
        (Writer.tensor(offset: 8), "does not begin at a multiple of 32"),
        (Writer.tensor(offset: 1 << 62), "does not begin at a multiple of 32"),
        (Writer.tensor([64], data: 64), "ends behind the end of the file"),
        (Writer.tensor(name: String(repeating: "t", count: 65)), "is longer than 64"),
        (
            Writer.file(tensors: 2) {
                for name in ["a", "b"] {
                    $0.put(name)
                    $0.put(UInt32(1))
                    $0.put(UInt64(32))
                    $0.put(UInt32(8))
                    $0.put(UInt64(0))
                }
                $0.bytes += [UInt8](repeating: 0, count: 128)
            }, "overlaps the one before it"
        ),
    ]

    @Test(arguments: cases.indices) func aFileThatBreaksTheFormatIsRefused(index: Int) throws {
        let (bytes, reason) = Self.cases[index]
        try withFile(bytes) { path in
            let error = try #require(throws: GGUFError.self) { try GGUFFile(mapping: path) }
            #expect("\(error)".hasPrefix(path) && !"\(error)".contains("\n"), "\(error)")
            #expect("\(error)".contains(reason), "\(error)")
        }
    }

    @Test func aSoundFileOfOneTensorIsRead() throws {
        try withFile(Writer.tensor()) { path in
            let file = try GGUFFile(mapping: path)
            #expect(file.values(of: file.tensors[0]) == [Float](repeating: 0, count: 32))
        }
    }

    @Test(arguments: ["tiny-llama-mixed", "tiny-qwen2"]) func noMutationCrashes(name: String) throws {
        let whole = try [UInt8](
            Data(contentsOf: Golden.directory("alignment").appendingPathComponent("gguf/\(name).gguf")))
        var stream = RandomStream(seed: 1, for: .testing)
        // Data decide nothing: most changes go to the header, and the file is written once a change.
        let header = try withFile(whole) { try GGUFFile(mapping: $0).dataOffset }
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0...stream.nextInteger(below: 3) {
                let place = stream.nextInteger(below: header)
                switch stream.nextInteger(below: 3) {
                case 0: bytes[place] ^= 1 << UInt8(stream.nextInteger(below: 8))
                case 1: for at in place..<min(place + 8, header) { bytes[at] = at == place + 7 ? 0x80 : 0 }
                default: for at in place..<min(place + 8, header) { bytes[at] = 0xFF }
                }
            }
            if stream.nextInteger(below: 8) == 0 { bytes.removeLast(stream.nextInteger(below: bytes.count)) }
            try withFile(bytes) { path in
                do {
                    let checkpoint = try GGUFCheckpoint(file: path)
                    _ = try? Tokenizer(checkpoint.file)
                    _ = try checkpoint.network()
                } catch { #expect(error is any Fault && !"\(error)".contains("\n"), "\(error)") }
            }
        }
    }

    private func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let path = NSTemporaryDirectory() + "gguf-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}
