import Rules
import Storage
import Testing

@Suite struct RuleLanguageGoldenTests {
    @Test func everyFaultHasTheGoldenPlaceAndCode() throws {
        for row in try GoldenGuard.rows("syntax.json") {
            let text = row["text"]?.string ?? "", what = row["what"]?.string ?? ""
            do {
                _ = try RuleFile(text, name: "a.rules")
                Issue.record("\(what): read without a fault")
            } catch {
                let wanted = "\(row["line"]?.number?.text ?? ""):\(row["column"]?.number?.text ?? "")"
                #expect("\(error.position)" == wanted, "\(what): \(error)")
                #expect(error.code.rawValue == row["code"]?.string, "\(what): \(error)")
            }
        }
    }

    @Test func everyRuleHasTheGoldenClass() throws {
        var files: [String: RuleFile] = [:]
        for row in try GoldenGuard.rows("classes.json") {
            let file = row["file"]?.string ?? "", name = row["rule"]?.string ?? ""
            if files[file] == nil { files[file] = try GoldenGuard.rules(file) }
            let rule = try #require(files[file]?.rules.first { $0.name == name }, "\(name)")
            #expect(rule.kind.rawValue == row["class"]?.string, "\(file) \(name)")
            #expect(rule.isWatched == (row["kind"]?.string == "watch"), "\(file) \(name)")
        }
    }

    @Test func everyRuleIsTheGoldenTree() throws {
        var files: [String: RuleFile] = [:]
        for row in try GoldenGuard.rows("classes.json") {
            let file = row["file"]?.string ?? "", name = row["rule"]?.string ?? ""
            if files[file] == nil { files[file] = try GoldenGuard.rules(file) }
            let known = try #require(files[file])
            // The tree's own text, read with the same declarations, is the same formula but for the places of variables.
            let twin = try GoldenGuard.twin(of: known, row["body"] ?? .null)
            let own = try #require(known.rules.first { $0.name == name })
            #expect(GoldenGuard.normal(own.body) == GoldenGuard.normal(twin.rules[0].body), "\(name)")
        }
    }
}
