import Foundation
import SafeRL
import ShippedConfigurations

/// What `saferl verify` does.
struct VerifyWork {
    let source: NetworkSource
    let vnnlib, property: String?
    let semantics: Semantics?
    let limits: SearchLimits
    let tolerance: Double
    let threads: Int?
    let rules, out, check: String?
    /// What is done with counter-examples; nothing where they are printed alone.
    let repair: Repair?
    let isJSON: Bool

    /// How a policy is to learn from counter-examples.
    struct Repair {
        let rounds, updates: Int
        let folder: String?
    }

    func run() throws {
        if let threads { BLAS.threads = threads }
        let certificate = try check.map { try VerificationCertificate(contentsOf: $0) }
        let rules = try rules.map {
            SHA256.hexadecimal(
                of: try ConfigurationFile.locate($0, shipped: ShippedConfigurations.rules).bytes)
        }
        if let property, let repair {
            return try RepairWork(
                source: source, property: property, semantics: semantics, limits: limits, rules: rules,
                out: out,
                rounds: repair.rounds, updates: repair.updates, folder: repair.folder, isJSON: isJSON
            ).run()
        }
        if let property, let invariant = try InvariantProperty.read(property, semantics: semantics) {
            return try InvariantWork(
                asked: invariant, property: property, source: source, limits: limits, rules: rules, out: out,
                certificate: check.flatMap { path in certificate.map { (path, $0) } }, isJSON: isJSON
            ).run()
        }
        let (asked, named) = try question(certificate)
        let network = try source.read(named: named, by: property)
        if let check, let certificate {
            try certificate.check(check, asked, of: network)
            if let out { try certificate.record(check, source.origin(named: named), in: out) }
            try Output.write(isJSON ? certificate.text : "checked  \(certificate.verdict)\n")
            if certificate.verdict != "holds" { throw CommandStatus.noSolutionFound }
            return
        }
        if case .range(let objective, nil, nil) = asked.kind {
            return try printRange(objective, asked, network)
        }
        let result = try search(asked, network)
        let stated = VerificationCertificate(result, asked, of: network, rules: rules)
        if let out { try stated.write(to: out, of: source.origin(named: named)) }
        try Output.write(isJSON ? stated.text : table(result, asked))
        if case .holds = result { return }
        throw CommandStatus.noSolutionFound
    }

    private func search(_ asked: VerificationProperty, _ network: VerifiableNetwork) throws
        -> VerificationResult
    {
        let line = WorkLine()
        defer { line.end() }
        return try Verifier(limits: limits) { progress in
            line.show(
                String(
                    format: "%.2f %% of the volume proved, %d boxes, %d open", 100 * progress.provedShare,
                    progress.boxes, progress.open))
        }.verify(asked, of: network)
    }

    /// The property, and the network's path where a file names it beside.
    private func question(_ certificate: VerificationCertificate?) throws -> (VerificationProperty, String?) {
        if let vnnlib {
            return (
                try VerificationProperty(
                    vnnlib: vnnlib,
                    semantics: semantics ?? certificate?.semantics ?? (source.isRun ? .float32 : .real)), nil
            )
        }
        if let property {
            let read = try VerificationProperty.read(property, semantics: semantics)
            // A path in a file counts from the file.
            return (
                read.property, read.network.map { $0.hasPrefix("/") ? $0 : parent(of: property) + "/" + $0 }
            )
        }
        if let check, let stored = try certificate?.storedProperty(check) { return (stored, nil) }
        throw VerificationError(
            check ?? "saferl verify", "the property is a VNN-LIB file: give it by --vnnlib.", .usage)
    }

    private func printRange(
        _ objective: [Double], _ asked: VerificationProperty, _ network: VerifiableNetwork
    ) throws {
        try asked.check(network)
        let range = Verifier(limits: limits).range(
            of: objective, network, over: asked.box, asked.semantics, tolerance: tolerance)
        let members: [(String, JSONValue)] = [
            ("outer", .list([.number(range.outer.low), .number(range.outer.high)])),
            ("attained", .list([.number(range.attained.low), .number(range.attained.high)])),
            ("least_at", .list(range.least.map { .number($0) })),
            ("greatest_at", .list(range.greatest.map { .number($0) })), ("boxes", .integer(range.boxes)),
        ]
        if isJSON { return try Output.write(JSONValue.object(members).compact) }
        try Output.write(
            """
            range     \(range.outer.low) to \(range.outer.high)
            attained  \(range.attained.low) to \(range.attained.high)
            boxes     \(range.boxes)
            """)
    }

    private func table(_ result: VerificationResult, _ asked: VerificationProperty) -> String {
        let record = result.record
        var lines = ["verdict    \(result.verdict) (\(asked.semantics.rawValue))"]
        if case .violated(let example, _) = result {
            lines.append("input      \(example.input.map { "\($0)" }.joined(separator: ", "))")
            if let other = example.other {
                lines.append("and input  \(other.map { "\($0)" }.joined(separator: ", "))")
            }
            lines.append("output     \(example.output.map { "\($0)" }.joined(separator: ", "))")
        } else {
            lines.append(String(format: "proved     %.4g of the volume", record.provedShare))
            lines.append("leaves     \(record.leafCount), \(record.deepest) cuts deep")
        }
        lines.append("boxes      \(record.boxes)")
        return lines.joined(separator: "\n") + "\n"
    }
}
