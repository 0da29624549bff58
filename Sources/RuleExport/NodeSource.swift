import Rules

/// What a monitor computes, as functions of C: one for each part of a formula, equal parts once.
///
/// A function does what `RuleMonitor` does at a node, in the same order, so that not a bit differs. A number without a value sets
/// `has_fault`, and what is computed behind it counts no more.
struct NodeSource {
    /// What a memory needs in each step.
    struct Upkeep {
        /// Fields of the state, with what they are before the first step; nothing for zeros.
        var fields: [(declaration: String, start: String?)] = []
        /// Looks up what a step adds, and takes it.
        var gather = "", apply = ""
    }

    /// Steps back from now, as a `Window` has them.
    private struct Steps {
        let lower: Int
        let upper: Int?

        init(lower: Int, upper: Int?) { (self.lower, self.upper) = (lower, upper) }
        init(_ window: Window) { self.init(lower: window.lower, upper: window.upper) }
    }

    private(set) var functions = ""
    private(set) var memories: [Upkeep] = []
    private var known: [RuleExpression: Int] = [:]
    private var count = 0

    /// The call of a part, which is compiled where it is new.
    mutating func call(_ expression: RuleExpression) -> String {
        let number: Int
        if let known = known[expression] {
            number = known
        } else {
            let body = expression.isFormula ? formula(expression) : self.number(expression)
            number = count
            count += 1
            known[expression] = number
            let type = expression.isFormula ? "int" : "double"
            functions += "static \(type) part_\(number)(rules_state *m) { \(body) }\n"
        }
        return "part_\(number)(m)"
    }

    // MARK: - Numbers

    private mutating func number(_ expression: RuleExpression) -> String {
        switch expression {
        case .number(let value): return "(void)m; return \(Self.literal(value));"
        case .signal(let number): return "return signal_value(m, \(number));"
        case .negate(let a): return "return -\(call(a));"
        case .arithmetic(let operation, let a, let b):
            let (a, b) = (call(a), call(b))
            if operation == .over { return "double a = \(a), b = \(b); return quotient(m, a, b);" }
            return "double a = \(a), b = \(b); return number(m, a \(operation.rawValue) b);"
        case .function(let function, let terms): return self.function(function, terms.map { call($0) })
        case .count(let window, let a): return counted(window, call(a))
        case .sum(let window, let a): return ring(window, call(a), from: "0.0", "result += value;")
        case .maximum(let window, let a):
            return ring(window, call(a), from: "-INFINITY", "result = value >= result ? value : result;")
        case .minimum(let window, let a):
            return ring(window, call(a), from: "INFINITY", "result = value < result ? value : result;")
        case .age(let a):
            let (memory, a) = (remembered(from: "INFINITY"), call(a))
            memories[memory].gather = "m->next_\(memory) = \(a) ? 0.0 : m->number_\(memory) + 1.0;"
            return "return \(a) ? 0.0 : m->number_\(memory) + 1.0;"
        case .before(let a, let first):
            let (memory, a) = (remembered(from: Self.literal(first)), call(a))
            memories[memory].gather = "m->next_\(memory) = \(a);"
            return "return m->number_\(memory);"
        default: preconditionFailure("\(expression) is not exported")
        }
    }

    /// In digits that give the same number back.
    static func literal(_ value: Double) -> String { value < 0 ? "(\(value))" : "\(value)" }

    private func function(_ function: NumberFunction, _ terms: [String]) -> String {
        let step =
            switch function {
            case .abs: "return fabs(a);"
            case .sqrt: "return root(m, a);"
            case .norm: "a *= a;"
            case .minimum, .maximum: ""
            }
        let rest = terms.dropFirst().map { term in
            switch function {
            case .norm: "b = \(term); a += b * b;"
            case .minimum: "b = \(term); a = b < a ? b : a;"
            default: "b = \(term); a = b >= a ? b : a;"
            }
        }
        let names = rest.isEmpty ? "double a" : "double b, a"
        let end = function == .norm ? "return sqrt(a);" : rest.isEmpty && !step.isEmpty ? "" : "return a;"
        return ([names + " = \(terms[0]);", step] + rest + [end]).filter { !$0.isEmpty }.joined(
            separator: " ")
    }

    private mutating func counted(_ window: Window, _ a: String) -> String {
        let memory = bits(Steps(window))
        let now = window.lower == 0 ? a : "0"
        let row = "m->past_\(memory), \(Self.shape(Steps(window)))"
        memories[memory].gather = "m->now_\(memory) = \(a);"
        guard window.upper == nil else {
            memories[memory].apply = "past_advance(\(row), m->now_\(memory), 1);"
            return "int now = \(now); return (double)past_count(\(row), now);"
        }
        memories[memory].fields.append(("double number_\(memory)", nil))
        memories[memory].apply =
            "if (past_enters(\(row), m->now_\(memory))) m->number_\(memory) += 1.0; past_advance(\(row), m->now_\(memory), 1);"
        return "int now = \(now); return m->number_\(memory) + (past_enters(\(row), now) ? 1.0 : 0.0);"
    }

    private mutating func ring(_ window: Window, _ a: String, from first: String, _ step: String) -> String {
        let (memory, upper) = (memories.count, window.upper ?? 0)
        let size = upper + 1
        memories.append(
            Upkeep(
                fields: [("double ring_\(memory)[\(size)]", nil), ("double next_\(memory)", nil)],
                gather: "m->next_\(memory) = \(a);",
                apply: "m->ring_\(memory)[m->time % \(size)] = m->next_\(memory);"))
        let now = window.lower == 0 ? a : "0.0"
        return """
            double now = \(now), result = \(first); \
            for (int64_t back = m->time < \(upper) ? m->time : \(upper); back >= \(window.lower); --back) { \
            double value = back == 0 ? now : m->ring_\(memory)[(m->time - back) % \(size)]; \(step) } return result;
            """
    }

