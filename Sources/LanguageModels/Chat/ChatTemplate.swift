import Storage

/// One turn of a conversation.
public struct ChatMessage: Sendable, Equatable, Codable {
    /// Who speaks, such as `system`, `user` or `assistant`: a word of the program, never a person's text.
    public var role: String
    /// What is said; control tokens in it stay text.
    public var content: String

    /// Makes a turn.
    public init(role: String, content: String) { (self.role, self.content) = (role, content) }
}

/// How a model wants conversations written: the part of Jinja that chat templates use, refused by name where it goes beyond.
///
/// Understood are `for`, `if`, `set`, outputs and comments; texts, numbers, lists, names, members, elements, slices; the operators
/// `+ - * // % ~ == != < > <= >= and or not in`, choices and the tests `defined none string true false mapping`; the filters
/// `trim upper lower length default tojson join` and the methods `strip lstrip rstrip split startswith endswith replace` of texts;
/// `raise_exception` and `namespace`. A template of more is refused when it is read, so before a model runs. Running ends after 10⁶
/// steps or 2²⁰ characters.
///
/// - SeeAlso: alignment.md 1.7.
public struct ChatTemplate: Sendable {
    private let statements: [ChatStatement]
    private let place: String

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - text: Jinja, as `chat_template` of a model holds it.
    ///   - place: the file, for messages.
    /// - Throws: what is not understood, with its offset in characters.
    public init(parsing text: String, place: String) throws(ChatTemplateError) {
        self.place = place
        do throws(ChatFault) {
            statements = try ChatStatementParser.statements(text)
        } catch {
            throw error.error(at: place)
        }
    }

    /// Writes a conversation.
    ///
    /// - Parameters:
    ///   - messages: the turns so far.
    ///   - addsReply: whether the beginning of a reply is written behind them.
    ///   - tools: descriptions of tools, as a list; nil for none.
    ///   - variables: what else the template may ask for, such as `enable_thinking`.
    ///   - specialTokens: what `bos_token` and `eos_token` are.
    /// - Returns: the text, in which what messages and tools say is marked as from outside.
    /// - Throws: where a value has the wrong kind, where the template refuses, and at the limits.
    public func text(
        _ messages: [ChatMessage], addsReply: Bool = true, tools: JSONValue? = nil,
        variables: [String: JSONValue] = [:], specialTokens: (begin: String?, end: String?) = (nil, nil)
    ) throws(ChatTemplateError) -> ChatText {
        var globals = variables.mapValues { ChatValue($0) }
        globals["messages"] = .list(
            messages.map {
                .mapping([
                    ("role", .text(ChatText($0.role))),
                    ("content", .text(ChatText($0.content, isOutside: true))),
                ])
            })
        globals["add_generation_prompt"] = .boolean(addsReply)
        if let tools { globals["tools"] = ChatValue(tools) }
        if let begin = specialTokens.begin { globals["bos_token"] = .text(ChatText(begin)) }
        if let end = specialTokens.end { globals["eos_token"] = .text(ChatText(end)) }
        var interpreter = ChatInterpreter(globals)
        do throws(ChatFault) {
            try interpreter.run(statements)
        } catch {
            throw error.error(at: place)
        }
        return interpreter.output
    }
}
