import LanguageModels
import Reliability
import SafeRL
import Tensors

/// The tokens that a template puts around the last words of a conversation.
struct PromptFrame {
    private let before, behind: Int

    /// Found by what two prompts of different words have in common.
    private init(_ earlier: [String], _ text: TextTokens) {
        func prompt(_ words: String) -> [Int32] { text.prompt(Dialogue(earlier + [words])) }
        let (one, other) = (prompt("7"), prompt("q"))
        func common(_ one: some Sequence<Int32>, _ other: some Sequence<Int32>) -> Int {
            zip(one, other).prefix { $0 == $1 }.count
        }
        before = common(one, other)
        behind = min(common(one.reversed(), other.reversed()), min(one.count, other.count) - before)
    }

    /// How many tokens stand behind the words of a first request.
    static func tokensBehind(_ text: TextTokens) -> Int { PromptFrame([], text).behind }

    /// A prompt as a hook changes it.
    ///
    /// - Parameters:
    ///   - dialogue: whose last words are the request.
    ///   - text: the template with its tokens.
    ///   - hook: what changes it.
    ///   - stream: what the hook draws from.
    /// - Returns: its tokens.
    static func prompt(
        _ dialogue: Dialogue, _ text: TextTokens, _ hook: PromptHook, using stream: inout RandomStream
    ) -> [Int32] {
        let earlier = Array(dialogue.turns.dropLast())
        let words = hook.text(dialogue.turns.last ?? "", &stream)
        let plain = text.prompt(Dialogue(earlier + [words]))
        let frame = PromptFrame(earlier, text)
        guard plain.count >= frame.before + frame.behind else { return plain }
        let own = Array(plain[frame.before..<plain.count - frame.behind])
        return plain[..<frame.before] + hook.tokens(own, &stream)
            + plain[(plain.count - frame.behind)...]
    }
}
