import Foundation
import SafeRL
import SaferlCommand
import Testing

/// The keys that the documentation tells a user to write.
@Suite struct DocumentedKeyTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let pages: [String] = {
        let docs = root.appending(path: "docs").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: docs)) ?? []
        return ["README.md", "Environments/README.md", "Makefile"]
            + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
    }()

    /// Placeholders, and the README's mistyped key.
    private static let examples: Set<String> = ["KEY", "key", "fisor.feasibilityTemprature"]

    private static let options: [SafeRL.Option] = {
        func section<A: Algorithm>(_ type: A.Type) -> SafeRL.Option {
            SafeRL.Option(A.name, .group(A.Configuration.options), "")
        }
        return RunConfiguration.options + Registry.builtIn.algorithms.map { section($0) }
    }()

    /// The keys after `--set` in a text; a quotation mark may stand before one.
    private static func keys(in text: String) -> [String] {
        text.components(separatedBy: "--set ").dropFirst().compactMap { rest in
            let word = rest.drop { "'\"".contains($0) }.prefix { $0.isLetter || ".-".contains($0) }
            guard rest.drop(while: { "'\"".contains($0) }).dropFirst(word.count).first == "=" else {
                return nil
            }
            return String(word)
        }
    }

    @Test func keysAreFoundInText() {
        #expect(
            Self.keys(in: "run --set a.b=1 --set 'c=2' --set KEY=VALUE and --set \"d.e=[1]\", --set x")
                == ["a.b", "c", "KEY", "d.e"])
    }

    @Test(arguments: pages) func everyKeyThatIsSetThereExists(_ page: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
        for key in Self.keys(in: text) where !Self.examples.contains(key) {
            let path = key.split(separator: ".").map(String.init)
            let isNamed = Self.options.option(at: Array(path.dropLast())).map {
                if case .named = $0.domain { true } else { false }
            }
            #expect(
                Self.options.option(at: path) != nil || isNamed == true || path.first == "imitation",
                "\(page): \(key)")
        }
    }
}
