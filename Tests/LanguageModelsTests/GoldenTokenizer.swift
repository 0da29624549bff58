import Foundation
import LanguageModels
import Storage
import TestSupport

/// The reference tokenizers.
enum GoldenTokenizer {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = Golden.directory("HCRLHF").appendingPathComponent("tokenizer")
        return try [UInt8](Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: try bytes(name), limits: JSONLimits(bytes: .max))
    }

    static func read(_ name: String) throws -> Tokenizer {
        try Tokenizer(parsing: try bytes(name), place: name)
    }

    /// A reference tokenizer with a change to its file.
    static func changed(_ name: String, _ change: (JSONValue) throws -> JSONValue) throws -> Tokenizer {
        try Tokenizer(parsing: Array(try change(try json(name)).compact.utf8), place: "changed.json")
    }
}

extension JSONValue {
    /// The same object with another value for one key, or without the key.
    func setting(_ key: String, _ value: JSONValue?) -> JSONValue {
        var members = (members ?? []).filter { $0.key != key }
        if let value { members.append(JSONMember(key, value)) }
        return JSONValue(.object(members))
    }

    /// The same object with a part of one of its parts changed.
    func changing(_ key: String, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        setting(key, change(self[key] ?? .null))
    }
}
