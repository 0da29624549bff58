/// Text of Unicode scalars that knows which of them came from outside of a template, such as what a person wrote.
///
/// Every operation keeps the mark of each scalar, so that the whole may be encoded with control tokens where the template's own
/// text has them, and nowhere else.
public struct ChatText: Sendable, Equatable {
    /// Scalars by value; the highest bit marks one from outside.
    private(set) var units: [UInt32]

    private static let outside: UInt32 = 1 << 31

    /// Marks a whole text.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - isOutside: whether it came from outside.
    public init(_ text: String, isOutside: Bool = false) {
        units = text.unicodeScalars.map { $0.value | (isOutside ? Self.outside : 0) }
    }

    init(units: [UInt32] = []) { self.units = units }

    /// The text.
    public var string: String {
        var scalars = String.UnicodeScalarView()
        for unit in units { if let scalar = Self.scalar(unit) { scalars.append(scalar) } }
        return String(scalars)
    }

    /// Scalars of it.
    public var count: Int { units.count }

    /// Whether a scalar came from outside.
    public func isOutside(_ place: Int) -> Bool { units[place] & Self.outside != 0 }

    /// Compares scalars, wherever they came from.
    func hasScalars(of other: ChatText) -> Bool {
        count == other.count && zip(units, other.units).allSatisfy { Self.isSame($0, $1) }
    }

    private static func isSame(_ a: UInt32, _ b: UInt32) -> Bool { (a ^ b) & ~outside == 0 }

    private static func scalar(_ unit: UInt32) -> Unicode.Scalar? { Unicode.Scalar(unit & ~outside) }

    static func isBlank(_ unit: UInt32) -> Bool {
        let value = unit & ~outside
        return 0x1C...0x1F ~= value || scalar(unit)?.properties.isWhitespace == true
    }
}

extension ChatText {
    static func + (a: ChatText, b: ChatText) -> ChatText { ChatText(units: a.units + b.units) }

    mutating func append(_ other: ChatText) { units.append(contentsOf: other.units) }

    subscript(range: Range<Int>) -> ChatText { ChatText(units: Array(units[range])) }

    /// Without what one or both ends have of some scalars, or of blanks.
    func stripped(of scalars: ChatText? = nil, front: Bool = true, back: Bool = true) -> ChatText {
        func goes(_ unit: UInt32) -> Bool {
            guard let scalars else { return Self.isBlank(unit) }
            return scalars.units.contains { Self.isSame($0, unit) }
        }
        var (first, end) = (0, count)
        if front { while first < end, goes(units[first]) { first += 1 } }
        if back { while first < end, goes(units[end - 1]) { end -= 1 } }
        return self[first..<end]
    }

    /// Every scalar by what Unicode maps it to.
    func mapped(_ mapping: (Unicode.Scalar.Properties) -> String) -> ChatText {
        var result: [UInt32] = []
        for unit in units {
            guard let scalar = Self.scalar(unit) else { continue }
            for other in mapping(scalar.properties).unicodeScalars {
                result.append(other.value | unit & Self.outside)
            }
        }
        return ChatText(units: result)
    }

    func begins(with other: ChatText, at place: Int = 0) -> Bool {
        place >= 0 && place + other.count <= count
            && zip(units[place...], other.units).allSatisfy { Self.isSame($0, $1) }
    }

    func ends(with other: ChatText) -> Bool { begins(with: other, at: count - other.count) }

    /// Where another text begins, from a place on.
    func place(of other: ChatText, from start: Int = 0) -> Int? {
        guard start + other.count <= count else { return nil }
        return (start...count - other.count).first { begins(with: other, at: $0) }
    }

    /// The parts between separators, which are not empty; between runs of blanks where nil.
    func split(by separator: ChatText?) -> [ChatText] {
        guard let separator else {
            return units.split(whereSeparator: Self.isBlank).map { ChatText(units: Array($0)) }
        }
        var (parts, done) = ([ChatText](), 0)
        while let place = place(of: separator, from: done) {
            parts.append(self[done..<place])
            done = place + separator.count
        }
        return parts + [self[done..<count]]
    }

    /// Less by the order of scalars.
    static func < (a: ChatText, b: ChatText) -> Bool {
        a.units.lazy.map { $0 & ~outside }.lexicographicallyPrecedes(b.units.lazy.map { $0 & ~outside })
    }
}

extension [ChatText] {
    /// All of them with a text in between.
    func joined(by separator: ChatText) -> ChatText {
        var result = ChatText()
        for (index, part) in enumerated() {
            if index > 0 { result.append(separator) }
            result.append(part)
        }
        return result
    }
}
