import AssuranceCases
import Foundation
import Storage
import Testing

@Suite struct PredicateTests {
    @Test func predicatesAgreeWithTheGoldenFile() throws {
        let golden = try #require(try GoldenCase.file()["predicates"])
        let document = try JSONValue(parsing: Array(try #require(golden["document"]?.string).utf8))
        let cases = try #require(golden["cases"]?.elements)
        #expect(cases.count >= 30)
        for row in cases {
            let (text, value) = (try #require(row["text"]?.string), try #require(row["value"]?.string))
            let found = (try? EvidencePredicate(text))?.truth { document[$0] }.rawValue ?? "error"
            #expect(found == value, "\(text)")
        }
    }

    private func read(_ text: String) throws -> EvidencePredicate { try EvidencePredicate(text) }

    private func truth(_ text: String, of document: String = "{}") throws -> Truth {
        let value = try JSONValue(parsing: Array(document.utf8))
        return try EvidencePredicate(text).truth { $0 == "a" ? value : nil }
    }

    @Test func kleenesTablesHold() throws {
        let words = [Truth.yes: "true", .no: "false", .unknown: "a.missing"]
        for (a, first) in words {
            for (b, second) in words {
                let and = a == .no || b == .no ? Truth.no : a == .yes && b == .yes ? .yes : .unknown
                let or = a == .yes || b == .yes ? Truth.yes : a == .no && b == .no ? .no : .unknown
                #expect(try truth("\(first) && \(second)") == and)
                #expect(try truth("\(first) || \(second)") == or)
            }
        }
        #expect(try truth("!a.missing") == .unknown)
    }

    @Test(arguments: [
        ("present(b.x)", Truth.unknown), ("!present(b.x)", .unknown), ("!present(a.x)", .yes),
        ("a.t == true", .yes),
        ("a.t != \"x\"", .unknown), ("length(a.l) == 3", .yes), ("length(a.t) == 1", .unknown),
        ("a", .unknown),
        ("max(1, a.missing) > 0", .unknown), ("max(1, 2, 3) - min(4, 5) == -1", .yes), ("abs(-2) == 2", .yes),
        ("2 - -2 == 4", .yes), ("1 - 2 - 3 == -4", .yes), ("8 / 4 / 2 == 1", .yes),
        ("a.l[2] == \"\\\"\\\\\"", .yes),
        ("a[\"l\"][0] < 1e-9", .no), ("!(a.t && false) == true", .yes), ("a.big == 1e400", .unknown),
        ("a.é == 1", .unknown), ("a[\"e\\u0301\"] == 1", .unknown),
    ])
    func valuesAreExactOrUnknown(_ text: String, _ value: Truth) throws {
        let document = #"{"t": true, "l": [1e-9, null, "\"\\"], "é": 1, "big": 1}"#
        guard let found = try? truth(text, of: document) else {
            // Letters of other alphabets stand in quotation marks only.
            #expect(text.contains("é") || text.contains("u0301"))
            return
        }
        // 1e400 is exact here, and the number in the file is 1.
        #expect(found == (text == "a.big == 1e400" ? .no : value), "\(text)")
    }

    @Test(arguments: [
        ("a.n >=", "column 7: the end where a value should stand"),
        ("foo(1) == 1", "column 1: foo: unknown function. There are present, length, min, max, abs, digest"),
        ("a ; b", "column 3: \";\" is no sign of predicates"),
        ("01 == 1", "column 1: a number with a 0 in front"),
        ("1. == 1", "column 3: a digit is missing after the point"),
        ("1e == 1", "column 3: an exponent without digits"),
        ("abs(1, 2) > 0", "column 1: abs takes one argument"),
        ("present(1)", "column 1: present takes a place in the evidence"),
        ("digest(a.n) == \"\"", "column 1: digest takes the name of evidence, a whole file"),
        ("a = 1", "column 3: \"=\" is no sign of predicates"),
        ("\"a", "column 1: text without a quotation mark at its end"),
        ("\"\\n\"", "column 2: a backslash stands before \" or \\ only"),
        ("a.n ${b} > 1", "column 5: \"${\" where the end or a sign that joins should stand"),
        ("(a", "column 3: the end where \")\" should stand"),
        ("a < 1 < 2", "column 7: \"<\" where the end or a sign that joins should stand"),
    ])
    func whatCannotBeReadIsNamedWithItsColumn(_ text: String, _ message: String) {
        let error = #expect(throws: PredicateTextError.self) { try read(text) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        ("a.n >= 1 && a.n >= 59  && a.m == 1", "a.n >= 59 is false"),
        ("a.m == 1 && a.n == 3", "a.m == 1 is unknown"),
        ("a.m == 1 && (a.n > 3 && a.n > 4)", "(a.n > 3 && a.n > 4) is false"),
        ("a.n > 3 || a.n > 4", "a.n > 3 || a.n > 4 is false"),
        ("a.t == \"x && y\" && a.n == 4", "a.n == 4 is false"), ("a.n == 3 && a.t == \"x && y\"", ""),
    ])
    func thePartThatFailsIsNamed(_ text: String, _ expected: String) throws {
        let value = try JSONValue(parsing: Array(#"{"n": 3, "t": "x && y"}"#.utf8))
        #expect(try EvidencePredicate(text).shortfall { $0 == "a" ? value : nil } ?? "" == expected)
    }

    @Test func theDigestOfAFileIsThatOfTheCase() throws {
        let run = try FakeRun()
        let entries = try AssuranceCase(run.document("filter-1")).evidence.filter { $0.name == "filter" }
        let bytes = Array(try run.text("filter.json").utf8)
        func truth(_ text: String, _ found: FoundFile) throws -> Truth {
            let evidence = FoundEvidence(entries, now: .now) { _ in found }
            return try EvidencePredicate(text).truth(evidence.document)
        }
        let own = "digest(filter) == \"\(SHA256.hexadecimal(of: bytes))\""
        #expect(try truth(own, .bytes(bytes)) == .yes)
        #expect(try truth("digest(filter) == \"other\"", .bytes(bytes)) == .no)
        #expect(try truth(own, .bytes(bytes + [10])) == .unknown && truth(own, .missing) == .unknown)
    }

    @Test func deepAndLongTextIsRefused() throws {
        let deep = String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100)
        #expect(throws: PredicateTextError.self) { try read(deep) }
        #expect(throws: PredicateTextError.self) { try read(String(repeating: "-", count: 3000) + "1") }
        #expect(throws: PredicateTextError.self) { try read(String(repeating: "1 + ", count: 2000) + "1") }
        #expect(try truth(String(repeating: "1+", count: 1990) + "1 == 1991") == .yes)
        // Numbers that grow beyond all bounds are given up.
        #expect(try truth(Array(repeating: "1e900", count: 600).joined(separator: "*") + " > 0") == .unknown)
    }

    @Test func noTextEndsTheReader() {
        let words = [
            "a", ".", "b", "[", "]", "1", "0.5", "\"x\"", "(", ")", "!", "&&", "||", "<=", "==", "-", "*",
            "/", ",", "min", "present", "true", "é", "$", "{", "}",
        ]
        var (stream, read): (UInt64, Int) = (7, 0)
        for _ in 0..<30_000 {
            var text = ""
            for _ in 0..<(1 + Int(stream >> 60)) {
                stream = stream &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += words[Int(stream >> 40) % words.count]
            }
            guard let predicate = try? EvidencePredicate(text) else { continue }
            read += 1
            _ = predicate.truth { _ in .object([("b", .integer(1))]) }
        }
        #expect(read > 300)
    }
}
