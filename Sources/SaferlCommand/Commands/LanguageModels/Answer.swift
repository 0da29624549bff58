import ArgumentParser
import LanguageModels

/// How replies are written, shared by the commands that talk to a language model.
struct ReplyArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp("What the system says before the conversation.", valueName: "text"))
    var system: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Logits are divided by it; 0, also without it, takes the likeliest token.", valueName: "t"))
    var temperature: Float = 0
    @ArgumentParser.Option(
        help: ArgumentHelp("Keep this many likeliest tokens; all without it.", valueName: "n"))
    var topK: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Keep the fewest likeliest tokens whose probabilities reach this sum; 1, all, without it.",
            valueName: "p"))
    var topP: Float = 1
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Divides the logits of tokens that occurred; 1, no penalty, without it.", valueName: "x"))
    var repetitionPenalty: Float = 1
    @ArgumentParser.Option(
        help: ArgumentHelp("Most tokens of a reply; 256 without it.", valueName: "n"),
        transform: CountRange.whole)
    var tokens = 256
    @ArgumentParser.Option(help: ArgumentHelp("Seed of the draws; 0 without it.", valueName: "s"))
    var seed: UInt64 = 0
    @Flag(help: "Print one JSON object a reply instead of text.") var json = false

    func validate() throws {
        try CountRange.check("tokens", tokens, in: 1...1 << 20)
        try CountRange.check("top-k", topK, in: 1...1 << 30)
        if let fault = options.fault {
            // The options are named as their arguments are.
            let names = [
                ("topP", "--top-p"), ("repetitionPenalty", "--repetition-penalty"),
                ("temperature", "--temperature"),
            ]
            throw ValidationError(names.reduce(fault) { $0.replacing($1.0, with: $1.1) } + ".")
        }
    }

    private var options: SamplingOptions {
        var options = SamplingOptions()
        (options.temperature, options.topK, options.topP) = (temperature, topK, topP)
        (options.repetitionPenalty, options.mostTokens) = (repetitionPenalty, tokens)
        return options
    }

    /// What the work is told.
    var request: ReplyRequest { ReplyRequest(system: system, options: options, seed: seed, isJSON: json) }
}

/// `saferl answer`.
struct Answer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a language model reply to one text.",
        discussion: """
            The text is one turn of a conversation in the model's own chat template. Control tokens in it, such as \
            <|im_end|>, stay text. The reply is written as it comes; characters that steer a terminal are left out of it. \
            The same seed gives the same reply, whatever the number of threads. Ctrl-C ends the reply.

            Without --guard nothing guards what the model says: whoever asks judges it. With it, what is asked passes the \
            guards first, then the reply those that are language models, and nothing of a reply is shown before; a refusal \
            prints its reason and exits with 0. A text without a verdict is refused.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a directory in hub format, or a run with a certified model.", valueName: "model"),
        completion: .file())
    var model: String
    @Argument(help: "What is said to the model.") var text: String
    @Flag(help: "Go on from the text itself, without a chat template.") var plain = false
    @OptionGroup var reply: ReplyArguments
    @OptionGroup var around: ReplyGuardArguments

    func validate() throws {
        try around.check(temperature: reply.temperature)
        if plain && reply.system != nil { throw ValidationError("--system is not for --plain.") }
    }

    func run() throws {
        try AnswerWork(
            model: model, text: text, isPlain: plain, request: reply.request, guarding: around.request
        ).run()
    }
}

/// `saferl chat`.
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk to a language model, line by line.",
        discussion: """
            Every line of standard input is a turn, and the model's reply follows it; keys and values of what was said are \
            kept. A line of "/new" begins a new conversation, the end of the input (Ctrl-D) ends the command, and Ctrl-C ends \
            a reply. Control tokens in a line stay text; characters that steer a terminal are left out of replies.

            Without --guard nothing guards what the model says: whoever talks to it judges it. With it, every turn passes the \
            guards, as in "saferl answer"; a turn that is refused is forgotten.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a directory in hub format, or a run with a certified model.", valueName: "model"),
        completion: .file())
    var model: String
    @OptionGroup var reply: ReplyArguments
    @OptionGroup var around: ReplyGuardArguments

    func validate() throws { try around.check(temperature: reply.temperature) }

    func run() throws {
        try ChatWork(model: model, request: reply.request, guarding: around.request).run()
    }
}
