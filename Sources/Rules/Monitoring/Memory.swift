/// What a node, or a waiting response, remembers: one row for each valuation of its variables, one row where it has none.
struct Memory: Sendable {
    /// What a row holds.
    enum Kind: Sendable {
        /// Whether something was true in the steps of a window.
        case bits(Window)
        /// How often it was.
        case count(Window)
        /// The latest numbers, as many.
        case ring(Int)
        /// Amounts in a window.
        case total(Window)
        /// A number, with what it is to begin with.
        case number(Double)
        /// Triggers that wait, the steps within which they are served, or nothing for before the end.
        case waiting(within: Int?)

        /// Whether it is a count.
        var isCount: Bool { if case .count = self { true } else { false } }
    }

    /// How a row goes on in a step.
    enum Upkeep: Sendable {
        /// By an entry of its own.
        case entered
        /// As one whose formula is false, unless it is marked.
        case marked
        /// Not at all, since its formula stays true or its truth no longer counts.
        case standing
    }

    /// An amount of a step.
    struct Amount: Sendable {
        let step: Int
        let amount: Double
    }

    let kind: Kind
    /// The variables by whose values rows are told apart.
    let key: [Int]
    /// Rows at most.
    let capacity: Int
    /// How rows go on.
    var upkeep = Upkeep.entered
    /// The form of bits.
    let past: PastBits
    private let numbers: Int
    /// The bits of a row that there is not.
    private let nothing: [UInt64]
    private(set) var rows = 0
    private var bits: [UInt64] = []
    private var values: [Double] = []
    private var keys: [RuleValue] = []
    /// Amounts of each row that are still in the window or before it.
    private var queues: [[Amount]] = []
    /// Rows by the hash of their key, −1 where there is none; a power of two, at least twice the rows.
    private var index: [Int32] = []
    /// Of each row, the round in which it was marked.
    private var marks: [UInt64] = []
    /// The round of the proposed step, above 0.
    private var round: UInt64 = 1

    init(_ kind: Kind, key: [Int], remembered: Int) {
        (self.kind, self.key) = (kind, key)
        capacity = key.isEmpty ? 1 : remembered
        (past, numbers) = Self.form(of: kind)
        nothing = [UInt64](repeating: 0, count: past.words)
        if key.isEmpty { _ = append(key: []) }
    }

    private static func form(of kind: Kind) -> (past: PastBits, numbers: Int) {
        switch kind {
        case .bits(let window): (PastBits(window), 0)
        case .count(let window): (PastBits(window), window.upper == nil ? 1 : 0)
        case .ring(let count): (PastBits(Window(lower: 0, upper: 0)), count)
        case .total: (PastBits(Window(lower: 0, upper: 0)), 1)
        case .number: (PastBits(Window(lower: 0, upper: 0)), 1)
        case .waiting(let within): (PastBits(Window(lower: 0, upper: within ?? 0)), within == nil ? 1 : 0)
        }
    }

    private var first: Double {
        switch kind {
        case .number(let first): first
        case .waiting: .infinity
        default: 0
        }
    }

    /// Bytes that the state takes when all rows are used.
    var bytes: Int { capacity * (8 * past.words + 8 * numbers + 24 * key.count) }

    /// Forgets everything.
    mutating func reset() {
        rows = 0
        bits.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        for row in queues.indices { queues[row].removeAll(keepingCapacity: true) }
        for slot in index.indices { index[slot] = -1 }
        if key.isEmpty { _ = append(key: []) }
    }

    // MARK: - Rows

    /// The row of a valuation; −1 where nothing is remembered of it.
    ///
    /// - Parameters:
    ///   - valuation: one value for each variable of the file.
    ///   - likely: a row that is looked at first, for the price of a comparison; −1 for none.
    /// - Returns: its number.
    func row(of valuation: [RuleValue], likely: Int = -1) -> Int {
        guard !key.isEmpty else { return 0 }
        guard !index.isEmpty else { return -1 }
        if likely >= 0, likely < rows, keys.holds(valuation, of: key, at: likely * key.count) {
            return likely
        }
        var slot = hash { valuation[key[$0]] } & (index.count - 1)
        while index[slot] >= 0 {
            let row = Int(index[slot])
            if keys.holds(valuation, of: key, at: row * key.count) { return row }
            slot = (slot + 1) & (index.count - 1)
        }
        return -1
    }

