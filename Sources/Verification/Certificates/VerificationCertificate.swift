import Assurance
import Storage

/// The verdict on a property, with what is needed to check it without a search.
///
/// A file of JSON, and for `holds` beside it one of leaves: the parts into which the boxes were cut, each proved alone.
public struct VerificationCertificate: Sendable {
    /// The newest form that is read.
    static let format = 1

    /// `holds`, `violated` or `unknown`.
    public let verdict: String
    /// SHA-256 of the network's file, and of the property's canonical JSON.
    public let network, property: String
    /// What the network is taken to compute.
    public let semantics: Semantics
    /// Parts proved, of each question.
    package let parts: [Int]
    /// SHA-256 of the file of leaves.
    package let leafDigest: String?
    /// The input of a counter-example, and a second one of a property that compares two.
    public let input, other: [Double]?
    private let json: JSONValue

    /// SHA-256 of the file of rules that it is for, if it is for one.
    public let rules: String?
    /// What leaves are written as; nothing in a certificate that was read.
    private let leafBytes: [UInt8]?

    /// States a result.
    ///
    /// - Parameters:
    ///   - result: what was found.
    ///   - property: what was asked.
    ///   - network: of which.
    ///   - rules: SHA-256 of the file of rules that it is for, if it is.
    public init(
        _ result: VerificationResult, _ property: VerificationProperty, of network: VerifiableNetwork,
        rules: String? = nil
    ) {
        let record = result.record
        var facts = Facts(
            verdict: result.verdict, network: network.digest, property: property.json,
            propertyDigest: property.digest, semantics: property.semantics)
        (facts.rules, facts.boxes, facts.deepest) = (rules, record.boxes, record.deepest)
        (facts.provedShare, facts.leaves, facts.inputs) = (record.provedShare, record.leaves, network.inputs)
        if case .violated(let example, _) = result {
            (facts.input, facts.output, facts.other) = (example.input, example.output, example.other)
        }
        self.init(facts)
    }

    /// What a certificate states.
    struct Facts {
        let verdict, network: String
        let property: JSONValue
        let propertyDigest: String
        let semantics: Semantics
        var rules: String?
        var (boxes, deepest, inputs) = (0, 0, 1)
        var provedShare = 0.0
        var leaves: [[Double]] = []
        var input, output, other: [Double]?

        init(
            verdict: String, network: String, property: JSONValue, propertyDigest: String,
            semantics: Semantics
        ) {
            (self.verdict, self.network, self.property) = (verdict, network, property)
            (self.propertyDigest, self.semantics) = (propertyDigest, semantics)
        }
    }

    /// States facts.
    init(_ facts: Facts) {
        (verdict, network, semantics) = (facts.verdict, facts.network, facts.semantics)
        (property, rules) = (facts.propertyDigest, facts.rules)
        parts = facts.leaves.map { $0.count / (2 * facts.inputs) }
        var members: [(String, JSONValue)] = [
            ("certificate", .integer(Self.format)), ("verdict", .text(verdict)),
            ("network", .text("sha256:" + network)), ("property", facts.property),
            ("property_hash", .text("sha256:" + property)), ("semantics", .text(semantics.rawValue)),
            ("leaves", .integer(parts.reduce(0, +))), ("parts", .list(parts.map { .integer($0) })),
            ("deepest", .integer(facts.deepest)), ("proved_share", .number(facts.provedShare)),
            ("boxes", .integer(facts.boxes)), ("saferl", .text(ProgramIdentity.version)),
        ]
        if let rules { members.append(("rules", .text("sha256:" + rules))) }
        (input, other) = (facts.input, facts.other)
        if verdict == "holds" {
            let bytes = Self.leafBytes(facts.leaves, facts.inputs)
            let digest = SHA256.hexadecimal(of: bytes)
            (leafBytes, leafDigest) = (bytes, digest)
            members.append(("leaf_file", .text("sha256:" + digest)))
        } else {
            (leafBytes, leafDigest) = (nil, nil)
        }
        func add(_ key: String, _ numbers: [Double]?) {
            if let numbers { members.append((key, .list(numbers.map { .number($0) }))) }
        }
        add("input", facts.input)
        add("output", facts.output)
        add("other_input", facts.other)
        if verdict == "violated" { members.append(("confirmed", .text("outward rounding"))) }
        json = .object(members)
    }

    /// The certificate's members, and more that are told beside it.
    package func adding(_ more: [(String, JSONValue)]) -> JSONValue {
        .object((json.members ?? []).map { ($0.key, $0.value) } + more)
    }

