import ArgumentParser
import Monitors

/// `saferl guard train-monitor`.
struct GuardTrainMonitor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-monitor",
        abstract: "Train a step monitor on labels of \"saferl guard label\".",
        discussion: """
            The episodes are split into halves. A strict and a loose classifier of each half label the other; steps on which they \
            disagree are controversial. The monitor learns these classes, and its probabilities are calibrated on held-out \
            episodes.
            """)

    @Argument(help: ArgumentHelp("A file of labels.", valueName: "labels"), completion: .file()) var labels:
        String
    @ArgumentParser.Option(
        help: ArgumentHelp("The monitor to write, a safetensors file.", valueName: "file"),
        completion: .file())
    var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Labels of fresh episodes on which to measure it.", valueName: "labels"),
        completion: .file())
    var test: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Steps in a row that must be flagged before the first counts.", valueName: "c"))
    var confirm = 1
    @ArgumentParser.Option(
        help: ArgumentHelp("Passes over the episodes at most.", valueName: "n"))
    var epochs = MonitorTraining().epochs
    @ArgumentParser.Option(
        help: ArgumentHelp("Decides weights, batches and what is held out.", valueName: "s"))
    var seed: UInt64 = 1
    @Flag(help: "Replace the file if it is there.") var force = false

    func validate() throws {
        try CountRange.check("confirm", confirm, in: 1...1_000_000)
        try CountRange.check("epochs", epochs, in: 1...1_000_000)
    }

    func run() throws {
        var training = MonitorTraining()
        (training.epochs, training.seed) = (epochs, seed)
        try TrainMonitorWork(
            labels: labels, test: test, confirm: confirm, training: training,
            out: NewFile(path: out, isForced: force)
        ).run()
    }
}