    private mutating func remembered(from first: String) -> Int {
        let memory = memories.count
        memories.append(
            Upkeep(
                fields: [("double number_\(memory)", first), ("double next_\(memory)", nil)],
                apply: "m->number_\(memory) = m->next_\(memory);"))
        return memory
    }

    // MARK: - Formulas

    private mutating func formula(_ expression: RuleExpression) -> String {
        switch expression {
        case .flag(let flag): return "(void)m; return \(flag ? 1 : 0);"
        case .compare(let comparison, let a, let b):
            let type = a.isFormula ? "int" : "double"
            return "\(type) a = \(call(a)), b = \(call(b)); return a \(comparison.rawValue) b;"
        case .not(let a): return "return !\(call(a));"
        case .and(let a, let b): return "return \(call(a)) && \(call(b));"
        case .or(let a, let b): return "return \(call(a)) || \(call(b));"
        case .implies(let a, let b): return "return !\(call(a)) || \(call(b));"
        case .historically(let window, let a): return "return !\(call(.once(window, .not(a))));"
        case .seq(let parts):
            // seq(φ, …, ψ) is ψ now, and before it the rest of the sequence.
            var found = call(parts[0])
            for part in parts.dropFirst() {
                found =
                    "(past_any(\(remembering(Steps(lower: 1, upper: nil), found)), 0, 1) && \(call(part)))"
            }
            return "return \(found);"
        default: return past(expression)
        }
    }

    private mutating func past(_ expression: RuleExpression) -> String {
        let last = Steps(lower: 1, upper: 1)
        switch expression {
        case .previous(let a):
            let row = remembering(last, call(a))
            return "return past_any(\(row), 0, 1);"
        case .started(let a):
            let a = call(a)
            let row = remembering(last, a)
            return "return \(a) && !past_any(\(row), 0, 1);"
        case .once(let window, let a):
            let a = call(a)
            let row = remembering(Steps(window), a)
            return "int now = \(window.lower == 0 ? a : "0"); return past_any(\(row), now, 1);"
        case .since(let window, let a, let b):
            let (a, b) = (call(a), call(b))
            let row = remembering(Steps(window), b, keeping: a)
            let first = window.lower == 0 ? "if (\(b)) return 1; " : ""
            return "\(first)int keeps = \(a); return past_any(\(row), 0, keeps);"
        default: preconditionFailure("\(expression) is not exported")
        }
    }

    /// Remembers whether a formula was true, and forgets that where another one is false; returns the row with its shape.
    private mutating func remembering(_ window: Steps, _ now: String, keeping keeps: String? = nil) -> String
    {
        let memory = bits(window)
        let row = "m->past_\(memory), \(Self.shape(window))"
        memories[memory].gather = "m->now_\(memory) = \(now);"
        if let keeps {
            memories[memory].fields.append(("int keeps_\(memory)", nil))
            memories[memory].gather += " m->keeps_\(memory) = \(keeps);"
        }
        memories[memory].apply =
            "past_advance(\(row), m->now_\(memory), \(keeps == nil ? "1" : "m->keeps_\(memory)"));"
        return row
    }

    private mutating func bits(_ window: Steps) -> Int {
        let memory = memories.count
        memories.append(
            Upkeep(fields: [
                ("uint64_t past_\(memory)[\(max(Self.words(window), 1))]", nil), ("int now_\(memory)", nil),
            ]))
        return memory
    }

    /// Words of a row, as `PastBits` has them.
    private static func words(_ window: Steps) -> Int {
        window.upper.map { ($0 + 63) / 64 } ?? (window.lower + 63) / 64 + 1
    }

    /// Words and ends of a window, as functions on rows take them.
    private static func shape(_ window: Steps) -> String {
        "\(words(window)), \(window.lower), \(window.upper ?? -1)"
    }

    // MARK: - Responses

    /// Compiles a response; returns the expression that says whether no trigger has waited too long.
    mutating func response(_ trigger: RuleExpression, _ answer: RuleExpression, within: Int?) -> String {
        let (trigger, answer) = (call(trigger), call(answer))
        let name = "served_\(memories.count)"
        let body: String
        if let within {
            let window = Steps(lower: 0, upper: within)
            let memory = bits(window)
            let row = "m->past_\(memory), \(Self.shape(window))"
            memories[memory].fields.append(("int keeps_\(memory)", nil))
            memories[memory].apply = "past_advance(\(row), m->now_\(memory), m->keeps_\(memory));"
            let waits = within == 0 ? "!trigger" : "!past_bit(m->past_\(memory), \(within - 1))"
            body = """
                m->now_\(memory) = trigger && !served; m->keeps_\(memory) = !served; return served || \(waits);
                """
        } else {
            let memory = remembered(from: "INFINITY")
            body = """
                double since = trigger && (double)m->time < m->number_\(memory) ? (double)m->time : m->number_\(memory); \
                m->next_\(memory) = served ? INFINITY : since; return !(m->is_end && m->next_\(memory) < INFINITY);
                """
        }
        functions +=
            "static int \(name)(rules_state *m) { int trigger = \(trigger), served = \(answer); \(body) }\n"
        return "\(name)(m)"
    }
}
