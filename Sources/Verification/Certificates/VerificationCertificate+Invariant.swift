import Storage

extension VerificationCertificate {
    /// States the result of an invariant.
    ///
    /// - Parameters:
    ///   - result: what was found.
    ///   - property: what was asked.
    ///   - network: the value; nothing where that is a closed form.
    ///   - rules: SHA-256 of the file of rules that it is for, if it is.
    public init(
        _ result: InvariantResult, _ property: InvariantProperty, of network: VerifiableNetwork?,
        rules: String? = nil
    ) {
        var facts = Facts(
            verdict: result.verdict, network: property.valueDigest(network), property: property.json,
            propertyDigest: property.digest, semantics: property.semantics)
        (facts.rules, facts.boxes, facts.deepest) = (rules, result.boxes, result.deepest)
        facts.provedShare = result.isProved ? 1 : result.kept + result.vacuous
        facts.inputs = result.size
        switch result.verdict {
        case "holds": facts.leaves = [result.leaves]
        case "violated": facts.input = result.counterExample
        default: break
        }
        self.init(facts)
    }

    /// Checks an invariant's certificate without a search: hashes, that leaves are a partition of the box, and each leaf anew; of a
    /// counter-example that it is one.
    ///
    /// - Parameters:
    ///   - path: where it was read; its leaves lie beside it.
    ///   - property: what it should be about.
    ///   - question: the same, of the environment.
    ///   - network: the value; nothing where that is a closed form.
    /// - Throws: `StorageError`; `VerificationError` for the first thing that is not as it says.
    public func check<Environment: BoundableEnvironment>(
        _ path: String, _ property: InvariantProperty, _ question: InvariantQuestion<Environment>,
        of network: VerifiableNetwork?
    ) throws {
        try checkSubject(path, property.valueDigest(network), property.digest, property.semantics)
        let fault = FaultPlace(path)
        switch verdict {
        case "holds":
            let leaves = try readLeaves(path, [question.box])
            try prove(leaves[0], path, size: 2 * question.box.count) { boxes in
                question.judge(boxes).map(\.isProof)
            }
        case "violated":
            guard let input, input.count == question.box.count, input.allSatisfy(\.isFinite),
                zip(question.box, input).allSatisfy({ $0.contains($1) }),
                case .refuted = question.judge(input.map { ClosedInterval($0) })
            else { throw fault("its input is no counter-example. Verify anew.") }
        default: throw fault("its verdict is unknown: there is nothing to check.")
        }
    }

    /// A certificate on disk that stands for a network, and for rules where some are asked about: what a guard asks before it relies on it.
    ///
    /// Nothing is proved again; see `check`.
    ///
    /// - Parameters:
    ///   - path: of its JSON; its leaves lie beside it.
    ///   - network: SHA-256 of the network, as `VerifiableNetwork.digest` has it.
    ///   - rules: SHA-256 of the file of rules; without it the certificate may be for any or none.
    /// - Returns: the certificate, whose verdict is `holds`.
    /// - Throws: `StorageError`; `VerificationError` of exit code 65 where a hash differs, leaves were changed, or nothing is proved.
    public static func holding(_ path: String, network: String, rules: String? = nil) throws
        -> VerificationCertificate
    {
        let certificate = try VerificationCertificate(contentsOf: path)
        let fault = FaultPlace(path)
        guard certificate.verdict == "holds" else {
            throw fault(
                "its verdict is \(certificate.verdict): nothing is proved that a guard could rely on.")
        }
        guard certificate.network == network else {
            throw fault(
                "it is about another network (SHA-256 \(certificate.network.prefix(12))). Verify this one anew."
            )
        }
        if let rules {
            guard let named = certificate.rules else {
                throw fault("it names no rules, and rules are asked about. Verify anew with --rules.")
            }
            guard named == rules else {
                throw fault("it is for other rules (SHA-256 \(named.prefix(12))). Verify anew with --rules.")
            }
        }
        try certificate.checkLeafDigest(path)
        return certificate
    }
}
