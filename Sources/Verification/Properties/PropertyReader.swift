import Storage

extension VerificationProperty {
    /// Reads a property file.
    ///
    /// `{"network":"net.onnx","input":{"low":[…],"high":[…]},"property":{"kind":"range","objective":[1],"atMost":2.5},"semantics":"real"}`;
    /// kinds are range, bounds, robust and monotone.
    ///
    /// - Parameters:
    ///   - path: of a file of at most 1 MiB.
    ///   - semantics: replaces the file's.
    /// - Returns: the property, and the network that it names, as it stands there.
    /// - Throws: `StorageError`; `VerificationError` with line and column.
    public static func read(_ path: String, semantics: Semantics? = nil) throws -> (
        property: VerificationProperty, network: String?
    ) {
        let fault = FaultPlace(path)
        let value: JSONValue
        do { value = try JSONValue(parsing: try fileContents(path, limit: 1 << 20)) } catch let error
            as JSONError
        {
            throw fault(error.message + ".", at: "\(error.position)")
        }
        return try read(value, fault, semantics)
    }

    /// Reads a property from JSON.
    package static func read(_ value: JSONValue, _ fault: FaultPlace, _ semantics: Semantics? = nil)
        throws(VerificationError) -> (property: VerificationProperty, network: String?)
    {
        let file = try PropertyFields(value, fault, keys: ["network", "input", "property", "semantics"])
        let kind = try PropertyFields(try file.needed("property"), fault, keys: nil)
        let semantics = try Self.semantics(of: file, semantics)
        let network = file["network"]
        if let network, network.string == nil { throw file.fault("network is a path.", network) }
        let chosen = semantics ?? .float32
        return (try property(kind, box: try box(file), chosen, value), network?.string)
    }

    static func box(_ file: PropertyFields) throws(VerificationError) -> [ClosedInterval]? {
        guard let value = file["input"] else { return nil }
        let input = try PropertyFields(value, file.place, keys: ["low", "high"])
        let (low, high) = (try input.numbers("low"), try input.numbers("high"))
        guard low.count == high.count, !low.isEmpty else {
            throw file.fault("low has \(low.count) numbers and high \(high.count).", value)
        }
        for (index, (a, b)) in zip(low, high).enumerated() where a > b {
            throw file.fault("low[\(index)] is \(a), above high[\(index)], \(b): an empty box.", value)
        }
        return zip(low, high).map { ClosedInterval($0, $1) }
    }

    /// What a file says the network computes, unless something replaces it.
    static func semantics(of file: PropertyFields, _ other: Semantics?) throws(VerificationError)
        -> Semantics?
    {
        guard other == nil, let said = file["semantics"] else { return other }
        guard let known = said.string.flatMap(Semantics.init) else {
            throw file.fault("semantics is real or float32.", said)
        }
        return known
    }

    private static func property(
        _ fields: PropertyFields, box: [ClosedInterval]?, _ semantics: Semantics, _ whole: JSONValue
    ) throws(VerificationError) -> VerificationProperty {
        let name = try fields.needed("kind").string ?? ""
        if name == "robust" { return try robust(fields, box: box, semantics, whole) }
        guard let box else { throw fields.fault("input is missing: where the property is to hold.", whole) }
        let kind: Kind
        switch name {
        case "range":
            try fields.allow(["kind", "objective", "atLeast", "atMost"])
            kind = .range(
                objective: try fields.numbers("objective"), atLeast: try fields.number("atLeast"),
                atMost: try fields.number("atMost"))
        case "bounds":
            try fields.allow(["kind", "low", "high"])
            let (low, high) = (try fields.numbers("low"), try fields.numbers("high"))
            guard low.count == high.count, !zip(low, high).contains(where: { $0 > $1 }) else {
                throw fields.fault("low and high are not the ends of limits.", fields.value)
            }
            kind = .bounds(low: low, high: high)
        case "monotone":
            try fields.allow(["kind", "output", "input"])
            guard semantics == .real else {
                throw fields.fault(
                    "monotone is verified over the reals alone, since rounding is not monotone. Say \"semantics\":\"real\".",
                    fields.value)
            }
            kind = .monotone(output: try fields.index("output"), input: try fields.index("input"))
        default:
            throw fields.fault("kind is range, bounds, robust, monotone or invariant.", fields.value)
        }
        return VerificationProperty(kind, box: box, semantics: semantics, json: canonical(whole, semantics))
    }

