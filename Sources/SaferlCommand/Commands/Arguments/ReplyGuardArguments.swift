import Alignment
import ArgumentParser
import ModelSafety

/// Guards around a language model, shared by the commands that talk to one.
struct ReplyGuardArguments: ParsableArguments {
    @ArgumentParser.Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "Refuse what this guard calls unsafe; may be repeated. A language model judges what is asked and what is answered, a stream head of \"saferl guard train-head\" too, token by token; a filter of \"saferl guard train-filter\" judges what is asked; by a reward head of \"saferl guard train-reward\" --search finds the reply.",
            valueName: "model|head|filter"), completion: .file())
    var guards: [String] = []
    @Flag(help: "With --guard: what is controversial counts as unsafe; also without it.") var strict = false
    @Flag(help: "With --guard: what is controversial counts as safe.") var loose = false
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --guard: the probability of being unsafe from which on a model's verdict refuses, in (0, 1]; 0.5 without it.",
            valueName: "p"))
    var threshold: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --guard: also judge all that is left of what is asked after erasing words (erase-and-check), such as suffix:20.",
            valueName: "mode"), transform: ErasureArgument.erasures)
    var erase: Erasures?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --guard: draw so many replies, and keep the one that is least likely to be unsafe; needs --temperature. With a reward head: search with so many nodes, drawing nothing.",
            valueName: "n"), transform: CountRange.whole)
    var search: Int?
    @Flag(
        name: .customLong("roll-back"),
        help:
            "With --guard: judge the beginning of a reply every 20 tokens, by a stream head every token, drop what is flagged and write it anew, 5 times at most; needs --temperature."
    )
    var rollsBack = false
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --roll-back: a sentence that the model reads where it writes anew, and that is not shown.",
            valueName: "text"))
    var introspection: String?

    /// Refuses what has no effect.
    func check(temperature: Float) throws {
        try CountRange.check("search", search, in: 2...64)
        let given = [
            ("strict", strict), ("loose", loose), ("threshold", threshold != nil), ("erase", erase != nil),
            ("search", search != nil),
            ("roll-back", rollsBack),
        ]
        if guards.isEmpty, let idle = given.first(where: \.1) {
            throw ValidationError("--\(idle.0) needs --guard, the model or filter that judges.")
        }
        if introspection != nil && !rollsBack {
            throw ValidationError("--introspection needs --roll-back, which writes replies anew.")
        }
        if let threshold, !(threshold > 0 && threshold <= 1) {
            throw ValidationError("--threshold \(threshold): must be above 0 and at most 1.")
        }
        if strict && loose { throw ValidationError("--strict and --loose are two policies. Choose one.") }
        if search != nil && rollsBack {
            throw ValidationError("--search and --roll-back are two ways to a reply. Choose one.")
        }
        let isGuided = search != nil && guards.contains(where: StoredRewardHead.isHead)
        if isGuided && temperature != 0 {
            throw ValidationError(
                "--temperature has no effect on a search by a reward head, which draws nothing. Leave it out."
            )
        }
        if search != nil || rollsBack, temperature == 0, !isGuided {
            throw ValidationError(
                "--\(rollsBack ? "roll-back" : "search") needs --temperature above 0: without it every reply is the same."
            )
        }
    }

    /// What the work is told; nothing where nothing guards.
    var request: ReplyGuardRequest? {
        guard !guards.isEmpty else { return nil }
        return ReplyGuardRequest(
            guards: guards, policy: loose ? .loose : .strict, threshold: threshold ?? 0.5, erasures: erase,
            search: rollsBack ? .rollingBack : search.map { .best(of: $0) } ?? .once,
            introspection: introspection ?? "")
    }
}
