import Tensors

/// The harm that a transition does, under the name that constraints refer to; never negative.
///
/// A rule, a table or recorded values that give a number below 0 are at fault and are refused. A regression and a head of
/// the model may well come out slightly below 0: they are clamped at 0, `isClamped` says so, and roll-outs count it.
public struct CostModel {
    /// The channel, such as `SpO2`.
    public let name: String
    /// Where the numbers come from.
    public let signal: TransitionSignal

    /// Names a cost.
    ///
    /// - Throws: `DynamicsError.reservedChannel`; `negativeCost` or `notFinite` for recorded values or table entries.
    public init(_ name: String, _ signal: TransitionSignal) throws(DynamicsError) {
        guard name != outOfSupportChannel else { throw .reservedChannel(name) }
        let given: [Double]
        switch signal {
        case .recorded(let values):
            given = values
            if let row = values.firstIndex(where: { !$0.isFinite }) {
                throw .notFinite(column: name, row: row)
            }
        case .table(let table): given = table.entries.elements
        case .rule, .regression, .head: given = []
        }
        if let row = given.firstIndex(where: { $0 < 0 }) {
            throw .negativeCost(channel: name, row: row, value: given[row])
        }
        (self.name, self.signal) = (name, signal)
    }

    /// Takes a recorded column, to be looked up by provenance.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    public init(recorded name: String, in data: ModelData) throws(DynamicsError) {
        try self.init(name, .recorded(try data.cost(name)))
    }

    /// Whether predictions below 0 count as 0.
    public var isClamped: Bool {
        switch signal {
        case .regression, .head: true
        case .rule, .recorded, .table: false
        }
    }

    /// The cost of each transition, at least 0, and how many were clamped.
    ///
    /// - Throws: `DynamicsError.negativePrediction` and what `TransitionSignal.values` throws.
    func values(_ states: Matrix, _ actions: Matrix, _ step: ModelStep, heads: [String]) throws -> (
        values: [Double], clamped: Int
    ) {
        let name = "cost \"\(name)\""
        var values = try signal.values(of: name, states, actions, step, heads: heads)
        var clamped = 0
        for row in values.indices where values[row] < 0 {
            guard isClamped else {
                throw DynamicsError.negativePrediction(channel: self.name, row: row, value: values[row])
            }
            values[row] = 0
            clamped += 1
        }
        return (values, clamped)
    }
}

/// How the costs of an episode are summed.
public enum CostSum: Codable, Hashable, Sendable {
    /// Σ γᵗ·cₜ, t from 0.
    case discounted(Double)
    /// Σ cₜ.
    case undiscounted

    /// γ; 1 for the plain sum.
    public var discount: Double {
        switch self {
        case .discounted(let discount): discount
        case .undiscounted: 1
        }
    }
}

/// What an episode may cost in one channel, in expectation.
public struct CostConstraint: Hashable, Sendable {
    /// The cost channel.
    public let name: String
    /// The largest expected sum, at least 0.
    public let budget: Double
    /// Which sum is meant.
    public let sum: CostSum

    /// Sets a budget.
    ///
    /// - Throws: `DynamicsError.badBudget`, `badDiscount`.
    public init(_ name: String, budget: Double, sum: CostSum) throws(DynamicsError) {
        guard budget >= 0 && budget.isFinite else { throw .badBudget(constraint: name, value: budget) }
        if case .discounted(let discount) = sum, !(discount > 0 && discount < 1) {
            throw .badDiscount(constraint: name, value: discount)
        }
        (self.name, self.budget, self.sum) = (name, budget, sum)
    }

    /// Refuses two constraints of one name, and one without a cost channel.
    ///
    /// - Parameters:
    ///   - constraints: of one task.
    ///   - channels: names of its costs.
    /// - Throws: `DynamicsError.repeatedName`, `noChannel`.
    static func check(_ constraints: [CostConstraint], against channels: [String]) throws(DynamicsError) {
        var seen: Set<String> = []
        for constraint in constraints {
            guard seen.insert(constraint.name).inserted else {
                throw .repeatedName(constraint.name, of: "constraints")
            }
            guard channels.contains(constraint.name) else {
                throw .noChannel(constraint: constraint.name, present: channels)
            }
        }
    }
}
