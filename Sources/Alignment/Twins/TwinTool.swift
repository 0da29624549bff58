import Storage

/// A parameter of a tool.
struct TwinParameter: Sendable, Hashable {
    let name: String
    /// The values that it takes; nothing for all texts or numbers.
    let choices: [String]?
    let isNumber: Bool

    /// Reads `"text"`, `"number"` or a list of texts.
    init(_ name: String, _ reader: TwinReader) throws {
        self.name = name
        if reader.value.elements != nil {
            let choices = try reader.list().map { try $0.text() }
            guard !choices.isEmpty, Set(choices).count == choices.count else {
                throw reader.error("at least one text is needed, and none twice.")
            }
            (self.choices, isNumber) = (choices, false)
        } else {
            guard let kind = reader.value.string, ["text", "number"].contains(kind) else {
                throw reader.error("\"text\", \"number\" or a list of texts is needed.")
            }
            (choices, isNumber) = (nil, kind == "number")
        }
    }

    /// A value of its kind.
    var example: TwinValue { isNumber ? .number(0) : .text("") }

    func takes(_ value: TwinValue) -> Bool {
        switch value {
        case .text(let text): !isNumber && choices.map { $0.contains(text) } ?? true
        case .number: isNumber
        case .boolean: false
        }
    }

    /// As JSON Schema.
    var schema: JSONValue {
        if isNumber { return .object([("type", .text("number"))]) }
        let type = ("type", JSONValue.text("string"))
        return .object(choices.map { [type, ("enum", .list($0.map(JSONValue.text)))] } ?? [type])
    }
}

/// What an agent can do in a twin's world.
struct TwinTool: Sendable, Hashable {
    let name, description: String
    let parameters: [TwinParameter]
    /// When a call can be done.
    let requires: TwinCondition?
    /// Variables that a call assigns, each a value or the argument of a parameter.
    let sets: [String: TwinCondition.Subject]
    /// What a call that was done says; `{x}` stands for the variable or argument of that name.
    let says: String

    /// The keys of its object.
    static let keys = ["name", "description", "parameters", "requires", "sets", "says"]

    /// Reads a tool.
    init(_ reader: TwinReader, variables: [String: TwinValue]) throws {
        try reader.check(Self.keys)
        name = try reader.needed("name").text()
        description = try reader.needed("description").text()
        parameters = try reader["parameters"]?.members().map { try TwinParameter($0.key, $0.value) } ?? []
        let scope = TwinCondition.Scope(variables: variables, tools: [:], parameters: parameters)
        requires = try reader["requires"].map { try TwinCondition($0, scope) }
        var sets: [String: TwinCondition.Subject] = [:]
        for (key, value) in try reader["sets"]?.members() ?? [] {
            guard let old = variables[key] else {
                throw value.error(
                    "no such variable. \(suggestion(for: key, among: variables.keys.sorted(), called: "variables"))"
                )
            }
            let new: TwinValue
            if value.value.members != nil {
                try value.check(["parameter"])
                let name = try value.needed("parameter").text()
                guard let parameter = parameters.first(where: { $0.name == name }) else {
                    throw value.error("no parameter \(quoted(name)).")
                }
                (sets[key], new) = (.parameter(name), parameter.example)
            } else {
                new = try value.simple()
                sets[key] = .value(new)
            }
            guard new.isLike(old) else { throw value.error("another kind of value than at the start.") }
        }
        self.sets = sets
        says = try reader["says"]?.text() ?? "Done."
    }

    /// The tool in the function-calling layout.
    var schema: JSONValue {
        .object([
            ("name", .text(name)), ("description", .text(description)),
            (
                "parameters",
                .object([
                    ("type", .text("object")),
                    ("properties", .object(parameters.map { ($0.name, $0.schema) })),
                    ("required", .list(parameters.map { .text($0.name) })),
                    ("additionalProperties", .boolean(false)),
                ])
            ),
        ])
    }
}
