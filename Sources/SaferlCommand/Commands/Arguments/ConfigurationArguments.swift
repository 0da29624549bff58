import ArgumentParser
import SafeRL
import ShippedConfigurations

/// A configuration file and overrides, shared by the commands that read one.
struct ConfigurationArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A configuration, such as configs/fisor.json.",
            discussion: """
                The path as given, else the one file whose path differs in upper and lower case only, else a \
                configuration shipped with saferl. Without it the shipped fisor.json is used.
                """), completion: .configuration)
    var file: String?

    @ArgumentParser.Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override one key, for example schedule.steps=1000; may be repeated.", valueName: "key=value"),
        completion: .assignment)
    var overrides: [String] = []

    /// Finds and reads the configuration.
    func document() throws(ConfigurationError) -> RunDocument {
        let shipped = ShippedConfigurations.texts
        let standard = ShippedConfigurations.standard
        if let file {
            return try RunDocument(
                try ConfigurationFile.locate(file, shipped: shipped), overriding: overrides)
        }
        let opened = ConfigurationFile(
            name: "\(standard) (shipped with saferl)", bytes: Array((shipped[standard] ?? "").utf8))
        return try RunDocument(opened, overriding: overrides)
    }
}
