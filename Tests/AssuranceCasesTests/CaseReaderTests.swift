import AssuranceCases
import Foundation
import Storage
import Testing

/// Cases that are none, with the node and the reason.
@Suite struct CaseReaderTests {
    private static let hash = String(repeating: "0", count: 64)
    private static let entry =
        #"{"file": "a.json", "sha256": "\#(hash)", "validUntil": "2027-01-01T00:00:00Z"}"#
    private static let goal = #"{"id": "G1", "kind": "goal", "text": "x"}"#

    private static func text(_ nodes: String = goal, evidence: String = "\"a\": \(entry)", more: String = "")
        -> String
    {
        #"{"format": 1, "case": "c", \#(more)"evidence": {\#(evidence)}, "nodes": [\#(nodes)]}"#
    }

    private func read(_ text: String) throws -> AssuranceCase { try AssuranceCase(parsing: Array(text.utf8)) }

    @Test func theSmallestCaseIsUndeveloped() throws {
        #expect(try read(Self.text()).top == "G1")
    }

    private static func supported(_ link: String, _ nodes: String) -> String {
        text(#"{"id": "G1", "kind": "goal", "text": "x", \#(link)}, \#(nodes)"#)
    }

    static let bad: [(String, String)] = [
        ("[]", "the case: a list, not an object"),
        ("{", "1:2: the file ends where a key in quotation marks should stand"),
        (text(more: "\"more\": 1, "), "the case: more: unknown member."),
        (#"{"format": 2, "case": "c", "evidence": {}, "nodes": []}"#, "the case: \"format\": 1 is needed"),
        (text(""), "0 top goals"),
        (text(more: "\"template\": \"any-1\", "), "the case: \"template\" and \"templateSHA256\""),
        (text(evidence: "\"a-b\": \(entry)"), "evidence a-b: a name has letters"),
        (text(evidence: "\"min\": \(entry)"), "evidence min: a name has letters"),
        (
            text(evidence: "\"a\": \(entry.replacing("a.json", with: "../a.json"))"),
            "evidence a: \"file\" must lie in the folder"
        ),
        (
            text(evidence: "\"a\": \(entry.replacing("a.json", with: "/etc/passwd"))"),
            "evidence a: \"file\" must lie in the folder"
        ),
        (
            text(evidence: "\"a\": \(entry.replacing("000", with: "00G"))"),
            "evidence a: \"sha256\" is no SHA-256"
        ),
        (
            text(evidence: "\"a\": \(entry.replacing("T00:", with: "T25:"))"),
            "evidence a: \"validUntil\" is no time"
        ),
        (text(#"{"id": "G 1", "kind": "goal", "text": "x"}"#), "a node without \"id\""),
        (text(#"{"id": "G1", "kind": "claim", "text": "x"}"#), "G1: \"kind\" is none of goal, strategy"),
        (text(#"{"id": "G1", "kind": "goal"}"#), "G1: \"text\" is missing"),
        (text(#"{"id": "G1", "kind": "goal", "text": "x", "check": "true"}"#), "G1: check: unknown member."),
        (
            text(#"{"id": "G1", "kind": "goal", "text": "x", "supportedBy": "S1"}"#),
            "G1: \"supportedBy\" is no list of texts"
        ),
        (
            supported(
                #""supportedBy": ["X"]"#, #"{"id": "X", "kind": "solution", "text": "x", "evidence": "a"}"#),
            "X: a solution needs"
        ),
        (
            supported(
                #""supportedBy": ["X"]"#,
                #"{"id": "X", "kind": "solution", "text": "x", "evidence": "b", "check": "true"}"#),
            "X: b names no evidence"
        ),
        (
            supported(
                #""supportedBy": ["X"]"#,
                #"{"id": "X", "kind": "solution", "text": "x", "evidence": "a", "check": "b.c > 1"}"#),
            "X: check, column 1: b names no evidence of the case"
        ),
        (
            supported(
                #""supportedBy": ["X"]"#,
                #"{"id": "X", "kind": "solution", "text": "x", "evidence": "a", "check": "a.c >"}"#),
            "X: check, column 6: the end where a value should stand"
        ),
        (
            supported(
                #""supportedBy": ["X", "X"]"#,
                #"{"id": "X", "kind": "solution", "text": "x", "evidence": "a", "check": "true"}"#),
            "G1 supportedBy X twice"
        ),
        (
            supported(
                #""inContextOf": ["X"]"#,
                #"{"id": "X", "kind": "solution", "text": "x", "evidence": "a", "check": "true"}"#),
            "G1 inContextOf X: a goal cannot have a solution there"
        ),
        (supported(#""step": {}"#, goal), "G1: step: neither \"goal\" nor \"conclusion\""),
        (supported(#""step": {"rules": []}"#, goal), "G1: step: \"rules\" without \"goal\""),
        (supported(#""step": {"premises": []}"#, goal), "G1: step: \"premises\" without \"conclusion\""),
        (
            supported(#""step": {"premises": ["x <= ${b.c}"], "conclusion": "x <= 1"}"#, goal),
            "G1: step, column 1: b names no evidence"
        ),
        (supported(#""step": {"conclusion": "x <= "}"#, goal), "G1: step, column 6: the end where a value"),
        (text(goal + #", {"id": "C1", "kind": "context", "text": "x"}"#), "C1: no way leads there from G1"),
        (
            text(goal + #", {"id": "D1", "kind": "defeater", "text": "x"}"#),
            "D1: a defeater needs \"challenges\""
        ),
        (
            text(goal + #", {"id": "D1", "kind": "defeater", "text": "x", "challenges": "G2"}"#),
            "D1: no node G2"
        ),
        (
            text(
                goal
                    + #", {"id": "D1", "kind": "defeater", "text": "x", "challenges": "G1", "supportedBy": ["G2"]}, {"id": "G2", "kind": "goal", "text": "x", "supportedBy": ["G3"]}, {"id": "G3", "kind": "goal", "text": "x"}, {"id": "D2", "kind": "defeater", "text": "x", "challenges": "G3", "supportedBy": ["G2"]}"#
            ),
            "G2 supports itself"
        ),
        (
            text(
                goal
                    + #", {"id": "D1", "kind": "defeater", "text": "x", "challenges": "G1"}, {"id": "D2", "kind": "defeater", "text": "x", "challenges": "D1"}, {"id": "D3", "kind": "defeater", "text": "x", "challenges": "D2"}"#
            ),
            "D3 challenges D2, which answers a defeater already"
        ),
    ]

    @Test(arguments: bad) func whatIsNoCaseIsNamed(_ text: String, _ message: String) {
        let error = #expect(throws: CaseError.self) { try read(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.kind.exitCode == 65)
    }

    @Test func aStepOfTooManyPremisesIsRefused() {
        let premises = Array(repeating: "\"x <= 1\"", count: 201).joined(separator: ",")
        let step = #"{"premises": [\#(premises)], "conclusion": "x <= 1"}"#
        let text = Self.text(#"{"id": "G1", "kind": "goal", "text": "x", "step": \#(step)}"#)
        let error = #expect(throws: CaseError.self) { try read(text) }
        #expect(error?.description == "G1: step: more than 200 premises. Split it")
    }

    @Test func aChainOfThousandGoalsIsJudged() throws {
        let nodes = (1...1000).map {
            #"{"id": "G\#($0)", "kind": "goal", "text": "x", "supportedBy": ["G\#($0 + 1)"]}"#
        }
        let last = #"{"id": "G1001", "kind": "goal", "text": "x"}"#
        let read = try read(Self.text((nodes + [last]).joined(separator: ",")))
        let found = FoundEvidence(read.evidence, now: .now) { _ in .missing }
        let judgement = try CaseJudgement(read, found)
        #expect(judgement.verdict == .undeveloped)
        let report = CaseReport(read, judgement, judged: .now, version: "0", signedBy: nil)
        #expect(report.html.contains("G1001") && report.svg.contains("G1001"))
    }

    @Test func mostDamagedCasesAreRefusedAndNoneEndsTheReader() throws {
        let text = Array(try #require(try GoldenCase.file()["case"]).compact.utf8)
        var stream: UInt64 = 3
        var refused = 0
        for _ in 0..<1500 {
            stream = stream &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bytes = text
            bytes[Int(stream >> 33) % bytes.count] = UInt8(truncatingIfNeeded: stream >> 20) % 128
            if (try? AssuranceCase(parsing: bytes)) == nil { refused += 1 }
        }
        #expect(refused > 500)
    }
}
