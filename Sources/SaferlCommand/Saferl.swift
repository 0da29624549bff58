import ArgumentParser
import Foundation
import PerturbablePhysics
import SafeRL

/// The whole command line, for saferl itself and for packages that bring their own environments and algorithms.
///
/// A package's `main.swift` is three lines:
///
/// ```swift
/// import SaferlCommand
///
/// Saferl.main(environments: [MyEnvironment.self])
/// ```
public enum Saferl {
    /// The version that `saferl --version` prints.
    public static var version: String { ProgramIdentity.version }

    /// Reads the arguments of the process, runs the command they name and exits.
    ///
    /// - Parameters:
    ///   - environments: what the commands know by name, besides the built-in ones; a built-in one of the same name
    ///     gives way.
    ///   - families: what makes environments from names; a built-in one of the same prefix gives way.
    ///   - algorithms: likewise.
    ///   - allocationCounter: lets `saferl bench` report allocations, for a program that replaces malloc by one that counts.
    ///   - httpServer: lets `saferl serve` and `saferl board` serve by themselves; without it another program that lies beside takes their
    ///     place.
    ///   - perturbable: those of the environments whose physics `saferl assess` can change.
    ///   - perturbableFamilies: those of the families.
    public static func main(
        environments: [Registry.EnvironmentType] = [], families: [any EnvironmentFamily] = [],
        algorithms: [Registry.AlgorithmType] = [], allocationCounter: AllocationCounter? = nil,
        httpServer: Registry.HTTPServer? = nil, perturbable: [Registry.PerturbableType] = [],
        perturbableFamilies: [any PerturbableFamily] = []
    ) -> Never {
        ProcessSetup.prepare()
        var registry = Registry.builtIn.adding(
            environments: environments, families: families, algorithms: algorithms,
            perturbable: perturbable, perturbableFamilies: perturbableFamilies)
        registry.allocationCounter = allocationCounter
        registry.httpServer = httpServer
        let program = ProgramName.last(of: CommandLine.arguments[0])
        exit(run(Array(CommandLine.arguments.dropFirst()), registry: registry, program: program).rawValue)
    }

    /// Runs its argument and returns how often memory was allocated meanwhile on the calling thread.
    public typealias AllocationCounter = Registry.AllocationCounter

    /// Runs one command and reports its error, if any, on one line of standard error.
    ///
    /// - Parameters:
    ///   - arguments: without the name of the program.
    ///   - registry: the environments and algorithms there are.
    ///   - program: the name of the program, for messages.
    /// - Returns: the status that the process exits with.
    package static func run(
        _ arguments: [String], registry: Registry, program: String = "saferl"
    ) -> CommandStatus {
        let commands = Root.configuration.subcommands.map { $0._commandName }
        return Session.$registry.withValue(registry) {
            Session.$program.withValue(program) {
                Session.$commands.withValue(commands) {
                    Session.$arguments.withValue(arguments) { run(arguments) }
                }
            }
        }
    }

    private static func run(_ arguments: [String]) -> CommandStatus {
        do {
            var command = try Root.parseAsRoot(arguments)
            do { try command.run() } catch let error where !isHelp(error) { return report(error) }
            return .success
        } catch {
            return reportParsing(error, arguments)
        }
    }

    /// Whether an error is a request for help or for the version, which is none.
    private static func isHelp(_ error: any Error) -> Bool { Root.exitCode(for: error) == .success }

    private static func report(_ error: any Error) -> CommandStatus {
        if let status = error as? CommandStatus { return status }
        // The exit code tells even where nobody can read why.
        FileHandle.standardError.offer(oneLine("\(error)") + "\n")
        // Where it is refused memory, a thread of the matrix library asks for ever, and an ordinary exit waits for it.
        if error is MemoryShortage { _exit(CommandStatus(describing: error).rawValue) }
        return CommandStatus(describing: error)
    }

    private static func reportParsing(_ error: any Error, _ arguments: [String]) -> CommandStatus {
        if isHelp(error) {
            do { try Output.write(Root.fullMessage(for: error)) } catch { return report(error) }
            return .success
        }
        return report(usageError(error, arguments))
    }

    private static func usageError(_ error: any Error, _ arguments: [String]) -> UsageError {
        let words = Array(arguments.drop { $0 == "help" })
        let command = UsageError.commands(words).last ?? Root.self
        return UsageError(UnknownOption(of: command, in: words)?.complaint ?? Root.message(for: error), words)
    }

    /// What the program says of arguments that no command understands, without running any; nothing where one does.
    package static func complaint(about arguments: [String]) -> String? {
        do {
            _ = try Root.parseAsRoot(arguments)
            return nil
        } catch { return isHelp(error) ? nil : usageError(error, arguments).description }
    }

    /// The help text of every command, by the words that name it; the first is the program itself.
    package static var helpTexts: [(words: [String], text: String)] {
        func texts(_ command: any ParsableCommand.Type, _ words: [String]) -> [(
            words: [String], text: String
        )] {
            [(words, Root.helpMessage(for: command, columns: 100))]
                + command.configuration.subcommands.flatMap { texts($0, words + [$0._commandName]) }
        }
        return texts(Root.self, [])
    }
}

/// Arguments that no command understands.
struct UsageError: Fault, Equatable {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    /// Explains a complaint of the argument parser, and where to read on.
    init(_ complaint: String, _ arguments: [String]) {
        let path = Self.commands(arguments)
        var problem = complaint.replacing("\n", with: " ")
        let inner = path.last.map { $0.configuration.subcommands.map { $0._commandName } } ?? []
        let words = arguments.prefix { !$0.hasPrefix("-") }
        if !inner.isEmpty, words.count >= path.count {
            let word = words[path.count - 1]
            problem =
                "\(oneLine(word)): unknown command. \(suggestion(for: word, among: inner, called: "commands"))"
        }
        if !problem.hasSuffix(".") && !problem.hasSuffix("?") { problem += "." }
        description = "\(problem) See \"\(path.map { $0._commandName }.joined(separator: " ")) --help\"."
    }

    /// The commands that the first words name, from the program itself down.
    static func commands(_ arguments: [String]) -> [any ParsableCommand.Type] {
        var path: [any ParsableCommand.Type] = [Root.self]
        for word in arguments {
            let inner = path[path.count - 1].configuration.subcommands
            guard let next = inner.first(where: { $0._commandName == word }) else {
                // A word far from all of them is the first argument of the one that is meant without its name.
                if let meant = path[path.count - 1].configuration.defaultSubcommand,
                    nearest(to: word, among: inner.map { $0._commandName }) == nil
                {
                    path.append(meant)
                }
                break
            }
            path.append(next)
        }
        return path
    }
}