    private static func robust(
        _ fields: PropertyFields, box: [ClosedInterval]?, _ semantics: Semantics, _ whole: JSONValue
    ) throws(VerificationError) -> VerificationProperty {
        try fields.allow(["kind", "point", "radius", "class", "change"])
        let (point, radius) = (try fields.numbers("point"), try fields.number("radius") ?? -1)
        guard radius >= 0, !point.isEmpty else {
            throw fields.fault("a radius from 0 is needed.", fields.value)
        }
        guard (fields["class"] == nil) != (fields["change"] == nil) else {
            throw fields.fault("either class or change says what is to stay.", fields.value)
        }
        var ball = point.map { ClosedInterval($0 - radius, $0 + radius) }
        if let box {
            guard box.count == ball.count else {
                throw fields.fault("point and input differ in size.", whole)
            }
            for (index, limits) in box.enumerated() {
                guard limits.contains(point[index]) else {
                    throw fields.fault("point[\(index)] lies outside of input.", fields.value)
                }
                ball[index] = ClosedInterval(
                    max(ball[index].low, limits.low), min(ball[index].high, limits.high))
            }
        }
        let kind: Kind
        if fields["class"] != nil {
            kind = .robust(choice: try fields.index("class"))
        } else {
            kind = .steady(change: try fields.number("change") ?? 0)
        }
        return VerificationProperty(
            kind, box: ball, semantics: semantics, centre: point, json: canonical(whole, semantics))
    }

    /// The property without the network's path, which is named by hash elsewhere, and with the semantics that apply.
    static func canonical(_ value: JSONValue, _ semantics: Semantics) -> JSONValue {
        let kept = (value.members ?? []).filter { $0.key != "network" && $0.key != "semantics" }
        return .object(kept.map { ($0.key, $0.value) } + [("semantics", .text(semantics.rawValue))])
    }
}

/// The members of an object of a property file.
struct PropertyFields {
    let value: JSONValue
    let place: FaultPlace
    private let members: [JSONMember]

    /// An object whose keys are all known; any keys are taken where none are named.
    init(_ value: JSONValue, _ place: FaultPlace, keys: [String]?) throws(VerificationError) {
        (self.value, self.place) = (value, place)
        guard let members = value.members else {
            throw place("an object is expected.", at: value.position.map { "\($0)" })
        }
        self.members = members
        if let keys { try allow(keys) }
    }

    /// Refuses other keys.
    func allow(_ keys: [String]) throws(VerificationError) {
        for member in members where !keys.contains(member.key) {
            throw place(
                "unknown key \(quoted(member.key)). Known: \(keys.joined(separator: ", ")).",
                at: member.position.map { "\($0)" })
        }
    }

    /// Something wrong with a value.
    func fault(_ cause: String, _ value: JSONValue) -> VerificationError {
        place(cause, at: value.position.map { "\($0)" })
    }

    subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    /// A member that must be there.
    func needed(_ key: String) throws(VerificationError) -> JSONValue {
        guard let found = self[key] else { throw fault("\(key) is missing.", value) }
        return found
    }

    /// A list of finite numbers.
    func numbers(_ key: String) throws(VerificationError) -> [Double] {
        let found = try needed(key)
        guard let elements = found.elements, elements.count <= 4096 else {
            throw fault("\(key) is a list of at most 4096 numbers.", found)
        }
        var numbers: [Double] = []
        for element in elements {
            guard let number = element.number?.double, number.isFinite else {
                throw fault("\(key) has an element that is not a finite number.", element)
            }
            numbers.append(number)
        }
        return numbers
    }

    /// A finite number, if it is there.
    func number(_ key: String) throws(VerificationError) -> Double? {
        guard let found = self[key] else { return nil }
        guard let number = found.number?.double, number.isFinite else {
            throw fault("\(key) is a finite number.", found)
        }
        return number
    }

    /// A number of an input or output.
    func index(_ key: String) throws(VerificationError) -> Int {
        let found = try needed(key)
        guard let index = found.number?.int, (0..<4096).contains(index) else {
            throw fault("\(key) is a whole number from 0.", found)
        }
        return index
    }
}
