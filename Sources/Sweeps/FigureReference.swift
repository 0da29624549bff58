import Storage

/// A number in what a run leaves behind, such as `evaluation.return_mean`.
public struct FigureReference: Sendable, Equatable {
    /// What a reference can begin with.
    public static let documents = ["evaluation", "manifest", "config", "certificate"]

    /// The document, and the keys in it.
    public let document: String, keys: [String]

    /// Reads a dotted name.
    ///
    /// - Throws: `ConditionFault` for another document, or none of its keys.
    public init(_ text: String) throws(ConditionFault) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let document = parts.first, Self.documents.contains(document), parts.count > 1,
            !parts.contains("")
        else {
            throw ConditionFault(
                "\(oneLine(text)): no figure of a run. Begin with one of "
                    + "\(Self.documents.map { $0 + "." }.joined(separator: ", ")) for example evaluation.return_mean."
            )
        }
        (self.document, keys) = (document, Array(parts.dropFirst()))
    }

    /// As it is written.
    public var text: String { ([document] + keys).joined(separator: ".") }

    /// The number; nothing where it is not there.
    public func value(in document: (String) -> JSONValue?) -> Double? {
        let found = document(self.document)
        // Lines of metrics have dots in their keys.
        let value = found?[keys.joined(separator: ".")] ?? keys.reduce(found) { $0?[$1] }
        return value?.number?.double
    }
}

/// A comparison that a trial is to keep: `a <= b` or `a >= b`, of figures and numbers.
public struct FigureCondition: Sendable, Equatable {
    private enum Operand: Equatable {
        case number(Double)
        case figure(FigureReference)

        init(_ text: String) throws(ConditionFault) {
            let bare = text.trimming
            if let number = (try? JSONValue(parsing: Array(bare.utf8)))?.number {
                self = .number(number.double)
            } else {
                self = .figure(try FigureReference(bare))
            }
        }

        func value(in document: (String) -> JSONValue?) -> Double? {
            switch self {
            case .number(let number): number
            case .figure(let figure): figure.value(in: document)
            }
        }
    }

    /// As it is written.
    public let text: String
    /// What is to be at most the other.
    private let smaller, larger: Operand

    /// Reads a condition.
    ///
    /// - Throws: `ConditionFault`.
    public init(_ text: String) throws(ConditionFault) {
        self.text = text
        for sign in ["<=", ">="] {
            let sides = text.split(separator: sign, omittingEmptySubsequences: false).map(String.init)
            guard sides.count == 2 else { continue }
            let operands = (try Operand(sides[0]), try Operand(sides[1]))
            (smaller, larger) = sign == "<=" ? operands : (operands.1, operands.0)
            return
        }
        throw ConditionFault(
            "\(oneLine(text)): not one comparison of two numbers. Write for example evaluation.cost_mean <= 5."
        )
    }

    /// The figures in it.
    public var figures: [FigureReference] {
        [smaller, larger].compactMap { if case .figure(let figure) = $0 { figure } else { nil } }
    }

    /// By how much it is missed, 0 where it holds; nothing where a figure is not there.
    public func violation(in document: (String) -> JSONValue?) -> Double? {
        guard let smaller = smaller.value(in: document), let larger = larger.value(in: document) else {
            return nil
        }
        return max(0, smaller - larger)
    }
}

/// What is no figure or condition; one line.
public struct ConditionFault: Fault, Equatable {
    /// What is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }

    /// What kind of fault it is.
    public var kind: FaultKind { .configuration }
}

extension String {
    fileprivate var trimming: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
