import Tensors

/// A way in which a request reaches a policy other than it was written.
///
/// Random numbers come from a stream of each request, so that larger chances change the same places and more.
package enum PromptFault: Sendable, Hashable {
    /// Tokens of the request are lost with this probability.
    case dropout(probability: Double)
    /// A space of the request stands twice with this probability.
    case doubledSpaces(probability: Double)
    /// These tokens stand behind the request: an attacker's trigger.
    case trigger([Int32])

    /// What does it.
    package var hook: PromptHook {
        var hook = PromptHook()
        switch self {
        case .dropout(let probability):
            hook.tokens = { tokens, stream in
                tokens.filter { _ in Double(stream.nextUniform()) >= probability }
            }
        case .doubledSpaces(let probability):
            hook.text = { text, stream in
                var changed = ""
                for letter in text {
                    changed.append(letter)
                    if letter == " ", Double(stream.nextUniform()) < probability { changed.append(letter) }
                }
                return changed
            }
        case .trigger(let trigger): hook.tokens = { tokens, _ in tokens + trigger }
        }
        return hook
    }
}
