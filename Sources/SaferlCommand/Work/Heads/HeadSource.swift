import Alignment
import ModelSafety
import SafeRL

/// Where the rows of a head that is trained come from: a file, a fifth of whose prompts is held out, or a world.
struct HeadSource {
    /// The model whose states are read.
    let model: FrozenModel
    /// The file; nothing for a world.
    let file: HeadRows?
    /// How it was asked for.
    private let arguments: HeadTrainingArguments

    /// Requests of each split that nothing is learned from.
    private static let heldOutRequests = 300

    /// Checks where the head goes, and opens rows and model.
    ///
    /// - Parameters:
    ///   - arguments: of the command.
    ///   - isJudged: whether rows need not say where they become unsafe.
    /// - Throws: what opening them throws.
    init(_ arguments: HeadTrainingArguments, isJudged: Bool) throws {
        self.arguments = arguments
        try arguments.file.check()
        file = try arguments.rows.map { try HeadRows(contentsOf: $0, isJudged: isJudged) }
        model = try FrozenModel(arguments.model)
    }

    /// The world, or SHA-256 of the file.
    var name: String { file?.hash ?? TrueWorld.consent.rawValue }

    /// What is learned from, and what is held out.
    ///
    /// - Parameters:
    ///   - labelled: makes rows of the file's at some places.
    ///   - answered: makes rows of so many requests of the world's training split, drawn from a seed.
    ///   - fresh: makes rows of so many requests of each split, drawn from another.
    /// - Returns: rows, those that are held out by name.
    /// - Throws: what these throw.
    func parts<Rows>(
        labelled: ([Int], HeadRows) throws -> Rows, answered: (Int, UInt64) throws -> Rows,
        fresh: (Int, UInt64) throws -> [(name: String, rows: Rows)]
    ) throws -> (learned: Rows, heldOut: [(name: String, rows: Rows)]) {
        let seed = arguments.seed
        guard let file else {
            let requests = arguments.requests ?? HeadTrainingArguments.usualRequests
            return (
                try answered(requests, seed), try fresh(Self.heldOutRequests, seed &+ 0x5EED)
            )
        }
        let parts = file.parts(seed: seed)
        return (
            try labelled(parts.learned, file), [("held out", try labelled(parts.heldOut, file))]
        )
    }

    /// Writes the head.
    func write(_ bytes: [UInt8]) throws { try SystemFiles().replaceFile(arguments.out, with: bytes) }

    /// The head's file.
    var out: String { arguments.out }
}
