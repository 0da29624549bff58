import Storage

/// One object of a file.
struct PreferenceRow {
    let file: String
    let number: Int
    let value: JSONValue

    func has(_ key: String) -> Bool { value[key] != nil }

    private func fault(_ message: String) -> PreferenceError {
        PreferenceError(file: file, row: number, message)
    }

    private func field(_ key: String) throws(PreferenceError) -> JSONValue {
        guard let field = value[key] else {
            let present = value.members?.map { quoted($0.key) }.joined(separator: ", ") ?? ""
            throw fault("no field \(quoted(key)). Present: \(present.isEmpty ? "nothing" : present)")
        }
        return field
    }

    func text(_ key: String, mayBeEmpty: Bool = false) throws(PreferenceError) -> String {
        let field = try field(key)
        guard let text = field.string else {
            throw fault("field \(quoted(key)) is \(field.kind). Store it as text")
        }
        guard mayBeEmpty || !text.isEmpty else {
            throw fault("field \(quoted(key)) is empty. Leave the row out")
        }
        return text
    }

    /// Turns with `from` and `value`, the human's first and last.
    func conversation(_ key: String) throws(PreferenceError) -> Dialogue {
        let field = try field(key)
        let turns = field.elements ?? []
        var texts: [String] = []
        for (index, turn) in turns.enumerated() {
            texts.append(try spoken(turn, by: index % 2 == 0 ? "human" : "gpt", "\(key)[\(index)]"))
        }
        guard texts.count % 2 == 1 else {
            throw fault("field \(quoted(key)) is no list of turns that ends with the human's")
        }
        return Dialogue(texts)
    }

    /// One turn of the assistant.
    func answer(_ key: String) throws(PreferenceError) -> String {
        try spoken(try field(key), by: "gpt", key, mayBeEmpty: true)
    }

    private func spoken(
        _ turn: JSONValue, by speaker: String, _ place: String, mayBeEmpty: Bool = false
    ) throws(PreferenceError) -> String {
        guard turn["from"]?.string == speaker, let text = turn["value"]?.string, mayBeEmpty || !text.isEmpty
        else {
            throw fault("\(place) is no turn with \"from\": \"\(speaker)\" and text in \"value\"")
        }
        return text
    }

    func flag(_ key: String) throws(PreferenceError) -> Bool {
        let field = try field(key)
        guard let flag = field.bool else {
            throw fault("field \(quoted(key)) is \(field.kind). Store it as true or false")
        }
        return flag
    }

    func choice(_ key: String) throws(PreferenceError) -> Int {
        let field = try field(key)
        guard let choice = field.number?.int, choice == 0 || choice == 1 else {
            throw fault("field \(quoted(key)) is \(field.number?.text ?? field.kind). Store it as 0 or 1")
        }
        return choice
    }
}
