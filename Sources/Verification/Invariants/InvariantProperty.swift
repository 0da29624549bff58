import Storage

/// An invariant as a property file asks it.
///
/// `{"network":"RUN#vh","property":{"kind":"invariant","environment":"point-robot","actions":["fallback",[-1,1]],"margin":0}}`; `value` names a
/// closed form in place of a network; `slack` and `steps`, `modelError` and `input` (a box of states) may be left out.
public struct InvariantProperty: Sendable {
    /// The environment's name.
    public let environment: String
    /// The path of the network, or nothing where a closed form is meant.
    public let network: String?
    /// The name of a closed form.
    public let value: String?
    /// What the network is taken to compute.
    public let semantics: Semantics
    let box: IntervalBox?
    let actions: [ListedAction]
    let margin, slack: Double
    let steps: Int
    let modelError: [Double]
    let json: JSONValue
    let path: String

    /// SHA-256 of its canonical JSON.
    public var digest: String { SHA256.hexadecimal(of: json.sortingKeys().compact.utf8) }

    /// Reads a property file.
    ///
    /// - Parameters:
    ///   - path: of a file of at most 1 MiB.
    ///   - semantics: replaces the file's.
    /// - Returns: nothing where the file asks something else.
    /// - Throws: `StorageError`; `VerificationError` with line and column.
    public static func read(_ path: String, semantics: Semantics? = nil) throws -> InvariantProperty? {
        let fault = FaultPlace(path)
        let value: JSONValue
        do { value = try JSONValue(parsing: try fileContents(path, limit: 1 << 20)) } catch let error
            as JSONError
        {
            throw fault(error.message + ".", at: "\(error.position)")
        }
        return try InvariantProperty(value, fault, semantics)
    }

    /// Reads a property from JSON; nothing where it is one of another kind.
    package init?(_ value: JSONValue, _ fault: FaultPlace, _ semantics: Semantics? = nil)
        throws(VerificationError)
    {
        guard value["property"]?["kind"]?.string == "invariant" else { return nil }
        let file = try PropertyFields(value, fault, keys: ["network", "input", "property", "semantics"])
        let fields = try PropertyFields(
            try file.needed("property"), fault,
            keys: ["kind", "environment", "value", "actions", "margin", "slack", "steps", "modelError"])
        guard let environment = try fields.needed("environment").string else {
            throw fields.fault("environment is a name.", fields.value)
        }
        self.environment = environment
        self.semantics = try VerificationProperty.semantics(of: file, semantics) ?? .float32
        (network, self.value) = (file["network"]?.string, fields["value"]?.string)
        if network != nil && self.value != nil {
            throw fields.fault(
                "value names a closed form, and network a network. Leave one of them out.", fields.value)
        }
        func number(_ key: String) throws(VerificationError) -> Double {
            let number = try fields.number(key) ?? 0
            guard number >= 0 else { throw fields.fault("\(key) is a number from 0.", fields.value) }
            return number
        }
        (margin, slack) = (try number("margin"), try number("slack"))
        steps = fields["steps"] == nil ? 0 : try fields.index("steps")
        modelError = fields["modelError"] == nil ? [] : try fields.numbers("modelError")
        guard modelError.allSatisfy({ $0 >= 0 }) else {
            throw fields.fault("modelError has a number below 0.", fields.value)
        }
        actions = try Self.actions(fields)
        box = try VerificationProperty.box(file)
        path = fault.path
        json = VerificationProperty.canonical(value, self.semantics)
    }

    private static func actions(_ fields: PropertyFields) throws(VerificationError) -> [ListedAction] {
        guard let listed = fields["actions"] else { return [.fallback] }
        let wrong = fields.fault("actions is a list of \"fallback\" and lists of numbers.", listed)
        guard let elements = listed.elements, !elements.isEmpty, elements.count <= 64 else { throw wrong }
        var actions: [ListedAction] = []
        for element in elements {
            if element.string == "fallback" {
                actions.append(.fallback)
                continue
            }
            guard let numbers = element.elements else { throw wrong }
            var constant: [Double] = []
            for number in numbers {
                guard let number = number.number?.double, number.isFinite else { throw wrong }
                constant.append(number)
            }
            actions.append(.constant(constant))
        }
        return actions
    }

    /// The question, of an environment and its network.
    ///
    /// - Parameters:
    ///   - type: the environment.
    ///   - network: the network that is named; nothing where a closed form is.
    /// - Returns: the question.
    /// - Throws: `VerificationError` where sizes do not meet or a name is unknown.
    public func question<Environment: BoundableEnvironment>(
        _ type: Environment.Type, _ network: VerifiableNetwork?
    ) throws(VerificationError) -> InvariantQuestion<Environment> {
        let fault = FaultPlace(path)
        let names = type.stateNames
        let region = type.stateBox
        if let box, box.count != names.count {
            throw fault(
                "input has \(box.count) numbers, and a state of \(environment) \(names.count): \(names.joined(separator: ", "))."
            )
        }
        if !modelError.isEmpty && modelError.count != names.count {
            throw fault(
                "modelError has \(modelError.count) numbers, and a state of \(environment) \(names.count).")
        }
        for action in actions {
            if let constant = action.constant, constant.count != type.actionSize {
                throw fault(
                    "an action has \(constant.count) numbers, and one of \(environment) \(type.actionSize).")
            }
        }
        let chosen: StateValue
        if let network {
            let seen = type.observation(of: region).count
            guard network.inputs == seen, network.outputs == 1 else {
                throw fault(
                    "the network reads \(network.inputs) numbers and gives \(network.outputs); a value of \(environment)'s states reads \(seen) and gives 1."
                )
            }
            chosen = .network(network, semantics)
        } else {
            let known = type.closedForms
            guard let form = value.flatMap({ known[$0] }) else {
                let names = known.keys.sorted().joined(separator: ", ")
                throw fault(
                    value.map {
                        "\(environment) has no value \(quoted($0)). It has \(names.isEmpty ? "none" : names)."
                    }
                        ?? "no value is named: give \"network\", or \"value\" in the property.")
            }
            chosen = .closedForm(form)
        }
        return InvariantQuestion(
            type, value: chosen, over: box, actions: actions, margin: margin, slack: slack, steps: steps,
            modelError: modelError)
    }

    /// SHA-256 that stands for what the value is: of the network's numbers, or of the closed form's name.
    func valueDigest(_ network: VerifiableNetwork?) -> String {
        network?.digest ?? SHA256.hexadecimal(of: "\(environment)#\(value ?? "")".utf8)
    }
}
