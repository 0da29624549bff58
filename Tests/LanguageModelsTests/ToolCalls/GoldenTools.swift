import Foundation
import LanguageModels
import Storage
import TestSupport

/// The guard's golden tables about tools.
enum GoldenTools {
    static func json(_ name: String) throws -> JSONValue {
        let file = Golden.directory("guard").appendingPathComponent(name)
        return try JSONValue(parsing: [UInt8](Data(contentsOf: file)), limits: JSONLimits(bytes: 1 << 26))
    }

    static func grammar(_ text: String) throws -> ToolGrammar {
        try ToolGrammar(bytes: Array(text.utf8), name: "tools.json")
    }

    /// A grammar of one tool `f` with one required parameter `x`, whose schema is given.
    static func grammar(of parameter: String) throws -> ToolGrammar {
        try grammar(
            #"[{"name":"f","parameters":{"type":"object","properties":{"x":\#(parameter)},"required":["x"]}}]"#
        )
    }

    /// Whether the grammar of one parameter takes a value.
    static func takes(_ value: String, _ grammar: ToolGrammar) -> Bool {
        let text = #"{"name":"f","arguments":{"x":"# + value + "}}"
        return grammar.next(grammar.start(.call), text.utf8).map(grammar.mayEnd) == true
    }
}
