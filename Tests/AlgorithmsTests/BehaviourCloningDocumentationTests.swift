import Algorithms
import Foundation
import SafeRL
import Testing

@Suite struct BehaviourCloningDocumentationTests {
    @Test(arguments: BehaviourCloning.Configuration.options.map(\.key))
    func everyOptionStandsInTheTableOfItsPage(_ key: String) throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/bc.md")
        let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let option = try #require(BehaviourCloning.Configuration.options.first { $0.key == key })
        let defaults = try JSONValue(encoding: BehaviourCloning.Configuration())
        let value = try #require(defaults[key]).compact
        #expect(rows.contains("| `\(key)` | `\(value)` | \(option.summary) |"), "\(key), \(value)")
    }
}
