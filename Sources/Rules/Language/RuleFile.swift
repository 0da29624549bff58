import Storage

/// Rules as a file says them, read and checked: version 1 of the language.
public struct RuleFile: Sendable {
    /// The largest file that is read, in bytes.
    public static let largest = 1 << 20

    /// The file's name, as it was given.
    public let name: String
    /// SHA-256 of its bytes.
    public let digest: String
    private(set) var content: RuleContent
    /// Seconds of a step, where they are known.
    public let stepDuration: Double?
    /// Places of variables.
    let slots: Int

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - text: the file's content.
    ///   - name: for messages.
    ///   - stepDuration: seconds of a step, above 0, for windows in seconds; nothing where it is not known.
    /// - Throws: `RuleError` for the first fault in reading order.
    public init(_ text: String, name: String, stepDuration: Double? = nil) throws(RuleError) {
        var parser = try Parser(text, file: name, stepDuration: stepDuration)
        content = try parser.parse()
        (self.name, slots, self.stepDuration) = (name, parser.slots, stepDuration)
        digest = SHA256.hexadecimal(of: text.utf8)
    }

    /// No rules, which allow everything.
    public static let none = RuleFile()

    private init() {
        (content, name, slots, stepDuration) = (RuleContent(), "none", 0, nil)
        digest = SHA256.hexadecimal(of: "".utf8)
    }

    /// Reads bytes.
    ///
    /// - Throws: `RuleError`, also for what is larger than `largest`, no UTF-8, or holds a NUL.
    public init(bytes: [UInt8], name: String, stepDuration: Double? = nil) throws(RuleError) {
        let start = TextPosition(line: 1, column: 1)
        guard bytes.count <= Self.largest else {
            throw RuleError(
                name, start, .limit,
                "\(bytes.count) bytes; a file of rules has at most \(Self.largest). Split it.")
        }
        if let place = bytes.firstIndex(of: 0) {
            let line = bytes[..<place].count { $0 == 10 } + 1
            throw RuleError(
                name, TextPosition(line: line, column: 1), .character, "a NUL in this line. Remove it.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RuleError(name, start, .character, "no UTF-8. Save the file as UTF-8.")
        }
        try self.init(text, name: name, stepDuration: stepDuration)
    }

    /// The same rules with other errors of the models, in their order, each at least 0.
    public func withErrors(_ errors: [Double]) -> RuleFile {
        precondition(
            errors.count == content.models.count, "\(errors.count) errors for \(content.models.count) models")
        var changed = self
        changed.content.models = zip(content.models, errors).map { model, error in
            OneStepModel(signal: model.signal, term: model.term, error: error)
        }
        return changed
    }

    /// The rules, in the order of the file.
    public var rules: [Rule] { content.rules }
    /// Columns that rules read.
    public var signals: [Signal] { content.signals }
    /// What happens or is done.
    public var events: [EventDeclaration] { content.events }
    /// What is asked of the world.
    public var states: [StateDeclaration] { content.states }
    /// What next signals will be.
    public var models: [OneStepModel] { content.models }
}
