import Foundation
import SaferlCommand
import Testing

/// A command and an option that its help names.
struct NamedOption: CustomTestStringConvertible, Sendable {
    let words: [String]
    let name: String

    var testDescription: String { (words + [name]).joined(separator: " ") }

    /// Every option of every command that has no commands of its own.
    static let all = Saferl.helpTexts.filter { !$0.text.contains("\nSUBCOMMANDS:") }.flatMap { words, text in
        text.split(separator: "\n").compactMap { line -> NamedOption? in
            let word = line.split(separator: " ").first { !$0.hasPrefix("-h") } ?? ""
            guard line.hasPrefix("  -"), word.hasPrefix("--") else { return nil }
            return NamedOption(words: words, name: String(word))
        }
    }
}

@Suite(.enabled(if: CommandProcess.binary != nil)) struct OptionNameTests {
    private func complaint(_ option: NamedOption) -> (words: [String], complaint: String) {
        let mistyped = option.name + option.name.suffix(1)
        let help = (["saferl"] + option.words + ["--help"]).joined(separator: " ")
        return (
            option.words + ["a", mistyped, "10"],
            "Unknown option '\(mistyped)'. Did you mean '\(option.name)'? See \"\(help)\"."
        )
    }

    @Test func aMistypedOptionGetsOneLineWithTheOneThatWasMeant() {
        for option in NamedOption.all {
            let (words, complaint) = complaint(option)
            #expect(Saferl.complaint(about: words) == complaint)
        }
    }

    /// In a process of its own, for the first option of each command.
    @Test func theLineIsAllThatIsWritten() throws {
        let commands = Dictionary(grouping: NamedOption.all, by: \.words).values
        for option in commands.compactMap(\.first) {
            let (words, complaint) = complaint(option)
            let result = try CommandProcess.run(words, files: [:])
            #expect(result.errors == complaint + "\n")
            #expect(
                result.status == CommandStatus.usage.rawValue && result.output == "" && result.files == [])
        }
    }

    @Test func optionsOfInnerCommandsAreAmongThem() {
        let all = NamedOption.all.map(\.testDescription)
        #expect(all.contains("evaluate --episodes") && all.contains("data fetch --from"))
        #expect(all.count > 100)
    }
}
