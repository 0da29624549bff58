import Alignment
import ArgumentParser
import ModelSafety

/// `saferl guard train-reward`.
struct GuardTrainReward: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-reward",
        abstract: "Train a reward head, by which \"saferl answer --search\" finds a reply that does no harm.",
        discussion: """
            The model answers requests of a world whose truth is known, or replies come from a file. The head learns to predict, \
            for every next token at once, minus the chance that the finished reply does harm: every reply is a roll-out of all its \
            beginnings. The model itself does not change. How often the head is right about replies that it has not seen, at their \
            end and halfway, is printed. The head is bound to the model by its hash. Equal arguments give equal bytes.

            Rows of a file are those of "saferl guard train-head", where "unsafe_from" may be left out; what is not labelled safe \
            counts as harm. A fifth of the prompts is held out.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a directory in hub format, or a run with a certified model.", valueName: "model"))
    var model: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Let the model answer requests of this world: consent.", valueName: "name"))
    var world: TrueWorld?
    @ArgumentParser.Option(help: ArgumentHelp("Replies with labels, JSON Lines.", valueName: "file"))
    var rows: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The head to write, a safetensors file.", valueName: "file")) var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp("With --world: requests to learn from; 3000 without it.", valueName: "n"),
        transform: CountRange.whole)
    var requests: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp("Width inside the head; 128 without it.", valueName: "n"),
        transform: CountRange.whole)
    var inner = 128
    @ArgumentParser.Option(
        help: ArgumentHelp("Passes over the rows; 20 without it.", valueName: "n"),
        transform: CountRange.whole)
    var epochs = 20
    @ArgumentParser.Option(
        help: ArgumentHelp("Of requests, replies and weights; 0 without it.", valueName: "s"))
    var seed: UInt64 = 0
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The states of which tokens are read: token, token-and-prompt, or whole, with the mean of the reply so far; whole without it.",
            valueName: "what"))
    var reads = HeadReading.whole
    @OptionGroup var replies: HeadArguments
    @Flag(help: "Replace the file if it is there.") var force = false

    func validate() throws {
        try CountRange.check("requests", requests, in: 1...1_000_000)
        try CountRange.check("inner", inner, in: 1...65_536)
        try CountRange.check("epochs", epochs, in: 1...100_000)
        guard (world == nil) != (rows == nil) else {
            throw ValidationError("Name what the head learns from: --world consent, or --rows FILE.")
        }
        if rows != nil && requests != nil {
            throw ValidationError(
                "--requests has no effect with --rows, whose rows are all used. Leave it out.")
        }
    }

    func run() throws {
        var training = RewardHeadTraining()
        (training.inner, training.epochs) = (inner, epochs)
        (training.seed, training.reading) = (seed, reads)
        try TrainRewardWork(
            model: model, rows: rows, requests: requests ?? 3000, training: training,
            options: replies.options, out: NewFile(path: out, isForced: force), isJSON: replies.json
        ).run()
    }
}
