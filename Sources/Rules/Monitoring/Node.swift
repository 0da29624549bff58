/// What a node of a program computes.
enum Operation: Sendable {
    case number, text, flag, signal, variable, state
    case negate, plus, minus, times, over, smallest, largest, norm, absolute, root
    case count, sum, maximum, minimum, total, age, before
    case compareNumbers, compareValues
    case not, and, or, implies, previous, started, once, since
    case event, each, some, with
}

/// A part of a formula; equal parts of a file are one node.
struct Node: Sendable {
    let operation: Operation
    /// Nodes inside, −1 where there is none.
    var left = -1, right = -1
    /// Nodes inside a function's or state's argument list, in `Program.lists`.
    var terms = 0..<0
    /// A constant, or what stands before the first step.
    var number = 0.0
    /// Of a signal, variable, state, text, comparison or pattern.
    var index = -1
    var window = Window.all
    /// The memory of what happened, −1 where none is needed.
    var memory = -1
}

/// A pattern whose terms are nodes.
struct NodePattern: Sendable {
    struct Constraint: Sendable {
        let parameter: Int
        /// The variable that is bound; −1 where a node's value is wanted.
        let slot: Int
        let node: Int
        /// The variable that the node is, −1 where it is none.
        let variable: Int
    }

    let event: Int
    let constraints: [Constraint]
    /// Whether amounts are under an upper bound, so that none may be below 0.
    var isBounded = false
}
