import Algorithms
import Foundation
import SafeRL
import Testing

@Suite struct FISORDocumentationTests {
    @Test(arguments: FISOR.Configuration.options.map(\.key))
    func everyOptionStandsInTheTableOfItsPage(_ key: String) throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/fisor.md")
        let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let option = try #require(FISOR.Configuration.options.first { $0.key == key })
        let defaults = try JSONValue(encoding: FISOR.Configuration())
        let value = try #require(defaults[key]).compact
        #expect(rows.contains("| `\(key)` | `\(value)` | \(option.summary) |"), "\(key), \(value)")
    }
}
