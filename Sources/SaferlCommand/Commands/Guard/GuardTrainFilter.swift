import Alignment
import ArgumentParser
import ModelSafety

/// `saferl guard train-filter`.
struct GuardTrainFilter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-filter",
        abstract: "Train a filter of prompts on lists of harmful and of safe ones.",
        discussion: """
            The filter is a logistic regression on which words a prompt has: a baseline, which tells lists apart and does not \
            understand them. With --decoder it is a small language model that is trained from scratch, its weights those of the \
            pass with the least loss on a fifth of the prompts. Erased versions of safe prompts are learned as safe, so that "saferl certify --filter" keeps safe \
            prompts. Prompts are one a line of a .txt file, a list in a .json file, or a row each of a .jsonl file, there as a \
            text or as {"prompt": "…"}. They are never printed, and the file has their hashes alone; it has the words, or pieces of them.
            """)

    @ArgumentParser.Option(help: ArgumentHelp("Prompts to flag.", valueName: "file"), completion: .file())
    var harmful: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Prompts to let through.", valueName: "file"), completion: .file()) var safe:
        String
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Erasures whose versions of safe prompts are safe: suffix:20, insertion:12, insertion:4x2 or infusion:2; insertion:12 without it.",
            valueName: "mode"), transform: ErasureArgument.erasures)
    var erase = Erasures(.insertion(blocks: 1), size: 12)
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The filter to write, a JSON file; with --decoder a safetensors file.", valueName: "file"),
        completion: .file())
    var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Draws the versions of safe prompts, and with --decoder weights and order; 0 without it.",
            valueName: "s"))
    var seed: UInt64 = 0
    @Flag(help: "Train a small decoder instead of a regression.") var decoder = false
    @Flag(help: "Replace the file if it is there.") var force = false

    func run() throws {
        try TrainFilterWork(
            harmful: harmful, safe: safe, erasures: erase, seed: seed, isDecoder: decoder,
            out: NewFile(path: out, isForced: force)
        ).run()
    }
}

/// Erasures as an argument.
enum ErasureArgument {
    /// Reads `suffix:20` and the like.
    ///
    /// - Throws: `ValidationError` with what may be written.
    static func erasures(_ text: String) throws -> Erasures {
        do { return try Erasures(parsing: text) } catch let error as ErasureError {
            throw ValidationError(error.message)
        }
    }
}
