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
    @Test(arguments: NamedOption.all)
    func aMistypedOptionGetsOneLineWithTheOneThatWasMeant(_ option: NamedOption) throws {
        let mistyped = option.name + option.name.suffix(1)
        let result = try CommandProcess.run(option.words + ["a", mistyped, "10"], files: [:])
        let help = (["saferl"] + option.words + ["--help"]).joined(separator: " ")
        #expect(
            result.errors
                == "Unknown option '\(mistyped)'. Did you mean '\(option.name)'? See \"\(help)\".\n")
        #expect(result.status == CommandStatus.usage.rawValue && result.output == "" && result.files == [])
    }

    @Test func optionsOfInnerCommandsAreAmongThem() {
        let all = NamedOption.all.map(\.testDescription)
        #expect(all.contains("evaluate --episodes") && all.contains("data fetch --from"))
        #expect(all.count > 100)
    }
}
