import Storage

/// The states for which a certificate proves an invariant, as a guard asks for them step by step.
///
/// In a covered state V(s) ≤ −margin, and the fallback leads to such a state again: where rules follow from V ≤ −margin, no dead end is
/// met as long as the fallback acts. What V says of the rules is not checked here; a certificate names them by hash.
public struct InvariantCover: Sendable {
    /// SHA-256 of the certificate's file.
    public let digest: String
    private let isCovered: @Sendable ([Float]) -> Bool

    /// Reads a certificate that a guard is to rely on; nothing is proved again.
    ///
    /// - Parameters:
    ///   - path: of its JSON; its leaves lie beside it.
    ///   - rules: SHA-256 of the file of rules that the guard keeps.
    ///   - networks: those that the certificate may be about, by the guarded run.
    ///   - place: the type of the environment in which the guard acts; nothing where it gives no bounds.
    ///   - environment: the type of one by its name.
    /// - Throws: `StorageError`; `VerificationError` of exit code 65 where a hash differs, leaves were changed, nothing is proved, or what is proved
    ///   is about something else than the fallback in this environment.
    public init(
        _ path: String, rules: String, networks: [VerifiableNetwork],
        in place: (any BoundableEnvironment.Type)?,
        named environment: (String) throws -> (any BoundableEnvironment.Type)?
    ) throws {
        let fault = FaultPlace(path)
        let stored = try VerificationCertificate(contentsOf: path)
        guard let property = try stored.storedInvariant(path) else {
            throw fault("it is about no invariant, which is what a guard relies on. Verify one.")
        }
        guard let type = try environment(property.environment), let place,
            ObjectIdentifier(type) == ObjectIdentifier(place)
        else { throw fault("it is about \(property.environment), and the guard acts elsewhere.") }
        guard property.actions == [.fallback] else {
            throw fault(
                "it needs other actions than the fallback, which is all that a guard does of itself. Verify \"actions\": [\"fallback\"]."
            )
        }
        let network = networks.first { $0.digest == stored.network }
        let expected = network?.digest ?? property.valueDigest(nil)
        let holding = try VerificationCertificate.holding(path, network: expected, rules: rules)
        guard holding.property == property.digest else {
            throw fault("its property is not the one that it names by hash: it was changed. Verify anew.")
        }
        digest = SHA256.hexadecimal(of: try fileContents(path, limit: 4 << 20))
        isCovered = try Self.test(property, type, network)
    }

    /// Whether all states that show an observation are in the box and have a value that is to be kept.
    public func covers(_ observation: [Float]) -> Bool { isCovered(observation) }

    private static func test<Environment: BoundableEnvironment>(
        _ property: InvariantProperty, _ type: Environment.Type, _ network: VerifiableNetwork?
    ) throws -> @Sendable ([Float]) -> Bool {
        let question = try property.question(type, network)
        return { observation in
            guard observation.allSatisfy(\.isFinite), let states = type.states(showing: observation),
                question.holds(states)
            else { return false }
            switch question.value {
            case .closedForm(let form): return form.value(of: states).high <= question.limit
            case .network(let network, let semantics):
                let row = OutputConstraint([1], plus: 0)
                let value = BoxBounds(network, semantics).values(of: [row], at: observation.map(Double.init))
                return value[0].high <= question.limit
            }
        }
    }
}

extension VerificationCertificate {
    /// The invariant that it is about; nothing where it is about another property.
    ///
    /// - Throws: `VerificationError`.
    package func storedInvariant(_ path: String) throws(VerificationError) -> InvariantProperty? {
        guard let property = propertyJSON else { return nil }
        return try InvariantProperty(property, FaultPlace(path), semantics)
    }
}

extension InvariantQuestion {
    /// Whether a box of states lies in the question's, up to whole periods.
    func holds(_ states: IntervalBox) -> Bool {
        let periods = Environment.periods
        return states.indices.allSatisfy { k in
            let period = k < periods.count ? periods[k] : 0
            if period > 0, box[k].width >= period { return true }
            return [0, -period, period].contains { shift in
                box[k].low <= (states[k].low + shift).nextDown
                    && (states[k].high + shift).nextUp <= box[k].high
                    || (shift == 0 && box[k].low <= states[k].low && states[k].high <= box[k].high)
            }
        }
    }
}
