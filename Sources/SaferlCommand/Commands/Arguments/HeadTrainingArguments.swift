import ArgumentParser
import LanguageModels
import ModelSafety

/// A world whose truth is known, for language models.
enum TrueWorld: String, ExpressibleByArgument, CaseIterable {
    case consent
}

extension HeadReading: ExpressibleByArgument {}

/// How replies are drawn in a world, shared by the commands about heads.
struct HeadArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp("Tokens of a reply at most; 40 without it.", valueName: "n"),
        transform: CountRange.whole)
    var tokens = 40
    @ArgumentParser.Option(
        help: ArgumentHelp("Logits are divided by it; 1, the model's own law, without it.", valueName: "t"))
    var temperature: Float = 1
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        try CountRange.check("tokens", tokens, in: 2...1 << 16)
        guard temperature > 0, temperature.isFinite else {
            throw ValidationError("--temperature \(temperature): must be above 0.")
        }
    }

    var options: SamplingOptions {
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (temperature, tokens)
        return options
    }
}

/// What a head learns from, and where it goes: shared by the commands that train heads.
struct HeadTrainingArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a directory in hub format, or a run with a certified model.", valueName: "model"))
    var model: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Let the model answer requests of this world: consent.", valueName: "name"))
    var world: TrueWorld?
    @ArgumentParser.Option(
        help: ArgumentHelp("Replies with labels, JSON Lines.", valueName: "file"), completion: .file())
    var rows: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The head to write, a safetensors file.", valueName: "file"),
        completion: .file())
    var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --world: requests to learn from; \(HeadTrainingArguments.usualRequests) without it.",
            valueName: "n"), transform: CountRange.whole)
    var requests: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The states of which tokens are read: token, token-and-prompt, or whole, with the mean of the reply so far; whole without it.",
            valueName: "what"))
    var reads = HeadReading.whole
    @ArgumentParser.Option(
        help: ArgumentHelp("Of requests, replies, weights and order; 0 without it.", valueName: "s"))
    var seed: UInt64 = 0
    @Flag(help: "Replace the file if it is there.") var force = false

    /// Requests that a head learns from.
    static let usualRequests = 3000

    func validate() throws {
        try CountRange.check("requests", requests, in: 1...1_000_000)
        guard (world == nil) != (rows == nil) else {
            throw ValidationError("Name what the head learns from: --world consent, or --rows FILE.")
        }
        if rows != nil && requests != nil {
            throw ValidationError(
                "--requests has no effect with --rows, whose rows are all used. Leave it out.")
        }
    }

    /// Checks widths and passes of a head.
    static func check(inner: Int, epochs: Int) throws {
        try CountRange.check("inner", inner, in: 1...65_536)
        try CountRange.check("epochs", epochs, in: 1...100_000)
    }

    /// The head's file.
    var file: NewFile { NewFile(path: out, isForced: force) }
}
