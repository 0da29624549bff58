import AssuranceCases
import Foundation
import Storage
import TestSupport
import Testing

/// Whole cases against `assurance.json`.
@Suite struct CaseGoldenTests {
    private let golden: JSONValue
    private let files: [String: [UInt8]]
    private let document: JSONValue

    init() throws {
        golden = try GoldenCase.file()
        files = GoldenCase.files(golden["evidence_files"])
        document = try #require(golden["case"])
    }

    private func text(_ value: JSONValue?) throws -> String { try #require(value?.string) }

    /// Compares every node and file of a result; answers to defeaters, which the file leaves out, may be more.
    private func compare(_ judgement: CaseJudgement, _ result: JSONValue, _ name: String) throws {
        #expect(judgement.top == result["top"]?.string, "\(name)")
        #expect(judgement.verdict.rawValue == result["verdict"]?.string, "\(name)")
        let nodes = try #require(result["nodes"]?.members)
        #expect(!nodes.isEmpty)
        for node in nodes {
            let own = judgement.nodes[node.key]
            #expect(own?.verdict.rawValue == node.value["verdict"]?.string, "\(name), \(node.key)")
            #expect(own?.reason == node.value["reason"]?.string, "\(name), \(node.key)")
        }
        #expect(judgement.nodes.count - nodes.count <= 1)
        for file in try #require(result["evidence"]?.members) {
            let state = judgement.evidence.first { $0.name == file.key }?.state
            #expect(state?.rawValue == file.value.string, "\(name), \(file.key)")
        }
    }

    @Test func theProvedCaseIsProved() throws {
        let result = try #require(golden["result"])
        let judgement = try GoldenCase.judge(document, files, now: text(golden["now"]))
        #expect(judgement.verdict == .proved)
        try compare(judgement, result, "base")
    }

    @Test func everyNodeOfEveryTreeHasItsVerdict() throws {
        let trees = try #require(golden["trees"]?.elements)
        #expect(trees.count >= 20)
        for tree in trees {
            let name = try text(tree["name"])
            var files = files
            for (path, bytes) in GoldenCase.files(tree["evidence_files"]) { files[path] = bytes }
            for path in tree["missing"]?.elements ?? [] { files[try text(path)] = nil }
            let (document, result) = (try #require(tree["case"]), try #require(tree["result"]))
            let now = try text(tree["now"])
            guard let error = result["error"]?.string else {
                try compare(GoldenCase.judge(document, files, now: now), result, name)
                continue
            }
            let fault = #expect(throws: CaseError.self, "\(name)") {
                try GoldenCase.judge(document, files, now: now)
            }
            #expect(fault?.kind.exitCode == 65)
            // What stands in brackets names the nodes.
            let message = fault?.message.replacing(#/ \(.*?\)/#, with: "") ?? ""
            #expect(message.hasPrefix(error), "\(name): \(message)")
        }
    }

    @Test func noMutationLeavesTheTopGoalProved() throws {
        let mutations = try #require(golden["mutations"]?.elements)
        let base = try #require(golden["result"]?["nodes"]?.members)
        #expect(mutations.count >= 100)
        for mutation in mutations {
            let (path, name) = (try text(mutation["file"]), try text(mutation["change"]))
            var (files, document) = (files, document)
            files[path] =
                mutation["content"]?.string.map(GoldenCase.bytes(hex:))
                ?? mutation["content_text"]?.string.map { Array($0.utf8) }
            if mutation["hash_recorded_anew"]?.bool == true {
                document = try recordingAnew(path, try #require(files[path]))
            }
            let judgement = try GoldenCase.judge(document, files, now: text(golden["now"]))
            #expect(judgement.verdict != .proved)
            #expect(judgement.verdict.rawValue == mutation["top"]?.string, "\(name)")
            let changed = try #require(mutation["changed_nodes"])
            for node in base {
                // Listed is every node that is not proved.
                let expected = changed[node.key]?.string ?? "proved"
                #expect(judgement.nodes[node.key]?.verdict.rawValue == expected, "\(name), \(node.key)")
            }
        }
    }

    private func recordingAnew(_ path: String, _ bytes: [UInt8]) throws -> JSONValue {
        let entries = try #require(document["evidence"]?.members).map { entry in
            let hash = JSONValue.text(SHA256.hexadecimal(of: bytes))
            let isMeant = entry.value["file"]?.string == path
            return (entry.key, isMeant ? entry.value.replacing("sha256", by: hash) : entry.value)
        }
        return document.replacing("evidence", by: .object(entries))
    }

    @Test func noBitOfTheEvidenceCanBeTurned() throws {
        let now = try text(golden["now"])
        let paths = files.keys.sorted()
        let read = try AssuranceCase(document)
        var stream: UInt64 = 1
        for _ in 0..<3000 {
            stream = stream &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let path = paths[Int(stream >> 33) % paths.count]
            var changed = files
            let bit = Int(stream >> 20 & 0xFFFF) % (8 * changed[path, default: [0]].count)
            changed[path]?[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(
                try GoldenCase.judge(read, changed, now: now).verdict == .refuted, "\(path), bit \(bit)")
        }
    }

    @Test func theOrderOfNodesDoesNotMatter() throws {
        let nodes = try #require(document["nodes"]?.elements)
        let now = try text(golden["now"])
        let base = try GoldenCase.judge(document, files, now: now)
        for shift in nodes.indices {
            let turned = Array(nodes[shift...] + nodes[..<shift])
            for order in [turned, turned.reversed()] {
                let other = try GoldenCase.judge(
                    document.replacing("nodes", by: .list(order)), files, now: now)
                #expect(other.nodes == base.nodes && other.top == base.top)
            }
        }
    }
}
