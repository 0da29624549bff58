import Storage

/// A condition on evidence files, over exact numbers and Kleene's three truth values.
///
///     or  := and ('||' and)*      and := not ('&&' not)*      not := '!' not | cmp
///     cmp := sum (('<='|'<'|'>='|'>'|'=='|'!=') sum)?         sum := term (('+'|'-') term)*
///     term := factor (('*'|'/') factor)*
///     factor := number | "text" | true | false | ref | '-' factor | '(' or ')' | name '(' args ')'
///     ref := evidence ('.' member | '[' index ']' | '["member"]')*      functions: present length min max abs digest
///
/// A number is the fraction that its text in the file says. Unknown are a member that is missing or null, a value of the
/// wrong type, a division by zero, an order of texts, and a number beyond `Rational.mostBits`.
package struct EvidencePredicate: Sendable {
    /// As it was written.
    package let text: String
    let expression: Expression

    /// Reads a predicate.
    ///
    /// - Throws: `PredicateTextError` with the column.
    package init(_ text: String) throws(PredicateTextError) {
        self.text = text
        expression = try PredicateParser.expression(text, isStep: false)
    }

    /// Names of evidence that it mentions, each once, in their order.
    package var evidence: [String] { expression.evidence }

    /// What it says of evidence.
    ///
    /// - Parameter evidence: what stands in a file; nothing where it may not be relied on.
    /// - Returns: unknown where what stands there does not decide.
    package func truth(_ evidence: (String) -> JSONValue?) -> Truth { expression.value(evidence).truth }
}

extension EvidencePredicate {
    /// Parts that `&&` joins, as they were written; the whole where it joins none.
    var conjuncts: [String] {
        guard case .and = expression, var scanner = try? PredicateScanner(text) else { return [text] }
        let scalars = Array(text.unicodeScalars)
        func part(_ range: Range<Int>) -> String {
            var part = String.UnicodeScalarView()
            part.append(contentsOf: scalars[range])
            let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
            let text = String(part).drop(while: isBlank)
            return String(text.prefix(text.count - text.reversed().prefix(while: isBlank).count))
        }
        var (parts, start, depth) = ([String](), 0, 0)
        while let (token, column) = try? scanner.scan(), token != .end {
            switch token {
            case .sign("("), .sign("["): depth += 1
            case .sign(")"), .sign("]"): depth -= 1
            case .sign("&&") where depth == 0:
                parts.append(part(start..<column - 1))
                start = column + 1
            default: break
            }
        }
        return parts + [part(start..<scalars.count)]
    }

    /// The part that keeps it from being true, a false one rather than one that is unknown; nothing where it is true.
    ///
    /// - Parameter evidence: as for `truth`.
    /// - Returns: the part and what it is, such as `a.n >= 59 is false`.
    package func shortfall(_ evidence: (String) -> JSONValue?) -> String? {
        let parts = conjuncts.map { ($0, (try? EvidencePredicate($0))?.truth(evidence) ?? .unknown) }
        return (parts.first { $0.1 == .no } ?? parts.first { $0.1 == .unknown }).map {
            "\($0.0) is \($0.1.rawValue)"
        }
    }
}

