import Foundation
import SaferlCommand
import Testing

/// `saferl completion`, through the shell itself, and the manual pages of the packages.
@Suite struct CompletionCommandTests {
    /// What bash offers for the last of some words, sorted.
    private static func offered(_ words: [String], in folder: CommandFolder) throws -> [String] {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            PATH="$(dirname "$0"):$PATH"; source <(saferl completion bash)
            declared=$(complete -p saferl); function=${declared##*-F }; function=${function%% *}
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1)
            COMP_LINE='\(words.joined(separator: " "))'; COMP_POINT=${#COMP_LINE}
            "$function" saferl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let binary = try #require(CommandProcess.binary).path
        let result = try folder.run(["-c", script, binary], program: "/bin/bash")
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
    }

    @Test func bashOffersWhatTheProgramKnows() throws {
        let folder = try CommandFolder(["mine.json": [], "mine.txt": [], "models/": [], "run/": []])
        func offered(_ words: String...) throws -> [String] {
            try Self.offered(["saferl"] + words, in: folder)
        }
        #expect(try offered("tra") == ["train"])
        #expect(try offered("completion", "") == ["bash", "fish", "zsh"])
        #expect(try offered("train", "configs/fisor-p") == ["configs/fisor-paper.json"])
        #expect(try offered("train", "m") == ["mine.json", "models/"])
        #expect(try offered("collect", "point-m") == ["point-mass"])
        #expect(try offered("evaluate", "run", "--environment", "point-robot-f") == ["point-robot-feasible"])
        #expect(try offered("config", "explain", "fisor.blo") == ["fisor.blocks"])
        #expect(try offered("train", "--set", "schedule.st") == ["schedule.steps="])
        #expect(try offered("train", "--set", "algorithm=ogs") == ["algorithm=ogsrl"])
        #expect(try offered("train", "--set", "fisor.sampler=ddp") == ["fisor.sampler=ddpm"])
        #expect(try offered("evaluate", "r") == ["run"])
    }

    @Test func eachShellHasAScript() throws {
        let folder = try CommandFolder([:])
        for (shell, start) in [("bash", "#!/bin/bash"), ("zsh", "#compdef saferl"), ("fish", "function ")] {
            let result = try folder.run(["completion", shell])
            #expect(result.status == 0 && result.output.hasPrefix(start), "\(shell)")
            #expect(result.output.contains("certify") && result.output.hasSuffix("\n"), "\(shell)")
        }
        let refused = try folder.run(["completion", "tcsh"])
        #expect(refused.status == 64 && refused.errors.contains("tcsh") && refused.errors.contains("bash"))
    }

    @Test func everyCommandHasAManualPage() throws {
        let folder = try CommandFolder([:])
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let binary = try #require(CommandProcess.binary).path
        let result = try folder.run(
            ["python3", root.appending(path: "packaging/manual.py").path, binary, "{folder}"],
            program: "/usr/bin/env")
        #expect(result.status == 0, "\(result.errors)")
        let pages = Saferl.helpTexts.map { (["saferl"] + $0.words).joined(separator: "-") + ".1" }
        #expect(try folder.paths() == pages.sorted())
        let page = try String(contentsOfFile: folder.path("saferl-runs-rm.1"), encoding: .utf8)
        #expect(page.contains("\\fB\\-\\-empty\\-trash\\fR\nRemove for good what was moved before.\n"))
        // A line of text that begins with a dot would be a request of the formatter.
        let requests = Set(page.split(separator: "\n").filter { $0.hasPrefix(".") }.map { $0.prefix(3) })
        #expect(requests.isSubset(of: [".TH", ".SH", ".TP", ".PP", ".nf", ".fi"]))
    }
}
