import ArgumentParser
import SafeRL

/// `saferl config`.
struct ConfigGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at configurations.",
        subcommands: [ConfigShow.self, ConfigExplain.self])
}

/// `saferl config show`.
struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the complete configuration that a file and overrides give.",
        discussion: "What is printed is itself a configuration that gives the same run.")

    @OptionGroup var source: ConfigurationArguments
    @Flag(help: "Print each key with where its value came from.") var sources = false

    func run() throws {
        let document = try source.document()
        let catalogue = try OptionCatalogue(document, registry: Session.registry)
        try Output.write(sources ? catalogue.sourceTable() : catalogue.values.pretty)
    }
}

/// `saferl config explain`.
struct ConfigExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a key does, which values it takes, and its default.",
        discussion: "With --file or --set it also says which value the key has there and why.")

    @Argument(
        help: "A key such as schedule.steps, or a group such as schedule; all keys without it.",
        completion: .key)
    var key: String?
    @ArgumentParser.Option(help: "A configuration whose values to show.", completion: .configuration)
    var file: String?
    @ArgumentParser.Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Override one key; may be repeated.", valueName: "key=value"),
        completion: .assignment)
    var overrides: [String] = []

    func run() throws {
        if file == nil && overrides.isEmpty {
            try Output.write(try OptionCatalogue(registry: Session.registry).explanation(of: key))
        } else {
            var source = ConfigurationArguments()
            (source.file, source.overrides) = (file, overrides)
            let catalogue = try OptionCatalogue(try source.document(), registry: Session.registry)
            try Output.write(try catalogue.explanation(of: key))
        }
    }
}
