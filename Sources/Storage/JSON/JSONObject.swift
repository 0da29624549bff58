/// What is wrong with a value in a JSON file that a person wrote.
public struct JSONObjectError: Fault, Equatable {
    /// The file, with line and column where they are known.
    public let place: String
    /// What is wrong and what to do, with the key where there is one.
    public let message: String
    /// What kind of fault it is.
    public var kind: FaultKind { .configuration }
    /// One line.
    public var description: String { "\(place): \(message)" }
}

/// An object of a JSON file that a person wrote, read key by key; faults name file, line and column.
///
/// A key that is not there gives nil; one that holds something else is a fault.
package struct JSONObject {
    /// The value itself.
    package let value: JSONValue
    private let file: String
    private let what: String

    /// Takes a value, which may be no object until it was checked.
    ///
    /// - Parameters:
    ///   - value: from the file.
    ///   - file: its path, for messages.
    ///   - what: it is called in them, such as `the benchmark`.
    package init(_ value: JSONValue, of file: String, called what: String) {
        (self.value, self.file, self.what) = (value, file, what)
    }

    /// Reads a file that is one object of some keys.
    ///
    /// - Throws: `JSONObjectError`.
    package init(parsing bytes: [UInt8], of file: String, called what: String, keys: [String]) throws {
        do throws(JSONError) {
            self.init(try JSONValue(parsing: bytes), of: file, called: what)
        } catch { throw JSONObjectError(place: "\(file):\(error.position)", message: error.message) }
        try check(keys)
    }

    /// A fault of a value.
    package func error(_ value: JSONValue, _ message: String) -> JSONObjectError {
        JSONObjectError(place: value.position.map { "\(file):\($0)" } ?? file, message: message)
    }

    /// A fault of the object.
    package func error(_ message: String) -> JSONObjectError { error(value, message) }

    /// A fault of what a key holds, or of the object without it.
    package func error(_ key: String, _ message: String) -> JSONObjectError {
        error(value[key] ?? value, "\(key): \(message)")
    }

    /// Checks that it is an object and has no other keys.
    ///
    /// - Throws: `JSONObjectError` with the key that was probably meant.
    package func check(_ keys: [String]) throws {
        guard let members = value.members else { throw error("\(what) is \(value.kind), not an object.") }
        for member in members where !keys.contains(member.key) {
            throw JSONObjectError(
                place: member.position.map { "\(file):\($0)" } ?? file,
                message:
                    "\(oneLine(member.key)): unknown key. \(suggestion(for: member.key, among: keys, called: "keys"))"
            )
        }
    }

    /// Checks that no name stands there twice.
    package func checkDistinct(_ key: String, _ names: [String]) throws {
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw error(key, "\(name) stands there twice. Give each a name of its own.")
        }
    }

    /// Text that is not empty.
    package func text(_ key: String) throws -> String? {
        guard let member = value[key] else { return nil }
        guard let text = member.string, !text.isEmpty else {
            throw error(member, "\(key): \(member.kind), where text is needed.")
        }
        return text
    }

    /// A list of texts, at least one.
    package func texts(_ key: String, _ need: String) throws -> [String]? {
        guard let member = value[key] else { return nil }
        let texts = member.elements?.compactMap(\.string) ?? []
        guard !texts.isEmpty, texts.count == member.elements?.count else { throw error(key, need) }
        return texts
    }

    /// A whole number of a range.
    package func count(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let member = value[key] else { return nil }
        guard let number = member.number?.int, range.contains(number) else {
            throw error(
                member, "\(key): a whole number from \(range.lowerBound) to \(range.upperBound) is needed.")
        }
        return number
    }

    /// A number between two others.
    package func number(_ key: String, above low: Double, below high: Double) throws -> Double? {
        guard let member = value[key] else { return nil }
        guard let number = member.number?.double, number > low, number < high else {
            throw error(member, "\(key): a number between \(low) and \(high) is needed.")
        }
        return number
    }

    /// A list, at least one element.
    package func elements(_ key: String) throws -> [JSONValue]? {
        guard let member = value[key] else { return nil }
        guard let elements = member.elements, !elements.isEmpty else {
            throw error(member, "\(key): a list of numbers is needed.")
        }
        return elements
    }

    /// Two numbers in a list, the smaller first; nil for anything else.
    package static func range(_ value: JSONValue) -> ClosedRange<Double>? {
        let ends = (value.elements ?? []).compactMap { $0.number?.double }
        guard ends.count == 2, value.elements?.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]...ends[1]
    }

    /// An object in this one.
    package func object(_ key: String) throws -> JSONObject? {
        value[key].map { JSONObject($0, of: file, called: "\"\(key)\"") }
    }

    /// A list of objects, at least one.
    package func list<Element>(_ key: String, _ read: (JSONObject) throws -> Element) throws -> [Element] {
        guard let elements = value[key]?.elements, !elements.isEmpty else {
            throw error(key, "a list of objects is needed, at least one.")
        }
        return try elements.map { try read(JSONObject($0, of: file, called: "an entry of \"\(key)\"")) }
    }
}
