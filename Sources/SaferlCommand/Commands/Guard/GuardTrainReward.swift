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

    @OptionGroup var source: HeadTrainingArguments
    @ArgumentParser.Option(
        help: ArgumentHelp("Width inside the head; 128 without it.", valueName: "n"),
        transform: CountRange.whole)
    var inner = 128
    @ArgumentParser.Option(
        help: ArgumentHelp("Passes over the rows; 20 without it.", valueName: "n"),
        transform: CountRange.whole)
    var epochs = 20
    @OptionGroup var replies: HeadArguments

    func validate() throws { try HeadTrainingArguments.check(inner: inner, epochs: epochs) }

    func run() throws {
        var training = RewardHeadTraining()
        (training.inner, training.epochs) = (inner, epochs)
        (training.seed, training.reading) = (source.seed, source.reads)
        try TrainRewardWork(
            arguments: source, training: training, options: replies.options, isJSON: replies.json
        ).run()
    }
}
