import Storage

/// An object of a request, read key by key; `null` is a key that is not there.
struct RequestFields {
    let value: JSONValue
    private let place: String

    /// Takes an object of known keys.
    ///
    /// - Parameters:
    ///   - value: of the request.
    ///   - place: what stands before its keys in messages, such as `messages[0].`.
    ///   - known: its keys.
    /// - Throws: `ServingError` for another kind of value, and for another key.
    init(_ value: JSONValue, at place: String = "", known: [String]) throws(ServingError) {
        guard let members = value.members else {
            throw ServingError(
                400, "\(place.isEmpty ? "the body" : String(place.dropLast())): an object is needed.")
        }
        for member in members where !known.contains(member.key) {
            throw ServingError(
                400,
                "\(place)\(oneLine(member.key)): unknown key. \(suggestion(for: member.key, among: known, called: "keys"))",
                code: "unknown_parameter", parameter: place + oneLine(member.key))
        }
        (self.value, self.place) = (value, place)
    }

    /// What a key holds.
    subscript(key: String) -> JSONValue? { value[key].flatMap { $0 == .null ? nil : $0 } }

    /// The fault of a key.
    func fault(_ key: String, _ need: String, code: String? = nil) -> ServingError {
        ServingError(400, "\(place)\(key): \(need)", code: code, parameter: place + key)
    }

    func text(_ key: String) throws(ServingError) -> String? {
        guard let member = self[key] else { return nil }
        guard let text = member.string else { throw fault(key, "text is needed.") }
        return text
    }

    func flag(_ key: String) throws(ServingError) -> Bool? {
        guard let member = self[key] else { return nil }
        guard let flag = member.bool else { throw fault(key, "true or false is needed.") }
        return flag
    }

    func whole(_ key: String, _ range: ClosedRange<Int>) throws(ServingError) -> Int? {
        guard let member = self[key] else { return nil }
        guard let number = member.number?.int, range.contains(number) else {
            throw fault(key, "a whole number from \(range.lowerBound) to \(range.upperBound) is needed.")
        }
        return number
    }

    func number(_ key: String, _ range: ClosedRange<Double>) throws(ServingError) -> Double? {
        guard let member = self[key] else { return nil }
        guard let number = member.number?.double, range.contains(number) else {
            throw fault(key, "a number from \(range.lowerBound) to \(range.upperBound) is needed.")
        }
        return number
    }

    /// Refuses what would have an effect that this server does not have.
    ///
    /// - Parameters:
    ///   - key: may be there.
    ///   - idle: what it may hold because it asks for nothing.
    /// - Throws: `ServingError` with the key.
    func refuse(_ key: String, unless idle: (JSONValue) -> Bool) throws(ServingError) {
        guard let member = self[key], !idle(member) else { return }
        throw fault(key, "not supported by this server. Leave it out.", code: "unsupported_parameter")
    }
}