    /// The property as it is stored.
    var propertyJSON: JSONValue? { json["property"] }

    /// The certificate as one line of JSON.
    public var text: String { json.compact + "\n" }

    /// Parts as bytes: for each the ends of its intervals, low and high in turn, as little-endian `Double`, and one byte that
    /// says how it was proved (0: by bounds).
    static func leafBytes(_ leaves: [[Double]], _ inputs: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(leaves.reduce(0) { $0 + $1.count } * 8)
        for parts in leaves {
            for start in stride(from: 0, to: parts.count, by: 2 * inputs) {
                for k in 0..<inputs {
                    for value in [parts[start + k], parts[start + inputs + k]] {
                        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
                    }
                }
                bytes.append(0)
            }
        }
        return bytes
    }

    /// Writes the certificate, and its leaves beside it, as `path` with `.leaves` behind.
    ///
    /// - Throws: `StorageError`.
    public func write(to path: String) throws {
        if let leafBytes { try SystemFiles().replaceFile(path + ".leaves", with: leafBytes) }
        try SystemFiles().replaceFile(path, with: Array(text.utf8))
    }

    /// Reads a certificate.
    ///
    /// - Parameter path: of its JSON.
    /// - Throws: `StorageError`; `VerificationError`.
    public init(contentsOf path: String) throws {
        let fault = FaultPlace(path)
        let value: JSONValue
        do {
            value = try JSONValue(
                parsing: try fileContents(path, limit: 4 << 20), limits: JSONLimits(bytes: 4 << 20))
        } catch let error
            as JSONError
        { throw fault(error.message + ".", at: "\(error.position)") }
        try self.init(value, fault)
    }

    /// Reads a certificate from JSON.
    private init(_ value: JSONValue, _ fault: FaultPlace) throws(VerificationError) {
        let fields = try PropertyFields(value, fault, keys: nil)
        guard let format = try fields.needed("certificate").number?.int, format == Self.format else {
            throw fault(
                "a certificate of another format than \(Self.format). Check it with the saferl that made it.")
        }
        func digest(_ key: String) throws(VerificationError) -> String {
            let text = try fields.needed(key).string ?? ""
            guard text.hasPrefix("sha256:"), text.utf8.count == 71 else {
                throw fields.fault("\(key) is sha256: and 64 digits.", value)
            }
            return String(text.dropFirst(7))
        }
        let verdict = try fields.needed("verdict").string ?? ""
        guard ["holds", "violated", "unknown"].contains(verdict) else {
            throw fields.fault("verdict is holds, violated or unknown.", value)
        }
        guard let semantics = try fields.needed("semantics").string.flatMap(Semantics.init) else {
            throw fields.fault("semantics is real or float32.", value)
        }
        (self.verdict, self.semantics, json) = (verdict, semantics, value)
        (network, property) = (try digest("network"), try digest("property_hash"))
        let counts = try fields.numbers("parts").map { Int(exactly: $0) ?? -1 }
        guard counts.allSatisfy({ (0...1 << 30).contains($0) }) else {
            throw fields.fault("parts are counts.", value)
        }
        parts = counts
        leafDigest = verdict == "holds" ? try digest("leaf_file") : nil
        rules = fields["rules"] == nil ? nil : try digest("rules")
        leafBytes = nil
        input = verdict == "violated" ? try fields.numbers("input") : nil
        other = fields["other_input"] == nil ? nil : try fields.numbers("other_input")
    }

    /// The property that it is about, where the certificate holds it; nothing where that is a VNN-LIB file.
    ///
    /// - Throws: `VerificationError`.
    package func storedProperty(_ path: String) throws(VerificationError) -> VerificationProperty? {
        guard let property = json["property"], property["file"] == nil else { return nil }
        return try VerificationProperty.read(property, FaultPlace(path), semantics).property
    }

    /// The verdict as a claim.
    ///
    /// - Returns: a claim of kind `proof`, about the network by its hash.
    public var claim: Claim {
        var subject = ClaimSubject(data: property)
        subject.policy = network
        return Claim(
            .proof, "The property \(property.prefix(12)) holds for every input of its boxes.",
            verdict == "holds" ? .certified : .noSolutionFound,
            conditions: [
                semantics == .real
                    ? "It is about the stored numbers over the reals."
                    : "It is about float32 kernels, in any order of summation.",
                "It says nothing of inputs outside of the boxes.",
            ], about: subject)
    }
}
