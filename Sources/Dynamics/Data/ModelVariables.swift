import Tensors

/// Names of the numbers in an observation and in an action, in the order of the columns.
///
/// Parts that were fitted apart (a model, a guardian, a policy) are put together by these names, never by position:
/// doses exchanged between two columns are a fault that no check of sizes finds.
public struct ModelVariables: Codable, Hashable, Sendable {
    /// One name for each number of an observation.
    public let observations: [String]
    /// One name for each number of an action.
    public let actions: [String]

    /// Names columns.
    ///
    /// - Parameters:
    ///   - observations: at least one.
    ///   - actions: at least one.
    /// - Throws: `DynamicsError.repeatedName`.
    public init(observations: [String], actions: [String]) throws(DynamicsError) {
        precondition(
            !observations.isEmpty && !actions.isEmpty, "a transition needs an observation and an action")
        var seen: Set<String> = []
        for name in observations + actions where !seen.insert(name).inserted {
            throw .repeatedName(name, of: "variables")
        }
        (self.observations, self.actions) = (observations, actions)
    }

    /// `s0`, `s1` … and `a0`, `a1` …, for data without names.
    public init(observations: Int, actions: Int) {
        precondition(observations > 0 && actions > 0, "a transition needs an observation and an action")
        self.observations = (0..<observations).map { "s\($0)" }
        self.actions = (0..<actions).map { "a\($0)" }
    }

    /// Observations, then actions: the columns of a point (s, a).
    public var all: [String] { observations + actions }

    /// The column of an observation.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    public func observation(_ name: String) throws(DynamicsError) -> Int {
        try Self.place(of: name, among: observations)
    }

    /// The column of an action.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    public func action(_ name: String) throws(DynamicsError) -> Int {
        try Self.place(of: name, among: actions)
    }

    /// Refuses states and actions of other sizes, and numbers that are not finite.
    func check(_ states: Matrix, _ actions: Matrix) throws(DynamicsError) {
        precondition(
            states.rows == actions.rows && states.columns == observations.count
                && actions.columns == self.actions.count,
            "\(states.rows) × \(states.columns) states and \(actions.rows) × \(actions.columns) actions "
                + "do not fit \(observations.count) + \(self.actions.count) variables")
        if let bad = states.firstNotFinite {
            throw .divergedInput(variable: observations[bad.column], row: bad.row)
        }
        if let bad = actions.firstNotFinite {
            throw .divergedInput(variable: self.actions[bad.column], row: bad.row)
        }
    }

    private static func place(of name: String, among names: [String]) throws(DynamicsError) -> Int {
        guard let place = names.firstIndex(of: name) else { throw .unknownName(name, present: names) }
        return place
    }
}

/// Which column each name is found in, for numbers that come in another order.
struct ColumnOrder: Equatable, Sendable {
    /// Column of the source for each column wanted.
    let sources: [Int]
    /// Whether nothing moves.
    let isIdentity: Bool

    /// Finds every wanted name.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    init(_ wanted: [String], in present: [String]) throws(DynamicsError) {
        var sources: [Int] = []
        for name in wanted {
            guard let place = present.firstIndex(of: name) else {
                throw .unknownName(name, present: present)
            }
            sources.append(place)
        }
        self.sources = sources
        isIdentity = sources == Array(present.indices)
    }

    /// The wanted columns of a matrix.
    func callAsFunction(_ matrix: Matrix) -> Matrix { isIdentity ? matrix : matrix.columns(at: sources) }
}
