import Algorithms
import Foundation
import SafeRL
import Testing

/// The tables of options in the documentation, one row a key: its default and what it does.
@Suite struct OptionTableTests {
    struct Page: CustomTestStringConvertible {
        let name: String
        let options: [Option]
        let defaults: @Sendable () throws -> JSONValue

        init<Options: Defaulted>(_ name: String, _ options: Options.Type) {
            (self.name, self.options) = (name, Options.options)
            defaults = { try JSONValue(encoding: Options()) }
        }

        var testDescription: String { name }
    }

    static let pages = [
        Page("bc", BehaviourCloning.Configuration.self), Page("bcq-lag", BCQLag.Configuration.self),
        Page("fisor", FISOR.Configuration.self),
        Page("cpq", CPQ.Configuration.self),
        Page("coptidice", COptiDICE.Configuration.self),
        Page("bear-lag", BEARLag.Configuration.self), Page("cdt", CDT.Configuration.self),
        Page("ogsrl", OGSRL.Configuration.self),
        Page("caps", CAPS.Configuration.self),
        Page("trac", TraC.Configuration.self),
        Page("lspc", LSPC.Configuration.self),
        Page("bcrl", BCRL.Configuration.self),
        Page("online", OnPolicy<PPOLagrangianMethod>.Configuration.self),
        Page("online", OnPolicy<PPOControllerMethod>.Configuration.self),
        Page("online", OnPolicy<TRPOLagrangianMethod>.Configuration.self),
        Page("online", OnPolicy<CPOMethod>.Configuration.self),
        Page("sac-lagrangian", SACLagrangian.Configuration.self),
        Page("agents", DeskCloning.Configuration.self), Page("grpo", GRPO.Configuration.self),
    ]

    private static func rows(of page: Page) throws -> [String] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/\(page.name).md")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test(arguments: pages) func everyOptionStandsInTheTableOfItsPage(_ page: Page) throws {
        let (rows, defaults) = (try Self.rows(of: page), try page.defaults())
        for (path, summary) in page.options.leaves() {
            let keys = path.split(separator: ".").map(String.init)
            let value = try #require(page.options.standard(at: keys, in: defaults), "\(path)")
            let row = "| `\(path)` | `\(value.compact)` | \(summary) |"
            #expect(rows.contains(row), "\(row)")
        }
    }

    @Test(arguments: pages) func everyKeyOfTheTableIsAnOption(_ page: Page) throws {
        let rows = try Self.rows(of: page)
        let heading = try #require(rows.firstIndex { $0.hasPrefix("| Option ") || $0.hasPrefix("| Key ") })
        for row in rows[(heading + 2)...].prefix(while: { $0.hasPrefix("| `") }) {
            let key = String(row.dropFirst(3).prefix { $0 != "`" })
            #expect(page.options.leaves().contains { $0.path == key }, "\(key)")
        }
    }
}
