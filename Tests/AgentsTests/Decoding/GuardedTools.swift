import Foundation
import LanguageModels
import Rules
import Storage
import TestSupport

/// Tools and rules of the tests.
enum GuardedTools {
    static func json(_ name: String) throws -> JSONValue {
        let file = Golden.directory("guard").appendingPathComponent(name)
        return try JSONValue(parsing: [UInt8](Data(contentsOf: file)), limits: JSONLimits(bytes: 1 << 26))
    }

    static func retailRules() throws -> RuleFile {
        let file = Golden.directory("guard").appendingPathComponent("retail.rules")
        return try RuleFile(bytes: [UInt8](Data(contentsOf: file)), name: "retail.rules")
    }

    /// The calls of the retail rules as tools.
    static func retail() throws -> ToolGrammar {
        func tool(_ name: String, _ parameters: [(String, String)]) -> JSONValue {
            let properties = parameters.map { ($0.0, JSONValue.object([("type", .text($0.1))])) }
            return .object([
                ("name", .text(name)),
                (
                    "parameters",
                    .object([
                        ("type", .text("object")), ("properties", .object(properties)),
                        ("required", .list(parameters.map { .text($0.0) })),
                    ])
                ),
            ])
        }
        let order = ("order_id", "string")
        let payment = ("payment_method_id", "string")
        return try ToolGrammar(
            .list([
                tool("find_user_id_by_email", [("email", "string")]), tool("get_order_details", [order]),
                tool("cancel_pending_order", [order, ("reason", "string")]),
                tool("modify_pending_order_items", [order, payment]),
                tool("return_delivered_order_items", [order, payment, ("amount", "number")]),
                tool("send_receipt", [order]), tool("transfer_to_human_agents", []),
            ]))
    }

    static func rules(_ text: String) throws -> RuleFile { try RuleFile("rules 1\n" + text, name: "a.rules") }

    static func grammar(_ text: String) throws -> ToolGrammar {
        try ToolGrammar(bytes: Array(text.utf8), name: "tools.json")
    }

    /// One token for each byte, and an end token behind them.
    static let bytes = TokenVocabulary(bytes: (UInt8.min...UInt8.max).map { [$0] } + [[]], endTokens: [256])

    /// Writes a text into a reply; nothing where a token of it is not allowed.
    static func write(_ text: String, into reply: inout some TokenConstraint) -> Acceptance? {
        var mask = TokenMask(size: 257)
        var last: Acceptance?
        for byte in text.utf8 {
            reply.allowed(into: &mask)
            guard mask[Int32(byte)] else { return nil }
            last = reply.accept(Int32(byte))
        }
        return last
    }
}
