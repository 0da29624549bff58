/// Typed access to the keys of a model.
struct GGUFKeys {
    let file: GGUFFile

    func refusal(_ key: String, _ reason: String) -> GGUFError { .key(key, path: file.path, reason: reason) }

    func text(_ key: String) throws(GGUFError) -> String? {
        guard let value = file[key] else { return nil }
        guard case .text(let text) = value else { throw refusal(key, "is \(value.kind), not text") }
        return text
    }

    func integer(_ key: String) throws(GGUFError) -> Int? {
        guard let value = file[key] else { return nil }
        guard case .integer(let number) = value else {
            throw refusal(key, "is \(value.kind), not a whole number")
        }
        return number
    }

    func required(_ key: String) throws(GGUFError) -> Int {
        guard let number = try integer(key) else { throw refusal(key, "is missing") }
        return number
    }

    func number(_ key: String) throws(GGUFError) -> Double? {
        switch file[key] {
        case nil: return nil
        case .number(let number): return number
        case .integer(let number): return Double(number)
        case .some(let value): throw refusal(key, "is \(value.kind), not a number")
        }
    }

    func flag(_ key: String) throws(GGUFError) -> Bool? {
        guard let value = file[key] else { return nil }
        guard case .flag(let flag) = value else { throw refusal(key, "is \(value.kind), not true or false") }
        return flag
    }

    func texts(_ key: String) throws(GGUFError) -> [String]? {
        guard let value = file[key] else { return nil }
        guard case .texts(let texts) = value else {
            throw refusal(key, "is \(value.kind), not a list of texts")
        }
        return texts
    }

    func integers(_ key: String) throws(GGUFError) -> [Int]? {
        guard let value = file[key] else { return nil }
        guard case .integers(let numbers) = value else {
            throw refusal(key, "is \(value.kind), not a list of whole numbers")
        }
        return numbers
    }

    /// A token of a vocabulary of so many.
    func token(_ key: String, below vocabulary: Int) throws(GGUFError) -> Int32? {
        guard let number = try integer(key) else { return nil }
        guard number >= 0 && number < vocabulary else {
            throw refusal(key, "is \(number), outside the vocabulary of \(vocabulary)")
        }
        return Int32(number)
    }
}
