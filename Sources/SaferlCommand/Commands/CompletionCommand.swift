import ArgumentParser
import SafeRL

/// `saferl completion`.
struct CompletionCommand: ParsableCommand {
    /// A shell that completes words by a script.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a script by which a shell completes commands, options and names.",
        discussion: """
            Names of configurations, environments, keys and their words come from saferl itself, so that they are those of \
            the version that is installed. Packages for Debian bring the scripts along. Otherwise:
              saferl completion bash > ~/.local/share/bash-completion/completions/saferl
              saferl completion zsh > _saferl        in a folder of $fpath
              saferl completion fish > ~/.config/fish/completions/saferl.fish
            """)

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try Output.write(Root.completionScript(for: kind))
    }
}

extension CompletionKind {
    /// Names of configurations and paths of files with one.
    static var configuration: CompletionKind {
        .custom { _, _, start in NameCompletion.configurations(start) }
    }

    /// Names of environments.
    static var environment: CompletionKind {
        .custom { _, _, start in NameCompletion.environments(start, Session.registry) }
    }

    /// Names of algorithms.
    static var algorithm: CompletionKind { .custom { _, _, _ in Session.registry.algorithmNames } }

    /// Dotted keys.
    static var key: CompletionKind {
        .custom { _, _, start in NameCompletion.keys(start, assigning: false, Session.registry) }
    }

    /// Dotted keys with an equals sign, and the words behind it.
    static var assignment: CompletionKind {
        .custom { _, _, start in NameCompletion.keys(start, assigning: true, Session.registry) }
    }

    /// Names of tasks of the benchmark.
    static var task: CompletionKind { .list(DSRLTask.all.map { $0.id }) }
}