    private func hash(_ value: (Int) -> RuleValue) -> Int {
        var hasher = Hasher()
        for number in key.indices { hasher.combine(value(number)) }
        return hasher.finalize()
    }

    /// The value of a variable of a row's key.
    func keyValue(_ row: Int, _ number: Int) -> RuleValue { keys[row * key.count + number] }

    /// Whether a variable of a row's key has a value.
    func hasKey(_ row: Int, _ number: Int, _ value: RuleValue) -> Bool {
        keys[row * key.count + number] == value
    }

    /// Whether a row has the key that another memory of the same variables has in the row of that number.
    func hasKey(_ row: Int, of other: borrowing Memory) -> Bool {
        guard row < rows, key == other.key else { return false }
        for number in row * key.count..<(row + 1) * key.count where keys[number] != other.keys[number] {
            return false
        }
        return true
    }

    /// An empty row for a key.
    mutating func append(key values: some Collection<RuleValue>) -> Int {
        keys += values
        bits.append(contentsOf: repeatElement(0, count: past.words))
        self.values.append(contentsOf: repeatElement(first, count: numbers))
        if case .total = kind, queues.count == rows { queues.append([]) }
        marks.append(0)
        rows += 1
        if !key.isEmpty {
            if 2 * rows > index.count {
                index = [Int32](repeating: -1, count: max(8, 2 * index.count))
                for row in 0..<rows { enter(row) }
            } else {
                enter(rows - 1)
            }
        }
        return rows - 1
    }

    private mutating func enter(_ row: Int) {
        var slot = hash { keys[row * key.count + $0] } & (index.count - 1)
        while index[slot] >= 0 { slot = (slot + 1) & (index.count - 1) }
        index[slot] = Int32(row)
    }

    /// Removes rows of which nothing is remembered any more.
    mutating func removeEmptyRows() {
        guard !key.isEmpty, upkeep != .standing else { return }
        var row = 0
        var isChanged = false
        while row < rows {
            if isEmpty(row) {
                remove(row)
                isChanged = true
            } else {
                row += 1
            }
        }
        guard isChanged else { return }
        for slot in index.indices { index[slot] = -1 }
        for row in 0..<rows { enter(row) }
    }

    /// Puts the last row in the place of one.
    private mutating func remove(_ row: Int) {
        let last = rows - 1
        for number in 0..<past.words { bits[row * past.words + number] = bits[last * past.words + number] }
        for number in 0..<numbers { values[row * numbers + number] = values[last * numbers + number] }
        for number in key.indices { keys[row * key.count + number] = keys[last * key.count + number] }
        bits.removeLast(past.words)
        values.removeLast(numbers)
        keys.removeLast(key.count)
        marks[row] = marks[last]
        marks.removeLast()
        if !queues.isEmpty {
            queues.swapAt(row, last)
            queues[last].removeAll(keepingCapacity: true)
        }
        rows = last
    }

    private func isEmpty(_ row: Int) -> Bool {
        for word in row * past.words..<(row + 1) * past.words where bits[word] != 0 { return false }
        switch kind {
        case .total: return queues[row].isEmpty && values[row] == 0
        case .number: return values[row] == .infinity
        case .count: return numbers == 0 || values[row] == 0
        case .waiting: return numbers == 0 || values[row] == .infinity
        default: return true
        }
    }

    // MARK: - Marks

    /// Takes all marks away.
    mutating func clearMarks() { round += 1 }

    /// Whether a row's formula is known to be true in the proposed step.
    func isMarked(_ row: Int) -> Bool { marks[row] == round }

