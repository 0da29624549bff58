import Foundation
import SafeRL
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
    /// A file of a header text and so many bytes of data.
    private static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        return withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian, Array.init) + text
            + (0..<data).map { UInt8($0 & 255) }
    }

    private static func refusal(_ bytes: [UInt8]) -> String? {
        do {
            _ = try SafetensorsFile(bytes, path: "f")
            return nil
        } catch { return error.description }
    }

    @Test func numbersOfEveryKindAreRead() throws {
        let header = """
            {"f":{"dtype":"F32","shape":[1,2,1],"data_offsets":[0,8]},"i":{"dtype":"I32","shape":[],"data_offsets":[8,12]},
            "l":{"dtype":"I64","shape":[1],"data_offsets":[12,20]},"d":{"dtype":"F64","shape":[1],"data_offsets":[20,28]},
            "u":{"dtype":"U8","shape":[2],"data_offsets":[28,30]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[30,30]},
            "__metadata__":{"k\\u00e9\\ud83d\\ude00":"a\\n\\"b\\""}}
            """
        var bytes = Self.file(header)
        for number in [1.5 as Float, -.infinity] { bytes += withUnsafeBytes(of: number, Array.init) }
        bytes += withUnsafeBytes(of: Int32.min, Array.init) + withUnsafeBytes(of: Int64.max, Array.init)
        bytes += withUnsafeBytes(of: -0.0, Array.init) + [7, 255]
        let file = try SafetensorsFile(bytes, path: "f")
        #expect(file.names == ["f", "i", "l", "d", "u", "e"])
        #expect(try file.shape(of: "f") == [1, 2, 1] && file.shape(of: "i") == [])
        #expect(try file.floats("f") == [1.5, -.infinity] && file.floats("e") == [])
        #expect(try file.integers("i") == [.min])
        #expect(try file.longIntegers("l") == [.max])
        #expect(try file.doubles("d").map(\.bitPattern) == [(-0.0).bitPattern])
        #expect(try file.unsignedBytes("u") == [7, 255])
        #expect(file.metadata == ["ké😀": "a\n\"b\""])
        #expect(throws: SafetensorsError.otherType("i", path: "f", stored: "I32", wanted: "F32")) {
            try file.floats("i")
        }
        #expect(throws: SafetensorsError.noTensor("x", path: "f", present: file.names)) {
            try file.shape(of: "x")
        }
    }

    @Test(arguments: [
        (file("", length: 0), "the header does not begin with \"{\", byte 8"),
        ([1, 2, 3], "3 bytes are too few for the length of a header"),
        (file("{}", length: 3), "a header of 3 bytes does not fit into the file of 10"),
        (file("{}", length: 100_000_001), "a header of 100000001 bytes is too large"),
        (file("{}", length: .max), "a header of 18446744073709551615 bytes is too large"),
        (file(" {}"), "the header does not begin with \"{\", byte 8"),
        (file("{}\n"), "something follows the closing brace, byte 10"),
        (file("{},"), "something follows the closing brace, byte 10"),
        (file("{"), "expected a text, byte 9"),
        (file("[]"), "the header does not begin with \"{\", byte 8"),
        (file(#"{"a"}"#), "expected \":\", byte 12"),
        (file(#"{"a":1}"#), "expected \"{\", byte 13"),
        (file(#"{"a":{}}"#), "tensor \"a\" needs a dtype, a shape and two data_offsets, byte 9"),
        (file(#"{"__metadata__":{"a":"b",}}"#), "expected a text, byte 33"),
        (file(#"{"__metadata__":{"a":"b","a":"b"}}"#), "duplicate key \"a\" in __metadata__, byte 33"),
        (file(#"{"__metadata__":{"a":1}}"#), "expected a text, byte 29"),
        (file(#"{"__metadata__":{},"__metadata__":{}}"#), "duplicate key \"__metadata__\", byte 27"),
        (file(#"{"__metadata__":{"a":"\ud800"}}"#), "half a surrogate pair, byte 32"),
        (file(#"{"__metadata__":{"a":"\x"}}"#), "an unknown escape, byte 31"),
        (file("{\"__metadata__\":{\"a\":\"\u{1}\"}}"), "a text holds a control character, byte 30"),
        (file(#"{"__metadata__":{"a":"#), "expected a text, byte 29"),
        (file(#"{"__metadata__":{"a":"b"#), "a text does not end, byte 29"),
    ])
    func aBrokenHeaderIsRefused(bytes: [UInt8], reason: String) {
        #expect(
            Self.refusal(bytes)
                == "f: not a valid safetensors file: \(reason). Copy or convert the file again.")
    }

    private static func tensor(_ name: String, _ shape: String, _ offsets: String, type: String = "F32")
        -> String
    {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test(arguments: [
        (
            [tensor("a", "[2]", "[0,8]"), tensor("b", "[2]", "[4,12]")], 12,
            "tensor \"b\" overlaps what is before byte 8 of the data"
        ),
        (
            [tensor("a", "[2]", "[0,8]"), tensor("b", "[2]", "[0,8]")], 8,
            "tensor \"b\" overlaps what is before byte 8 of the data"
        ),
        (
            [tensor("a", "[1]", "[0,4]"), tensor("b", "[1]", "[8,12]")], 12,
            "tensor \"b\" leaves a hole before byte 8 of the data"
        ),
        ([tensor("a", "[1]", "[4,8]")], 8, "tensor \"a\" leaves a hole before byte 4 of the data"),
        ([tensor("a", "[2]", "[0,8]")], 7, "tensor \"a\" ends at byte 8 of 7 bytes of data"),
        ([tensor("a", "[2]", "[0,8]")], 9, "1 bytes follow the last tensor"),
        ([], 1, "1 bytes follow the last tensor"),
        ([tensor("a", "[3]", "[0,8]")], 8, "tensor \"a\" of shape [3] needs 12 bytes, not 8"),
        ([tensor("a", "[]", "[0,0]")], 0, "tensor \"a\" of shape [] needs 4 bytes, not 0"),
        ([tensor("a", "[1]", "[4,0]")], 4, "tensor \"a\" ends before it begins"),
        ([tensor("a", "[4294967296,4294967296]", "[0,0]")], 0, "the shape of tensor \"a\" is too large"),
        ([tensor("a", "[9223372036854775807,0]", "[0,0]")], 0, "the shape of tensor \"a\" is too large"),
        ([tensor("a", "[1]", "[0,4]", type: "F33")], 4, "tensor \"a\" has the unknown dtype \"F33\""),
        ([tensor("a", "[1]", "[0,4]"), tensor("a", "[1]", "[4,8]")], 8, "duplicate key \"a\", byte 62"),
        ([tensor("a", "[-1]", "[0,4]")], 4, "expected a whole number that is not negative, byte 37"),
        ([tensor("a", "[1.0]", "[0,4]")], 4, "expected \"]\", byte 38"),
        ([tensor("a", "[01]", "[0,4]")], 4, "a number begins with 0, byte 37"),
        ([tensor("a", "[99999999999999999999]", "[0,4]")], 4, "a number is too large, byte 37"),
        (
            [tensor("a", "[1]", "[0,4,8]")], 4,
            "tensor \"a\" needs a dtype, a shape and two data_offsets, byte 9"
        ),
        (
            ["\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}"], 4,
            "tensor \"a\" has a duplicate key \"dtype\", byte 28"
        ),
        (["\"a\":{\"type\":\"F32\"}"], 4, "tensor \"a\" has an unknown field \"type\", byte 14"),
    ])
    func tensorsThatDoNotTileTheDataAreRefused(tensors: [String], data: Int, reason: String) {
        let bytes = Self.file("{" + tensors.joined(separator: ",") + "}", data: data)
        #expect(
            Self.refusal(bytes)
                == "f: not a valid safetensors file: \(reason). Copy or convert the file again.")
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = Self.file("{\(Self.tensor("a", "[2]", "[0,8]"))}", data: 8)
        #expect(Self.refusal(bytes) == nil)
        for count in 0..<bytes.count { #expect(Self.refusal(Array(bytes[..<count])) != nil) }
    }

    @Test func noMutationCrashesTheReader() throws {
        let header = "{\(Self.tensor("a", "[2]", "[0,8]")),\(Self.tensor("b\\u00e9", "[1,1]", "[8,12]"))}"
        let bytes = Self.file(header, data: 12)
        var changes = ChangedFiles(bytes, pieces: "{}[]:,\"\\0919eu \u{7f}", seed: 6)
        let accepted = changes.accepted(of: 5000) { mutated in
            let file = try SafetensorsFile(mutated, path: "f")
            // What is accepted is consistent: every byte of the data belongs to one tensor.
            let sizes = try file.names.map { name in try file.withBytes(of: name) { $0.count } }
            #expect(sizes.reduce(0, +) == mutated.count - 8 - Int(mutated[0]))
        }
        #expect(accepted > 0)
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: StorageError.failed(path: "/nowhere/x", action: "open", code: ENOENT)) {
            try SafetensorsFile(contentsOf: "/nowhere/x")
        }
        #expect(
            StorageError.failed(path: "/nowhere/x", action: "open", code: ENOENT).description
                == "/nowhere/x: cannot open: No such file or directory. "
                + "Check the path, or restore the file from a copy.")
    }

    /// Where golden files lie: `$SAFERL_SHARED`, or `shared` beside the package.
    static var golden: String {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared = ProcessInfo.processInfo.environment["SAFERL_SHARED"] ?? package.path + "/../shared"
        return shared + "/golden/fisor"
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: golden), "needs golden/fisor, see SAFERL_SHARED"))
    func theGoldenSetsOpen() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.golden).filter {
            $0.hasSuffix(".safetensors")
        }
        #expect(!names.isEmpty)
        for name in names {
            let file = try SafetensorsFile(contentsOf: Self.golden + "/" + name)
            for tensor in file.names {
                let count = try file.shape(of: tensor).reduce(1, *)
                switch try file.type(of: tensor) {
                case "F32": #expect(try file.floats(tensor).count == count)
                default: #expect(try file.integers(tensor).count == count)
                }
            }
        }
    }
}
