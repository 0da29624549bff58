import Tensors

/// Whether a value of states that is low enough can be kept low: for all states with V(s) ≤ −margin some listed action leads, for all
/// errors of the model, to V(s⁺) ≤ −margin.
///
/// With a slack τ per step and a number of steps T the statement is: V(s) ≤ −margin + T·τ implies V(s⁺) ≤ max(V(s), −margin) + τ, so that
/// from V ≤ −margin on the actions keep V ≤ −margin + T·τ for T steps. It is about the value alone: states outside of the box are not covered.
public struct InvariantQuestion<Environment: BoundableEnvironment>: Sendable {
    /// Where: one interval a number of the state.
    public let box: IntervalBox
    /// Of which one must do.
    public let actions: [ListedAction]
    /// m, at least 0.
    public let margin: Double
    /// τ, at least 0, and T.
    public let slack: Double
    /// T; 0 where there is no slack.
    public let steps: Int
    /// How far the next state may be from what the law says, one number a number of the state.
    public let modelError: [Double]
    /// V.
    public let value: StateValue

    /// Asks.
    public init(
        _ type: Environment.Type, value: StateValue, over box: IntervalBox? = nil,
        actions: [ListedAction] = [.fallback], margin: Double = 0, slack: Double = 0, steps: Int = 0,
        modelError: [Double] = []
    ) {
        (self.box, self.actions, self.margin) = (box ?? Environment.stateBox, actions, margin)
        (self.slack, self.steps, self.value) = (slack, steps, value)
        self.modelError =
            modelError.isEmpty ? Environment.stateNames.map { _ in 0 } : modelError
        precondition(
            self.box.count == Environment.stateNames.count && self.modelError.count == self.box.count
                && margin >= 0 && slack >= 0 && steps >= 0 && !actions.isEmpty, "an invariant of other sizes")
    }

    /// The largest value that is to be kept.
    var limit: Double {
        let gained = Double(steps) * slack
        return (gained - margin) + (gained + margin) * 0x1p-50
    }

    /// The next state by an action, for all errors of the model.
    func next<Number: BoundableNumber>(_ state: [Number], by action: ListedAction) -> [Number] {
        zip(Environment.successor(of: state, by: action), modelError).map { number, error in
            error == 0 ? number : number.widened(by: ClosedInterval(-error, error))
        }
    }
}

/// A value of states: at most 0 is safe.
public enum StateValue: Sendable {
    /// A network with one output, of the observation.
    case network(VerifiableNetwork, Semantics)
    /// A formula.
    case closedForm(any ClosedFormValue)

    var isClosedForm: Bool { if case .closedForm = self { true } else { false } }
}

/// What is known of a box of states.
enum InvariantJudgement {
    /// No state of it has a value that is to be kept.
    case vacuous
    /// An action keeps the value in all of it.
    case kept
    /// Every state of it has a value that is to be kept, and no listed action keeps it.
    case refuted
    /// Neither; where to cut, if that is possible.
    case open(cut: Int?)

    /// Whether nothing is left to prove.
    var isProof: Bool {
        switch self {
        case .vacuous, .kept: true
        case .refuted, .open: false
        }
    }
}

extension InvariantQuestion {
    /// Judges boxes of states, lower ends and upper ends of each, on all threads.
    func judge(_ boxes: [[Double]]) -> [InvariantJudgement] {
        var results = [InvariantJudgement?](repeating: nil, count: boxes.count)
        results.withUnsafeMutableBufferPointer { slots in
            let (slots, question) = (slots, self)
            Shards.run(min(ParallelBounds.parts, boxes.count), on: boxes) { boxes, shard in
                for index in stride(from: shard, to: boxes.count, by: ParallelBounds.parts) {
                    let (box, count) = (boxes[index], boxes[index].count / 2)
                    slots[index] = question.judge(
                        (0..<count).map { ClosedInterval(box[$0], box[count + $0]) })
                }
            }
        }
        return results.compactMap { $0 }
    }

    /// Judges a box of states.
    func judge(_ box: IntervalBox) -> InvariantJudgement {
        let reach = box.map { max($0.high - $0.middle, $0.middle - $0.low).nextUp }
        let state = StateForm.state(over: box)
        let space = ValueBounds(value, Environment.self)
        let now = space.bounds(of: state, reach)
        if now.bounds.low > limit { return .vacuous }
        var pulls = now.pulls
        var isRefuted = now.bounds.high <= limit
        var nearest = Double.infinity
        for action in actions {
            let next = next(state, by: action)
            let then = space.bounds(of: next, reach)
            if then.bounds.high <= -margin { return .kept }
            // Where the value falls, it need not be known. A network's rise costs two networks, and says less than its value inside.
            if now.bounds.high > -margin || value.isClosedForm {
                let rise = space.rise(from: state, to: next, reach)
                if rise.bounds.high <= slack { return .kept }
                if rise.bounds.high < nearest { (nearest, pulls) = (rise.bounds.high, rise.pulls) }
            } else if then.bounds.high < nearest {
                (nearest, pulls) = (then.bounds.high, then.pulls)
            }
            isRefuted =
                isRefuted && then.bounds.low > (max(now.bounds.high, -margin) + slack).nextUp
        }
        if isRefuted { return .refuted }
        let ends = box.map(\.low) + box.map(\.high)
        let most = pulls.reduce(0) { max($0, $1) }
        // A share of the width, so that no number is left out for ever.
        let mixed = pulls.indices.map { k in
            (most > 0 ? pulls[k] / most : 0) + 0.05 * box[k].width / max(self.box[k].width, Rounding.tiny)
        }
        return .open(cut: BoxBounds.cut(ends, mixed))
    }
}

extension InvariantQuestion {
    /// The value at a state and after each listed action, with the usual rounding and without errors of the model.
    func values(at state: [Double]) -> (now: Double, then: [Double]) {
        let point = state.map { ClosedInterval($0) }
        func number(_ state: [ClosedInterval]) -> Double {
            switch value {
            case .closedForm(let form): form.value(of: state).middle
            case .network(let network, _):
                network.outputs(at: Environment.observation(of: state).map(\.middle))[0]
            }
        }
        return (number(point), actions.map { number(Environment.successor(of: point, by: $0)) })
    }

    /// Whether a state seems to be a counter-example.
    func isSuspect(_ state: [Double]) -> Bool {
        let (now, then) = values(at: state)
        return now <= limit && then.allSatisfy { $0 > max(now, -margin) + slack }
    }

    /// Shares of random states of the box, without proof: what there is to prove, and how much of it the listed actions seem to keep.
    ///
    /// - Parameter count: how many states, at least 1.
    /// - Returns: of all states those whose value is to be kept; of these those that an action keeps; of all states those that the environment's
    ///   own rule calls feasible, where it has one.
    public func sampled(_ count: Int) -> (low: Double, kept: Double, feasible: Double?) {
        var random = RandomStream(seed: 0, for: .sampling)
        var (low, kept, feasible) = (0, 0, Int?.none)
        for _ in 0..<count {
            let state = box.map { $0.low + random.nextPreciseUniform() * $0.width }
            if let isFeasible = Environment.isFeasible(state) {
                feasible = (feasible ?? 0) + (isFeasible ? 1 : 0)
            }
            let (now, then) = values(at: state)
            guard now <= limit else { continue }
            low += 1
            if then.contains(where: { $0 <= max(now, -margin) + slack }) { kept += 1 }
        }
        return (
            Double(low) / Double(count), low == 0 ? 1 : Double(kept) / Double(low),
            feasible.map { Double($0) / Double(count) }
        )
    }
}
