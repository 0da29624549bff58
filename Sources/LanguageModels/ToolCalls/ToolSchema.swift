import Storage

/// A function that a language model may call.
public struct Tool: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it is for, as the file says; nothing where it does not.
    public let text: String?
    /// Its parameters, in the order in which a call gives them.
    public let parameters: [ToolParameter]
}

/// A parameter of a tool, or a member of an object that is an argument.
public struct ToolParameter: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it is.
    public let type: ToolType
    /// Whether a call has to give it.
    public let isRequired: Bool
}

/// What an argument of a tool can be.
public indirect enum ToolType: Sendable, Equatable {
    /// Any text.
    case text
    /// One of some texts.
    case choice([String])
    /// A text that a pattern describes as a whole.
    case pattern(TextPattern)
    /// A number of JSON, at most 32 characters long.
    case number
    /// A whole number without fraction and exponent, at most 32 characters long.
    case integer
    /// `true` or `false`.
    case flag
    /// A list; with the most elements that it may have, or nothing where there is no bound.
    case list(of: ToolType, most: Int?)
    /// An object with these members in this order.
    case object([ToolParameter])
}

/// Tools as a JSON file in the function-calling layout describes them.
///
/// The file is a list; an element is `{"name": …, "description": …, "parameters": {…}}`, or this under `"function"` beside
/// `"type": "function"`. What is read of JSON Schema: `type` (`string` with `enum` or `pattern`, `number`, `integer`,
/// `boolean`, `array` with `items` and `maxItems`, `object` with `properties` and `required`), `title`, `description`, and
/// `additionalProperties` where it is false. Lists and objects lie at most four deep within one argument.
public struct ToolSchema: Sendable, Equatable {
    /// The largest file that is read, in bytes.
    public static let largest = 1 << 20
    /// Lists and objects within one another, in one argument.
    public static let mostNesting = 4
    /// Parameters of a tool or object.
    public static let mostParameters = 256
    /// Texts of one `enum`.
    public static let mostChoices = 4096
    /// The most that `maxItems` may say.
    public static let mostItems = 65_535
    /// Bytes of a tool's or parameter's name.
    public static let longestName = 128

    /// The tools, in the order of the file.
    public let tools: [Tool]

