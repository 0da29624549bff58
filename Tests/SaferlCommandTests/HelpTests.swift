import Foundation
import SaferlCommand
import ShippedConfigurations
import Testing

/// Every help text and every shipped configuration, compared with files in full.
///
/// `SAFERL_UPDATE=1 swift test --enable-swift-testing --filter HelpTests` writes the files anew; read the difference before committing it.
@Suite struct HelpTests {
    private static let isUpdating = ProcessInfo.processInfo.environment["SAFERL_UPDATE"] == "1"
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let root = here.deletingLastPathComponent().deletingLastPathComponent()

    /// Compares text with a file, or writes the file.
    private func compare(_ text: String, _ url: URL) throws {
        if Self.isUpdating { try Data(text.utf8).write(to: url) }
        #expect(text == (try? String(contentsOf: url, encoding: .utf8)), "\(url.lastPathComponent)")
    }

    @Test(arguments: Saferl.helpTexts.map { $0.words })
    func theHelpTextIsTheOneInTheFile(_ words: [String]) throws {
        let text = try #require(Saferl.helpTexts.first { $0.words == words }).text
        let name = (["saferl"] + words).joined(separator: "-")
        try compare(text + "\n", Self.here.appending(path: "Help/\(name).txt"))
        #expect(!text.split(separator: "\n").contains { $0.count > 100 && !$0.hasPrefix("USAGE: ") })
    }

    @Test func thereIsNoHelpTextWithoutACommand() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.here.path + "/Help").sorted()
        #expect(
            files == Saferl.helpTexts.map { (["saferl"] + $0.words).joined(separator: "-") + ".txt" }.sorted()
        )
    }

    @Test func theShippedConfigurationsAreTheFilesInConfigs() throws {
        let folder = Self.root.appending(path: "Configs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".json")
        }
        var files: [String: String] = [:]
        for name in names {
            files[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        #expect(
            files == ShippedConfigurations.texts.merging(ShippedConfigurations.benchmarks) { one, _ in one })
        #expect(files[ShippedConfigurations.standard] != nil)
    }
}
