import Foundation
import SafeRL
import Testing

/// Which file a path opens.
@Suite struct ConfigurationFileTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/saferl-locate-\(UUID().uuidString)"

    /// Runs `body` in a folder with the given files, each holding its own path, and removes the folder.
    private func withFiles(_ paths: [String], _ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in paths {
            let url = URL(fileURLWithPath: folder + "/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(path.utf8).write(to: url)
        }
        try body()
    }

    private func locate(_ path: String, shipped: [String: String] = [:]) -> String {
        do {
            let file = try ConfigurationFile.locate(path, in: folder, shipped: shipped)
            return "\(file.name) = \(String(decoding: file.bytes, as: UTF8.self))"
        } catch {
            return "\(error)"
        }
    }

    @Test func thePathAsGivenComesFirst() throws {
        try withFiles(["configs/fisor.json", "Configs/fisor.json"]) {
            #expect(locate("configs/fisor.json") == "configs/fisor.json = configs/fisor.json")
            #expect(
                locate("\(folder)/Configs/fisor.json") == "\(folder)/Configs/fisor.json = Configs/fisor.json")
        }
    }

    @Test func elseTheOneFileThatDiffersInCaseOnly() throws {
        try withFiles(["Configs/fisor.json", "Configs/deep/Paper.JSON"]) {
            #expect(locate("configs/fisor.json") == "Configs/fisor.json = Configs/fisor.json")
            #expect(
                locate("./CONFIGS/deep/paper.json") == "./Configs/deep/Paper.JSON = Configs/deep/Paper.JSON")
            #expect(
                locate("\(folder)/configs/FISOR.json") == "\(folder)/Configs/fisor.json = Configs/fisor.json")
        }
    }

    @Test func severalFilesThatDifferInCaseAreNotGuessedBetween() throws {
        try withFiles(["Configs/fisor.json", "CONFIGS/fisor.json"]) {
            #expect(
                locate("configs/fisor.json") == "configs/fisor.json: several files match: "
                    + "CONFIGS/fisor.json, Configs/fisor.json. Write one of them exactly.")
        }
    }

    @Test func elseAShippedConfigurationOfThatName() throws {
        try withFiles(["other.txt"]) {
            let shipped = ["fisor.json": "{}"]
            #expect(locate("configs/fisor.json", shipped: shipped) == "fisor.json (shipped with saferl) = {}")
            #expect(locate("FISOR.json", shipped: shipped) == "fisor.json (shipped with saferl) = {}")
            #expect(
                locate("mine/fisor.json", shipped: shipped)
                    == #"mine/fisor.json: no such file. Did you mean "fisor.json"?"#)
        }
    }

    @Test func whatIsNotThereIsRefusedWithTheNearestName() throws {
        try withFiles(["Configs/fisor.json"]) {
            #expect(
                locate("Configs/fisr.json")
                    == #"Configs/fisr.json: no such file. Did you mean "Configs/fisor.json"?"#)
            #expect(
                locate("zzz", shipped: ["a.json": "", "b.json": ""])
                    == "zzz: no such file. Shipped with saferl: a.json, b.json.")
            #expect(locate("zzz") == "zzz: no such file.")
            #expect(locate("") == "\"\": an empty path. Name a configuration file.")
            #expect(locate("Configs") == "Configs: a directory. Name a configuration file inside it.")
        }
    }

    @Test func anEndlessFileIsRefused() {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.locate("/dev/zero") }
        #expect(
            error.map { "\($0)" } == "/dev/zero: a pipe or a device, which is not read. Name a regular file.")
    }
}