    /// Notes that a row's formula is true in the proposed step.
    mutating func mark(_ row: Int) { marks[row] = round }

    /// How many rows nothing would be remembered of behind the proposed step.
    var forgottenRows: Int {
        guard upkeep == .marked else { return 0 }
        return (0..<rows).count { row in
            guard numbers == 0 || kind.isCount && number(row) == 0 else { return false }
            return withBits(row) { past.isEmpty($0, now: isMarked(row)) }
        }
    }

    /// Lets rows go on by a step.
    mutating func advanceRows() {
        guard upkeep == .marked else { return }
        for row in 0..<rows {
            let now = marks[row] == round
            switch kind {
            case .number: values[row] = now ? 0 : values[row] + 1
            case .count(let window) where window.upper == nil: count(row, now: now)
            default: past.advance(&bits, at: row * past.words, now: now)
            }
        }
    }

    /// Goes on by a step of a count without an end.
    mutating func count(_ row: Int, now: Bool) {
        if withBits(row, { past.enters($0, now: now) }) { values[row * numbers] += 1 }
        past.advance(&bits, at: row * past.words, now: now)
    }

    // MARK: - Contents

    /// A row's bits, or those of nothing for row −1.
    func withBits<Result>(_ row: Int, _ body: (Span<UInt64>) -> Result) -> Result {
        guard row >= 0 else { return body(nothing.span) }
        return body(bits.span.extracting(row * past.words..<(row + 1) * past.words))
    }

    /// A row's number, or the first one for row −1.
    func number(_ row: Int, _ place: Int = 0) -> Double { row < 0 ? first : values[row * numbers + place] }

    mutating func set(_ row: Int, _ place: Int = 0, _ value: Double) { values[row * numbers + place] = value }

    /// Goes on by a step.
    mutating func advanceBits(_ row: Int, now: Bool, keeps: Bool = true) {
        past.advance(&bits, at: row * past.words, now: now, keeps: keeps)
    }

    /// Whether any trigger waits, and for how many steps the oldest has.
    func oldest(_ row: Int) -> Int? {
        for word in stride(from: past.words - 1, through: 0, by: -1) {
            let bits = bits[row * past.words + word]
            if bits != 0 { return 64 * word + 63 - bits.leadingZeroBitCount }
        }
        return nil
    }

    /// A row's amounts.
    func amounts(_ row: Int) -> [Amount] { row < 0 || row >= queues.count ? [] : queues[row] }

    /// What a row's number and its amounts of some steps add up to, oldest first.
    ///
    /// - Parameters:
    ///   - row: −1 where nothing is remembered.
    ///   - first: the first step; nothing for from the beginning.
    ///   - last: the last step.
    /// - Returns: the sum.
    func total(_ row: Int, from first: Int?, to last: Int) -> Double {
        var sum = number(row)
        guard row >= 0, row < queues.count else { return sum }
        for amount in queues[row] where amount.step <= last {
            if let first, amount.step < first { continue }
            sum += amount.amount
        }
        return sum
    }

    /// Adds an amount, and drops those from before a step.
    mutating func add(_ row: Int, _ amounts: ArraySlice<Double>, at step: Int, droppingBefore first: Int) {
        queues[row].removeAll { $0.step < first }
        for amount in amounts { queues[row].append(Amount(step: step, amount: amount)) }
    }

    /// Takes amounts out that lie before a step, oldest first, and adds them to the row's number.
    mutating func settle(_ row: Int, before step: Int) {
        while let oldest = queues[row].first, oldest.step < step {
            values[row * numbers] += oldest.amount
            queues[row].removeFirst()
        }
    }
}

extension [RuleValue] {
    /// Whether the values of some variables stand here, from a place on.
    func holds(_ valuation: [RuleValue], of key: [Int], at place: Int) -> Bool {
        for number in key.indices where self[place + number] != valuation[key[number]] { return false }
        return true
    }
}
