import Foundation
import SafeRL
import Tensors
import TestSupport
import Testing

/// The strict reader, the writer and the bridge to Codable.
@Suite struct ConfigurationJSONTests {
    private func read(_ text: String, _ limits: JSONLimits = JSONLimits()) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), limits: limits)
    }

    private func fault(_ bytes: [UInt8], _ limits: JSONLimits = JSONLimits()) -> String {
        do {
            return "accepted: \(try JSONValue(parsing: bytes, limits: limits).compact)"
        } catch {
            return error.description
        }
    }

    @Test func everyKindOfValueIsRead() throws {
        let value = try read(
            #" {"a": [1, -2.5e3, true, false, null], "b": {"c": "x\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00é"}} "#)
        #expect(value["a"]?.elements?[0].number?.int == 1)
        #expect(value["a"]?.elements?[1].number?.double == -2500)
        #expect(value["a"]?.elements?[2].bool == true)
        #expect(value["a"]?.elements?[4] == .null)
        #expect(value["b"]?["c"]?.string == "x\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{1F600}\u{E9}")
    }

    @Test func everyValueAndKeyKnowsItsLineAndColumn() throws {
        let value = try read("{\n  \"né\": [10,\n 20], \"k\": {\"z\": true}\n}")
        #expect(value.position == TextPosition(line: 1, column: 1))
        #expect(value.members?[0].position == TextPosition(line: 2, column: 3))
        #expect(value["né"]?.position == TextPosition(line: 2, column: 9))
        #expect(value["né"]?.elements?[1].position == TextPosition(line: 3, column: 2))
        #expect(value["k"]?.members?[0].position == TextPosition(line: 3, column: 13))
        #expect(value["k"]?["z"]?.position == TextPosition(line: 3, column: 18))
    }

    @Test(arguments: [
        ("", "1:1: empty. Write at least {}"),
        (" \n ", "2:2: empty. Write at least {}"),
        ("\u{FEFF}{}", "1:1: begins with a byte-order mark. Save it as UTF-8 without one"),
        ("hello", "1:1: \"h\" where a value should stand"),
        (#"{"a": 1,}"#, "1:8: a comma after the last element. Remove it"),
        ("[1,]", "1:3: a comma after the last element. Remove it"),
        ("{\n \"a\": 1,\n \"a\": 2}", "3:2: \"a\" stands here a second time, after 2:2. Remove one"),
        (#"{"a": NaN}"#, "1:7: NaN is not a number that JSON knows"),
        (#"{"a": Infinity}"#, "1:7: Infinity is not a number that JSON knows"),
        (#"{"a": -Infinity}"#, "1:7: -Infinity is not a number that JSON knows"),
        (#"{"a": 1e999}"#, "1:7: a number too large for double precision"),
        (#"{"a": 18446744073709551616}"#, "1:7: a whole number that does not fit in 64 bits"),
        (#"{"a": 012}"#, "1:7: a number with a leading zero"),
        (#"{"a": -}"#, "1:8: \"}\" where a digit should stand"),
        (#"{"a": 1.}"#, "1:9: \"}\" where a digit should stand"),
        (#"{"a": .5}"#, "1:7: \".\" where a value should stand"),
        (#"{"a": +1}"#, "1:7: \"+\" where a value should stand"),
        (#"{"a": 1e}"#, "1:9: \"}\" where a digit should stand"),
        (#"{"a": truer}"#, "1:7: \"t\" where a value should stand"),
        (#"{"a" 1}"#, "1:6: \"1\" where \":\" should stand"),
        (#"{a: 1}"#, "1:2: \"a\" where a key in quotation marks should stand"),
        (#"{"a": 1 "b": 2}"#, "1:9: \"\"\" where \",\" or \"}\" should stand"),
        (#"{"a": 1} x"#, "1:10: \"x\" where the end of the file should stand"),
        (#"{"a": 1"#, "1:8: the file ends where \",\" or \"}\" should stand"),
        (#"{"a": "b"#, "1:7: text that does not end. Close it with a quotation mark"),
        ("{\"a\": \"b\nc\"}", "1:9: a control character inside text. Escape it"),
        (#"{"a": "\x"}"#, "1:8: an escape that JSON does not know"),
        (#"{"a": "\u12g4"}"#, "1:8: an escape that is not four hexadecimal digits"),
        (#"{"a": "\ud800"}"#, "1:8: half a surrogate pair"),
        (#"{"a": "\ud800A"}"#, "1:8: half a surrogate pair"),
        (#"{"a": "\ud83d\u0041"}"#, "1:8: half a surrogate pair"),
        (#"{"a": "\ud83d\ue000"}"#, "1:8: half a surrogate pair"),
        (#"{"a": "\udc00"}"#, "1:8: half a surrogate pair"),
        ("// no\n{}", "1:1: \"/\" where a value should stand"),
        ("{\"a\": é}", "1:7: byte 195 where a value should stand"),
    ])
    func whatIsNotStrictJSONIsRefusedWithItsPlace(_ text: String, _ expected: String) {
        #expect(fault(Array(text.utf8)) == expected)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(
            fault(Array("{\"a\": \"".utf8) + [0xC3, 0x28] + Array("\"}".utf8))
                == "1:7: text that is not UTF-8")
    }

    @Test func depthAndSizeAreBounded() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try read(deepest).elements?.count == 1)
        #expect(fault(Array("[\(deepest)]".utf8)) == "1:65: nested deeper than 64 levels")
        #expect(
            fault(Array(repeating: UInt8(ascii: "["), count: 10_000)) == "1:65: nested deeper than 64 levels")
        let limit = JSONLimits(bytes: 10)
        #expect(
            fault(Array("[1, 2, 3, 4]".utf8), limit) == "1:1: larger than 10 bytes, the most that is read")
    }

    /// The reader keeps no position by counting from the start: a million keys take no longer than in proportion.
    @Test func readingTakesTimeInProportionToLength() throws {
        func seconds(_ count: Int) throws -> Double {
            let text = "{" + (0..<count).map { "\"k\($0)\": [0, \($0)]" }.joined(separator: ", ") + "}"
            let bytes = Array(text.utf8)
            let clock = ContinuousClock()
            let time = try clock.measure {
                _ = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: .max))
            }
            return Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds)
        }
        _ = try seconds(1_000)
        let small = try (0..<3).map { _ in try seconds(2_000) }.min() ?? 0
        let large = try seconds(40_000)
        #expect(large < small * 20 * 10, "20 times the keys took \(large / small) times as long")
    }

    @Test func numbersSurviveBitForBit() throws {
        var random = RandomStream(seed: 7, for: .testing)
        var floats: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 16_777_215,
        ]
        var doubles: [Double] = [
            0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 1e22,
        ]
        for _ in 0..<20_000 {
            let bits = random.nextInteger()
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            let double = Double(bitPattern: bits)
            if float.isFinite { floats.append(float) }
            if double.isFinite { doubles.append(double) }
        }
        let integers: [UInt64] = [0, 1, .max, UInt64(Int64.max), UInt64(Int64.max) + 1]
        let value = try JSONValue(encoding: Numbers(floats: floats, doubles: doubles, integers: integers))
        let back = try read(value.pretty, JSONLimits(bytes: .max)).decode(Numbers.self)
        #expect(back.floats.map(\.bitPattern) == floats.map(\.bitPattern))
        #expect(back.doubles.map(\.bitPattern) == doubles.map(\.bitPattern))
        #expect(back.integers == integers)
        let own = JSONValue.list(floats.map { .number($0) })
        #expect(own.elements?.map { $0.number?.float.bitPattern } == floats.map(\.bitPattern))
    }

    private struct Numbers: Codable, Equatable {
        var floats: [Float]
        var doubles: [Double]
        var integers: [UInt64]
    }

    @Test func writingIsDeterministicAndReadsBack() throws {
        let value = JSONValue.object([
            ("b", .list([.integer(1), .number(0.1 as Float)])), ("a", .object([("t", .text("a\"\n\u{1}é"))])),
            ("e", .list([])), ("o", .object([])), ("l", .list([.object([("n", .null)])])),
        ])
        #expect(
            value.compact
                == #"{"b": [1, 0.1], "a": {"t": "a\"\n\u0001é"}, "e": [], "o": {}, "l": [{"n": null}]}"#)
        #expect(
            value.sortingKeys().pretty == """
                {
                  "a": {
                    "t": "a\\"\\n\\u0001é"
                  },
                  "b": [1, 0.1],
                  "e": [],
                  "l": [
                    {
                      "n": null
                    }
                  ],
                  "o": {}
                }

                """)
        #expect(try read(value.pretty) == value)
        #expect(try read(value.compact) == value)
    }
}
