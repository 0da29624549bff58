import AssuranceCases
import Storage
import Testing

/// The case as the tool gsn2x reads it.
@Suite struct Gsn2xTests {
    /// Entries by id, their members as texts.
    private func entries(_ yaml: String) throws -> [String: [String: String]] {
        var (found, own) = ([String: [String: String]](), "")
        for line in yaml.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            try #require(parts.count == 2 || line.hasSuffix(":"), "\(line)")
            if line.hasPrefix("  ") {
                found[own]?[String(parts[0].dropFirst(2))] = String(parts[1].dropFirst())
            } else {
                own = String(line.dropLast())
                try #require(found[own] == nil, "\(own) twice")
                found[own] = [:]
            }
        }
        return found
    }

    private func ids(_ list: String?) -> [String] {
        (list ?? "").trimmingPrefix("[").split(separator: ", ").map { String($0.filter { $0 != "]" }) }
    }

    @Test func aTemplatesNodesAndLinksAreThere() throws {
        let run = try FakeRun()
        let report = try run.write("fisor-1")
        let found = try entries(report.gsn2x)
        let nodes = try AssuranceCase(run.document("fisor-1")).nodes
        #expect(found.count == nodes.count)
        for node in nodes {
            // Doubts begin with another letter there.
            let id = node.kind == .defeater ? "CG_" + node.id : node.id
            let entry = try #require(found[id], "\(id)")
            #expect(ids(entry["supportedBy"]) == node.supportedBy)
            #expect(ids(entry["inContextOf"]) == node.inContextOf && entry["challenges"] == node.challenges)
            let text = try JSONValue(parsing: Array(try #require(entry["text"]).utf8)).string
            #expect(text?.hasPrefix(node.text) == true)
            #expect(entry["defeated"] == nil)
            #expect((entry["undeveloped"] == "true") == (node.kind == .defeater))
        }
        #expect(found["G1"]?["text"]?.contains("(proved)") == true)
    }

    @Test func whatIsMissingAndWhatIsDefeatedIsMarked() throws {
        let run = try FakeRun()
        try run.remove("audit/report.json")
        let text = try run.text("assess/report.json")
        try run.write(
            "assess/report.json",
            text.replacing(
                "\"noise\": {\"within_limit\": [true, true]}",
                with: "\"noise\": {\"within_limit\": [true, false]}"))
        let found = try entries(run.write("fisor-1").gsn2x)
        #expect(found["G7"]?["undeveloped"] == "true" && found["G7"]?["supportedBy"] == nil)
        #expect(found["G1"]?["defeated"] == "true" && found["G2"]?["defeated"] == nil)
        #expect(found["CG_D2"]?["challenges"] == "G1" && found["CG_D2"]?["text"]?.contains("(holds)") == true)
    }

    /// Ids of one's own may begin as another kind's do, and texts may hold whatever they like.
    @Test func otherIdsGetTheirKindsLetters() throws {
        let run = try FakeRun()
        let document = try JSONValue(
            parsing: Array(
                """
                {"format": 1, "case": "mine", "evidence": {}, "nodes": [
                 {"id": "top", "kind": "goal", "text": "a: \\"b\\"\\n# c", "supportedBy": ["Snow", "G_Snow"], "inContextOf": ["CSn1"]},
                 {"id": "G_Snow", "kind": "goal", "text": "x"}, {"id": "Snow", "kind": "goal", "text": "y"},
                 {"id": "CSn1", "kind": "context", "text": "z"}]}
                """.utf8))
        let read = try AssuranceCase(document)
        let judgement = try run.folder.judge(read, now: .now, opinion: nil)
        let report = CaseReport(read, judgement, judged: .now, version: "0.0.0", signedBy: nil)
        let found = try entries(report.gsn2x)
        #expect(Set(found.keys) == ["G_top", "G_Snow", "G_Snow_", "C_CSn1"])
        #expect(ids(found["G_top"]?["supportedBy"]) == ["G_Snow_", "G_Snow"])
        #expect(found["G_top"]?["text"] == #""a: \"b\"\n# c (undeveloped)""#)
    }
}
