import Alignment
import ModelSafety
import SafeRL

/// What `saferl guard train-filter` does.
struct TrainFilterWork {
    let harmful: String
    let safe: String
    let erasures: Erasures
    let seed: UInt64
    let out: NewFile

    func run() throws {
        try out.check()
        let lists = (try PromptList(contentsOf: harmful), try PromptList(contentsOf: safe))
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
}
