import Alignment
import ModelSafety
import SafeRL

/// What `saferl guard train-filter` does.
struct TrainFilterWork {
    let harmful: String
    let safe: String
    let erasures: Erasures
    let seed: UInt64
    let isDecoder: Bool
    let out: NewFile

    func run() throws {
        try out.check()
        let lists = (try PromptList(contentsOf: harmful), try PromptList(contentsOf: safe))
        if isDecoder { return try trainDecoder(lists.0, lists.1) }
        let filter = try WordFilter(harmful: lists.0, safe: lists.1, erasures: erasures, seed: seed)
        let text = filter.text
        try SystemFiles().replaceFile(out.path, with: Array(text.utf8))
        // On what it was trained on, and so no figure of what it does to other prompts.
        let (flagged, kept) = (
            lists.0.prompts.count(where: filter.isHarmful), lists.1.prompts.count { !filter.isHarmful($0) }
        )
        try Output.write(
            """
            \(out.path): a filter of \(filter.classifier.weights.count) words, versions of safe prompts by \(erasures)
            of its own training prompts \(flagged) of \(lists.0.prompts.count) harmful ones are flagged, \(kept) of \
            \(lists.1.prompts.count) safe ones kept
            SHA-256 \(filter.hash)
            """)
    }
    private func trainDecoder(_ harmful: PromptList, _ safe: PromptList) throws {
        let goOn = WatchedLine()
        defer { goOn.end() }
        var training = DecoderFilterTraining()
        training.seed = seed
        var least = Double.infinity
        let filter = try training(harmful: harmful, safe: safe, erasures: erasures) { epoch, loss in
            least = min(least, loss)
            try goOn("training: pass \(epoch) of \(training.epochs), loss on what is held out \(loss)")
        }
        goOn.end()
        try SystemFiles().replaceFile(out.path, with: filter.bytes)
        let (flagged, passed) = (
            try filter.areSurelyHarmful(harmful.prompts), try filter.areHarmful(safe.prompts)
        )
        try Output.write(
            """
            \(out.path): a decoder of \(filter.parameterCount) numbers, versions of safe prompts by \(erasures)
            of its own training prompts \(flagged.count { $0 }) of \(harmful.prompts.count) harmful ones are flagged, \
            \(passed.count { !$0 }) of \(safe.prompts.count) safe ones kept; least loss on a fifth of them \(least)
            SHA-256 \(filter.hash)
            """)
    }
}
