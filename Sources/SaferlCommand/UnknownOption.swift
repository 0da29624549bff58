import ArgumentParser
import Foundation
import SafeRL

/// An option that a command does not have, found without regard to what else is wrong with its arguments.
///
/// The argument parser checks values and their combinations before it looks for what it could not use, so that the value of
/// a mistyped option is taken for something else, and the complaint is about that.
struct UnknownOption {
    /// The complaint, with what was probably meant.
    let complaint: String

    /// Looks for the first option that a command does not have; nothing where all options are known.
    ///
    /// - Parameters:
    ///   - command: the command that the arguments name.
    ///   - arguments: all of them; those after `--` are no options.
    init?(of command: any ParsableCommand.Type, in arguments: [String]) {
        guard let known = CommandOptions(of: command) else { return nil }
        var rest = arguments.prefix { $0 != "--" }
        while let word = rest.popFirst() {
            guard Self.isOption(word) else { continue }
            let name = String(word.prefix { $0 != "=" })
            if known.taking.contains(name) && name == word {
                _ = rest.popFirst()
            } else if !known.names.contains(name) {
                complaint = Self.complaint(name, among: known.names)
                return
            }
        }
        return nil
    }

    /// Two dashes and a name, or one and a letter; not a negative number.
    private static func isOption(_ word: String) -> Bool {
        word.hasPrefix("--") || (word.hasPrefix("-") && word.dropFirst().first?.isLetter == true)
    }

    private static func complaint(_ name: String, among names: [String]) -> String {
        func bare(_ name: String) -> String { String(name.drop { $0 == "-" }) }
        // Of two that are as near, the one that the word begins with: a letter too many is the commonest slip.
        let known = names.map(bare)
        let begun = known.filter { bare(name).hasPrefix($0) }
        let near = nearest(to: bare(name), among: begun + known)
        return "Unknown option '\(oneLine(name))'." + (near.map { " Did you mean '--\($0)'?" } ?? "")
    }
}

/// The options of a command as its help describes them.
struct CommandOptions: Decodable {
    /// All names with their dashes.
    let names: [String]
    /// Those whose next word is a value whatever it begins with.
    let taking: Set<String>

    /// Asks the argument parser; nothing where it answers in another way than expected.
    init?(of command: any ParsableCommand.Type) {
        let text = Data(command._dumpHelp().utf8)
        guard let found = try? JSONDecoder().decode(Self.self, from: text) else { return nil }
        self = found
    }

    private enum CodingKeys: CodingKey { case command }

    private struct Command: Decodable {
        let arguments: [Argument]?
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind, name: String
            var written: String { (kind == "long" ? "--" : "-") + name }
        }
        let names: [Name]?
        let parsingStrategy: String?
    }

    init(from decoder: any Decoder) throws {
        let command = try decoder.container(keyedBy: CodingKeys.self).decode(Command.self, forKey: .command)
        let arguments = command.arguments ?? []
        let written = arguments.map { ($0.names ?? []).map(\.written) }
        names = written.flatMap { $0 } + ["--help", "-h", "--version", "--experimental-dump-help"]
        taking = Set(
            zip(arguments, written).filter { $0.0.parsingStrategy == "unconditional" }.flatMap { $0.1 })
    }
}
