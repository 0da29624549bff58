import Storage

/// A chat template that was refused, or that refused a conversation.
public enum ChatTemplateError: Fault, Equatable {
    /// Part of Jinja that is not understood, by its name.
    case unsupported(String, offset: Int, place: String)
    /// Text that is no template.
    case malformed(String, offset: Int, place: String)
    /// A value that an operation cannot take.
    case value(String, offset: Int, place: String)
    /// The template's own `raise_exception`.
    case refused(String, place: String)
    /// The template ran too long or wrote too much.
    case limit(String, place: String)
    /// There is no template.
    case missing(place: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        if case .refused = self { .usage } else { .badData }
    }

    /// One sentence beginning with the file.
    public var description: String {
        switch self {
        case .unsupported(let what, let offset, let place):
            "\(place): the chat template has \(what) at character \(offset), which saferl does not understand. "
                + "Use a model with a plainer template."
        case .malformed(let what, let offset, let place):
            "\(place): the chat template is broken at character \(offset): \(what). Convert the model again."
        case .value(let what, let offset, let place):
            "\(place): the chat template fails at character \(offset): \(what). Give messages that it was made for."
        case .refused(let what, let place): "\(place): the chat template refuses the conversation: \(what)."
        case .limit(let what, let place):
            "\(place): the chat template \(what). Use a model with a plainer template."
        case .missing(let place):
            "\(place): the model has no chat template. Use one that was trained on conversations."
        }
    }
}

/// A refusal at a place in the template, before the file's name is put before it.
struct ChatFault: Error {
    enum Kind { case unsupported, malformed, value, refused, limit }
    let kind: Kind
    let text: String
    var offset = 0

    func error(at place: String) -> ChatTemplateError {
        // Characters of the template may be part of it.
        let text = oneLine(self.text)
        return switch kind {
        case .unsupported: .unsupported(text, offset: offset, place: place)
        case .malformed: .malformed(text, offset: offset, place: place)
        case .value: .value(text, offset: offset, place: place)
        case .refused: .refused(text, place: place)
        case .limit: .limit(text, place: place)
        }
    }

    static func unsupported(_ text: String, _ offset: Int) -> Self {
        Self(kind: .unsupported, text: text, offset: offset)
    }
    static func malformed(_ text: String, _ offset: Int) -> Self {
        Self(kind: .malformed, text: text, offset: offset)
    }
    static func value(_ text: String, _ offset: Int) -> Self {
        Self(kind: .value, text: text, offset: offset)
    }
}
