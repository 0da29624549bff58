import ArgumentParser

/// `saferl guard export`.
struct GuardExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a monitor of rules as one file of C11, for programs without saferl.",
        discussion: """
            The file judges each step as saferl does, to the bit, and remembers what the rules speak of; it allocates nothing. It \
            reads signals alone: rules about events, calls and states are refused. Rules about next signals are judged by the \
            numbers that are given for them, behind the step; what models promise before it is not in the file (docs/guard.md).
            """)

    @OptionGroup var file: RuleArguments
    @Option(
        help: ArgumentHelp(
            "The file to write; that of the rules with the ending .c without it.", valueName: "file"),
        completion: .file())
    var out: String?
    @Flag(help: "Replace the file if it exists.") var force = false

    func run() throws {
        let name = file.rules.split(separator: "/").last.map(String.init) ?? file.rules
        let own = name.hasSuffix(".rules") ? String(name.dropLast(6)) + ".c" : name + ".c"
        try file.work().export(to: NewFile(path: out ?? own, isForced: force))
    }
}
