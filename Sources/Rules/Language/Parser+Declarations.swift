import Storage

/// What a file of rules says, as far as it is read.
struct RuleContent: Sendable {
    var signals: [Signal] = []
    var events: [EventDeclaration] = []
    var states: [StateDeclaration] = []
    var models: [OneStepModel] = []
    var rules: [Rule] = []
    /// Seconds of a step, for texts that say them; nothing for texts of the language alone.
    var shownStep: Double?
    /// Names that a model follows somewhere.
    var modelled: Set<String> = []

    /// Whether a signal's coming value is known by a model.
    func isForeseen(_ signal: Int) -> Bool {
        let own = signals[signal]
        return own.source == .observation
            && signals.contains { $0.source == .next && $0.index == own.index && modelled.contains($0.name) }
    }
}

extension Parser {
    /// Rules that a file may have.
    static let ruleLimit = 1000
    private static let mostRemembered = 1_000_000

    /// Everything that the file says.
    mutating func parse() throws(RuleError) -> RuleContent {
        try expect("rules")
        let place = token.position
        let version = try integer()
        guard version == 1 else {
            throw error(place, .version, "version \(version) of the language; this saferl reads version 1.")
        }
        while token.kind != .end { try item() }
        guard !content.rules.isEmpty else {
            throw error(token.position, .empty, "a file without a rule. Write one, such as \"rule a: true\".")
        }
        return content
    }

    private mutating func item() throws(RuleError) {
        let start = token
        switch start.spelling {
        case "signal": try signal(start.position)
        case "constant":
            advance()
            let (name, _) = try newName("a name")
            try expect("=")
            meanings[name] = .constant(try signedNumber())
        case "call", "event": try event(isCall: start.spelling == "call")
        case "state": try state()
        case "define":
            advance()
            let (name, _) = try newName("a name")
            try expect("=")
            let found = try expression(1)
            if found.type == .text { try check(found, is: .flag) }
            meanings[name] = .definition(found.expression, found.type)
        case "model": try model()
        case "rule", "watch": try rule(isWatched: start.spelling == "watch")
        default:
            throw error(
                start.position, .item,
                "no declaration begins with \(start.shown). They begin with signal, constant, call, event, state, "
                    + "define, model, rule or watch.")
        }
    }

    private mutating func signal(_ start: TextPosition) throws(RuleError) {
        advance()
        let (name, _) = try newName("a name")
        try expect("=")
        guard let source = Signal.Source(rawValue: token.spelling) else {
            throw unexpected("observation, action or next")
        }
        advance()
        try expect("[")
        let index = try integer()
        try expect("]")
        var range: ClosedRange<Double>?
        if accept("in") {
            let low = try signedNumber()
            try expect("...")
            let high = try signedNumber()
            guard low <= high else {
                throw error(
                    start, .range, "an empty range \(low) ... \(high). Write the smaller bound first.")
            }
            range = low...high
        }
        meanings[name] = .signal(content.signals.count)
        content.signals.append(Signal(name: name, source: source, index: index, range: range))
    }

    private mutating func parameters() throws(RuleError) -> [Parameter] {
        var found: [Parameter] = []
        try expect("(")
        while !token.isMark(")") {
            if !found.isEmpty { try expect(",") }
            guard case .name(let name) = token.kind else { throw unexpected("a parameter's name") }
            let place = advance().position
            guard !found.contains(where: { $0.name == name }) else {
                throw error(place, .twice, "the parameter \"\(name)\" stands twice. Rename one of the two.")
            }
            try expect(":")
            found.append(Parameter(name: name, type: try type()))
        }
        advance()
        return found
    }

    private mutating func type() throws(RuleError) -> ValueType {
        guard case .name(let name) = token.kind else { throw unexpected("number, text or flag") }
        guard let type = ValueType(rawValue: name) else {
            throw error(token.position, .type, "no type \"\(name)\". There are number, text and flag.")
        }
        advance()
        return type
    }

    private mutating func event(isCall: Bool) throws(RuleError) {
        advance()
        let (name, position) = try newName("a name")
        let parameters = try parameters()
        var remembered = 256
        if accept("remember") {
            let place = token.position
            remembered = try integer()
            guard 1...Self.mostRemembered ~= remembered else {
                throw error(
                    place, .range, "remember \(remembered). Write a number from 1 to \(Self.mostRemembered).")
            }
        }
        meanings[name] = .event(content.events.count)
        content.events.append(
            EventDeclaration(
                name: name, parameters: parameters, isCall: isCall, remembered: remembered, position: position
            ))
    }

    private mutating func state() throws(RuleError) {
        advance()
        let (name, _) = try newName("a name")
        let parameters = try parameters()
        try expect(":")
        meanings[name] = .state(content.states.count)
        content.states.append(StateDeclaration(name: name, parameters: parameters, type: try type()))
    }

    private mutating func model() throws(RuleError) {
        advance()
        let (name, place) = try name("a next signal")
        guard case .signal(let number) = meanings[name], content.signals[number].source == .next else {
            throw error(place, .model, "\"\(name)\" is no next signal. Declare it: signal \(name) = next[0].")
        }
        guard !content.models.contains(where: { $0.signal == number }) else {
            throw error(place, .twice, "\"\(name)\" has two models. Remove one of them.")
        }
        try expect("=")
        let term = try term()
        guard !term.reads(.next, of: content) else {
            throw error(
                place, .model, "the model of \"\(name)\" reads a next signal. It may read what is known now.")
        }
        guard !term.remembers else {
            throw error(
                place, .model, "the model of \"\(name)\" reads the past. It may read what is known now.")
        }
        try expect("within")
        let width = try signedNumber()
        guard width >= 0 else {
            throw error(place, .range, "an error of \(width), below 0. Write how far the model may be off.")
        }
        content.models.append(OneStepModel(signal: number, term: term, error: width))
    }
}