extension Expression {
    /// Names of evidence that it mentions, each once, in their order.
    var evidence: [String] {
        references.map(\.evidence).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// What a formula comes to.
enum PredicateValue {
    case number(Rational)
    case text(String)
    case truth(Bool)
    case unknown

    /// As a truth value: what is none is unknown.
    var truth: Truth { if case .truth(let value) = self { Truth(value) } else { .unknown } }

    /// Its number, where it is one.
    var number: Rational? { if case .number(let value) = self { value } else { nil } }

    init(_ truth: Truth) { self = truth == .unknown ? .unknown : .truth(truth == .yes) }

    /// A number that is not too large to go on with.
    init(_ number: Rational?) {
        guard let number, number.bits <= Rational.mostBits else {
            self = .unknown
            return
        }
        self = .number(number)
    }

    init(_ value: JSONValue?) {
        self =
            switch value?.content {
            case .number(let number): PredicateValue(Rational(number.text))
            case .text(let text): .text(text)
            case .boolean(let truth): .truth(truth)
            default: .unknown
            }
    }
}

extension Reference {
    /// What stands there; nothing where a step leads nowhere.
    package func value(in document: JSONValue?) -> JSONValue? {
        steps.reduce(document) { value, step in
            switch step {
            case .member(let name): value?.members?.first { ExactText($0.key) == ExactText(name) }?.value
            case .index(let index): value?.elements.flatMap { index < $0.count ? $0[index] : nil }
            }
        }
    }
}

extension Expression {
    /// What it comes to; quantities of steps are unknown.
    func value(_ evidence: (String) -> JSONValue?) -> PredicateValue {
        switch self {
        case .number(let number): return .number(number)
        case .text(let text): return .text(text)
        case .truth(let truth): return .truth(truth)
        case .quantity: return .unknown
        case .reference(let place): return PredicateValue(place.value(in: evidence(place.evidence)))
        case .negative(let a): return PredicateValue(a.value(evidence).number.map { -$0 })
        case .not(let a): return PredicateValue(!a.value(evidence).truth)
        case .and(let a, let b): return PredicateValue(a.value(evidence).truth && b.value(evidence).truth)
        case .or(let a, let b): return PredicateValue(a.value(evidence).truth || b.value(evidence).truth)
        case .arithmetic(let operation, let a, let b):
            guard let a = a.value(evidence).number, let b = b.value(evidence).number else { return .unknown }
            return PredicateValue(operation.result(a, b))
        case .comparison(let comparison, let a, let b):
            return PredicateValue(comparison.truth(a.value(evidence), b.value(evidence)))
        case .call(let function, let arguments): return function.value(arguments, evidence)
        }
    }
}

extension Expression.Operation {
    /// The exact result; nothing for a division by zero.
    func result(_ a: Rational, _ b: Rational) -> Rational? {
        switch self {
        case .plus: a + b
        case .minus: a - b
        case .times: a * b
        case .over: b.isZero ? nil : a / b
        }
    }
}

extension Expression.Comparison {
    fileprivate func truth(_ a: PredicateValue, _ b: PredicateValue) -> Truth {
        switch (a, b) {
        case (.number(let a), .number(let b)): return Truth(holds(between: a, and: b))
        case (.text(let a), .text(let b)): return equality(ExactText(a) == ExactText(b))
        case (.truth(let a), .truth(let b)): return equality(a == b)
        default: return .unknown
        }
    }

    private func equality(_ isEqual: Bool) -> Truth {
        switch self {
        case .equal: Truth(isEqual)
        case .unequal: Truth(!isEqual)
        default: .unknown
        }
    }

    /// Whether it holds between two numbers.
    func holds(between a: Rational, and b: Rational) -> Bool {
        switch self {
        case .atMost: a <= b
        case .below: a < b
        case .atLeast: a >= b
        case .above: a > b
        case .equal: a == b
        case .unequal: a != b
        }
    }
}

extension Expression.Function {
    fileprivate func value(_ arguments: [Expression], _ evidence: (String) -> JSONValue?) -> PredicateValue {
        if takesReference {
            guard case .reference(let place) = arguments[0], let document = evidence(place.evidence) else {
                return .unknown
            }
            if self == .digest { return PredicateValue(evidence(FoundEvidence.digest(of: place.evidence))) }
            let value = place.value(in: document)
            if self == .present { return .truth(value.map { $0 != .null } ?? false) }
            return PredicateValue(value?.elements.map { Rational($0.count) })
        }
        let numbers = arguments.compactMap { $0.value(evidence).number }
        return numbers.count == arguments.count ? PredicateValue(result(numbers)) : .unknown
    }

    /// Its value for numbers; nothing where it does not take numbers.
    func result(_ numbers: [Rational]) -> Rational? {
        switch self {
        case .min: numbers.min()
        case .max: numbers.max()
        case .abs: numbers[0].magnitude
        case .present, .length, .digest: nil
        }
    }
}
