/// A number that a law of motion can be computed with: an interval, or a form over a box.
///
/// Arithmetic has words: operators would be tried by the compiler in every expression of whoever imports this.
public protocol BoundableNumber: Sendable {
    /// A number, exactly.
    init(_ exact: Double)
    /// The sum.
    func plus(_ other: Self) -> Self
    /// The difference.
    func minus(_ other: Self) -> Self
    /// The product.
    func times(_ other: Self) -> Self
    /// side / length of numbers with |side| ≤ length; any number from −1 to 1 where both are 0.
    static func cosine(_ side: Self, over length: Self) -> Self
    /// √(x² + y²).
    static func hypotenuse(_ x: Self, _ y: Self) -> Self
    /// |x|.
    var magnitude: Self { get }
    /// cos x.
    var cosine: Self { get }
    /// sin x.
    var sine: Self { get }
    /// min(max(x, low), high).
    func clipped(to limits: ClosedInterval) -> Self
    /// The same, of which it is known that it lies in an interval.
    func known(within limits: ClosedInterval) -> Self
    /// The smaller of two.
    static func smaller(_ a: Self, _ b: Self) -> Self
    /// The same with an unknown number of an interval added.
    func widened(by unknown: ClosedInterval) -> Self
}

extension ClosedInterval {
    /// The sum with an unknown number.
    public func widened(by unknown: ClosedInterval) -> ClosedInterval { plus(unknown) }
}

/// An action of which an environment knows what it does in every state.
public struct ListedAction: Sendable, Hashable {
    /// What property files call it.
    public let name: String
    /// Its numbers where they are the same in all states; nothing for a fallback, which depends on the state.
    public let constant: [Double]?

    /// The fallback.
    public static let fallback = ListedAction(name: "fallback", constant: nil)

    /// An action with the same numbers in all states.
    public static func constant(_ numbers: [Double]) -> ListedAction {
        ListedAction(name: numbers.map { "\($0)" }.joined(separator: ","), constant: numbers)
    }
}

/// An environment whose observations and steps are known functions of a small state, so that both can be bounded.
///
/// Laws are written once for every `BoundableNumber`: over intervals they give boxes, over forms they keep what numbers have in common.
public protocol BoundableEnvironment: SendableMetatype {
    /// What the state's numbers are called, such as `speed`.
    static var stateNames: [String] { get }
    /// Where invariants are asked about unless a property says otherwise.
    static var stateBox: IntervalBox { get }
    /// The observation of a state, before it is rounded to single precision.
    static func observation<Number: BoundableNumber>(of state: [Number]) -> [Number]
    /// The state after a step.
    static func successor<Number: BoundableNumber>(of state: [Number], action: [Number]) -> [Number]
    /// The action that a guard falls back on in a state, whose numbers it knows in single precision.
    static func fallback<Number: BoundableNumber>(in state: [Number]) -> [Number]
    /// How many numbers an action has.
    static var actionSize: Int { get }
    /// Values of states in closed form, by name.
    static var closedForms: [String: any ClosedFormValue] { get }
    /// Whether some behaviour is safe from a state on, by a rule of its own; nothing where there is none.
    static func isFeasible(_ state: [Double]) -> Bool?
    /// A box of all states that show an observation in single precision; nothing where an observation does not tell them.
    static func states(showing observation: [Float]) -> IntervalBox?
    /// For each number of the state by how much it may be shifted without a difference; 0 for none. All of them 0 where it is empty.
    static var periods: [Double] { get }
}

extension BoundableEnvironment {
    /// None.
    public static var closedForms: [String: any ClosedFormValue] { [:] }
    /// Nothing is known.
    public static func isFeasible(_ state: [Double]) -> Bool? { nil }
    /// Nothing is told.
    public static func states(showing observation: [Float]) -> IntervalBox? { nil }
    /// None.
    public static var periods: [Double] { [] }

    /// What is observed in a box of states, in single precision.
    public static func observationBounds(of state: IntervalBox) -> IntervalBox {
        observation(of: state).map(\.singlyRounded)
    }

    /// Where a step leads from a box of states by a box of actions.
    public static func successorBounds(state: IntervalBox, action: IntervalBox) -> IntervalBox {
        successor(of: state, action: action)
    }

    /// Where a listed action leads, computed with any kind of number.
    static func successor<Number: BoundableNumber>(of state: [Number], by action: ListedAction) -> [Number] {
        let numbers = action.constant.map { $0.map { Number($0) } } ?? fallback(in: state)
        return successor(of: state, action: numbers)
    }
}

/// A value of states in closed form: at most 0 is safe.
public protocol ClosedFormValue: Sendable {
    /// The value.
    func value<Number: BoundableNumber>(of state: [Number]) -> Number
    /// No less than what the value can rise by from a state to the one that a step leads to; infinite where nothing is known.
    func rise<Number: BoundableNumber>(from state: [Number], to next: [Number]) -> Number
}