    /// Reads bytes of a file.
    ///
    /// - Parameters:
    ///   - bytes: JSON.
    ///   - name: of the file, for messages.
    /// - Throws: `ToolSchemaError` for the first fault.
    public init(bytes: [UInt8], name: String) throws(ToolSchemaError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.largest, depth: 64))
        } catch { throw ToolSchemaError(name, error.position, "$", "\(error.message).") }
        try self.init(value, name: name)
    }

    /// Reads a value.
    ///
    /// - Parameters:
    ///   - value: a list of tools.
    ///   - name: of the file, for messages.
    /// - Throws: `ToolSchemaError` for the first fault.
    public init(_ value: JSONValue, name: String = "tools") throws(ToolSchemaError) {
        let place = SchemaPlace(file: name, path: "$", value: value)
        guard let elements = place.elements else {
            throw place.error("\(value.kind), where a list of tools belongs.")
        }
        guard !elements.isEmpty else { throw place.error("no tool. List at least one.") }
        var tools: [Tool] = []
        var names: Set<ExactText> = []
        for element in elements {
            let tool = try Self.tool(element)
            guard names.insert(ExactText(tool.name)).inserted else {
                throw element.error(
                    "a second tool \"\(oneLine(tool.name))\". Rename or remove one of the two.")
            }
            tools.append(tool)
        }
        self.tools = tools
    }

    /// The tool of a name; nothing where there is none.
    public func tool(_ name: String) -> Tool? { tools.first { ExactText($0.name) == ExactText(name) } }

    private static func tool(_ element: SchemaPlace) throws(ToolSchemaError) -> Tool {
        if let wrapped = element.child("function") {
            try element.check(["type", "function"], "a tool")
            guard try element.text("type") == "function" else {
                throw element.error("a \"function\" without \"type\": \"function\". Add it.")
            }
            return try tool(wrapped)
        }
        try element.check(["name", "description", "parameters", "strict"], "a tool")
        guard let name = try element.text("name") else { throw element.error("a tool without \"name\".") }
        try check(name, element)
        var parameters: [ToolParameter] = []
        if let place = element.child("parameters") { parameters = try Self.parameters(of: place, depth: 0) }
        return Tool(name: name, text: try element.text("description"), parameters: parameters)
    }

    private static func check(_ name: String, _ place: SchemaPlace) throws(ToolSchemaError) {
        guard 1...longestName ~= name.utf8.count else {
            throw place.error(
                "a name of \(name.utf8.count) bytes. Names have 1 to \(longestName).")
        }
    }

    /// The members of a JSON Schema of type object.
    private static func parameters(
        of place: SchemaPlace, depth: Int
    ) throws(ToolSchemaError) -> [ToolParameter] {
        try place.check(
            ["type", "properties", "required", "title", "description", "additionalProperties"],
            "the schema of an object")
        guard try place.text("type") == "object" else {
            throw place.error("\"type\" is not \"object\" here. Write \"type\": \"object\".")
        }
        if let more = place.child("additionalProperties"), more.value.bool != false {
            throw more.error("only false is read: a call has no arguments but those of \"properties\".")
        }
        let required = try requiredNames(of: place)
        guard let properties = place.child("properties") else {
            if let name = required.first { throw undeclared(name.name, name.place, []) }
            return []
        }
        guard let members = properties.value.members else {
            throw properties.error("\(properties.value.kind), where an object of parameters belongs.")
        }
        guard members.count <= mostParameters else {
            throw properties.error("\(members.count) parameters; at most \(mostParameters) are read.")
        }
        let names = Set(members.map { ExactText($0.key) })
        if let name = required.first(where: { !names.contains(ExactText($0.name)) }) {
            throw undeclared(name.name, name.place, members.map(\.key))
        }
        let needed = Set(required.map { ExactText($0.name) })
        var found: [ToolParameter] = []
        for member in members {
            let child = properties.child(member)
            try check(member.key, child)
            let isRequired = needed.contains(ExactText(member.key))
            let type = try type(child, depth: depth)
            found.append(ToolParameter(name: member.key, type: type, isRequired: isRequired))
        }
        return found
    }

    private static func undeclared(_ name: String, _ place: SchemaPlace, _ names: [String]) -> ToolSchemaError
    {
        let near = suggestion(for: name, among: names, called: "parameters")
        return place.error("\"\(oneLine(name))\" is required and no parameter. \(near)")
    }

    private static func requiredNames(
        of place: SchemaPlace
    ) throws(ToolSchemaError) -> [(name: String, place: SchemaPlace)] {
        guard let required = place.child("required") else { return [] }
        guard let elements = required.elements else {
            throw required.error("\(required.value.kind), where a list of parameters' names belongs.")
        }
        var names: [(name: String, place: SchemaPlace)] = []
        var seen: Set<ExactText> = []
        for element in elements {
            guard let name = element.value.string else {
                throw element.error("\(element.value.kind), where a parameter's name belongs.")
            }
            guard seen.insert(ExactText(name)).inserted else {
                throw element.error("\"\(oneLine(name))\" stands there twice. Remove one of the two.")
            }
            names.append((name, element))
        }
        return names
    }

    static func type(_ place: SchemaPlace, depth: Int) throws(ToolSchemaError) -> ToolType {
        guard place.value.members != nil else {
            throw place.error("\(place.value.kind), where a schema belongs. Write {\"type\": …}.")
        }
        let texts = ["type", "title", "description"]
        guard let word = place.child("type") else {
            // A reference is named before the type that it lacks.
            try place.check(
                texts + [
                    "enum", "pattern", "items", "maxItems", "properties", "required", "additionalProperties",
                ],
                "a schema")
            throw place.error("a schema without \"type\".")
        }
        guard let type = word.value.string else {
            throw word.error("\(word.value.kind). Write one type as a text, such as \"string\".")
        }
        switch type {
        case "string":
            try place.check(texts + ["enum", "pattern"], "a schema")
            return try text(place)
        case "number", "integer", "boolean":
            try place.check(texts, "a schema")
            return type == "number" ? .number : type == "integer" ? .integer : .flag
        case "array":
            try place.check(texts + ["items", "maxItems"], "a schema")
            return try list(place, depth: depth + 1)
        case "object":
            try checkDepth(place, depth + 1)
            return .object(try parameters(of: place, depth: depth + 1))
        default:
            let near = suggestion(
                for: type, among: ["string", "number", "integer", "boolean", "array", "object"],
                called: "types")
            throw word.error("\"\(oneLine(type))\" is no type that is read. \(near)")
        }
    }

    private static func checkDepth(_ place: SchemaPlace, _ depth: Int) throws(ToolSchemaError) {
        guard depth <= mostNesting else {
            throw place.error(
                "a list or object \(depth) deep. At most \(mostNesting) lie within one another: flatten it.")
        }
    }

    private static func list(_ place: SchemaPlace, depth: Int) throws(ToolSchemaError) -> ToolType {
        try checkDepth(place, depth)
        guard let items = place.child("items") else {
            throw place.error("an array without \"items\". Say what its elements are.")
        }
        var most: Int?
        if let bound = place.child("maxItems") {
            guard let number = bound.value.number?.int, 0...mostItems ~= number else {
                throw bound.error("a whole number from 0 to \(mostItems) is needed.")
            }
            most = number
        }
        return .list(of: try type(items, depth: depth), most: most)
    }

    private static func text(_ place: SchemaPlace) throws(ToolSchemaError) -> ToolType {
        if let pattern = place.child("pattern") {
            guard place.child("enum") == nil else {
                throw place.error("\"enum\" and \"pattern\" together. Keep one of the two.")
            }
            guard let source = pattern.value.string else {
                throw pattern.error("\(pattern.value.kind), where a pattern belongs.")
            }
            do throws(TextPatternError) { return .pattern(try TextPattern(source)) } catch {
                throw pattern.error(error.message)
            }
        }
        guard let choices = place.child("enum") else { return .text }
        guard let elements = choices.elements else {
            throw choices.error("\(choices.value.kind), where a list of texts belongs.")
        }
        guard !elements.isEmpty else { throw choices.error("an empty \"enum\" allows nothing. Add a text.") }
        guard elements.count <= mostChoices else {
            throw choices.error("\(elements.count) texts; at most \(mostChoices) are read.")
        }
        var texts: [String] = []
        var seen: Set<ExactText> = []
        for element in elements {
            guard let text = element.value.string else {
                throw element.error("\(element.value.kind) in an \"enum\" of texts. Write texts alone.")
            }
            guard seen.insert(ExactText(text)).inserted else {
                throw element.error("\"\(oneLine(text))\" stands there twice. Remove one of the two.")
            }
            texts.append(text)
        }
        return .choice(texts)
    }
}
