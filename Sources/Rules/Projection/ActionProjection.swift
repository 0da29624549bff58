/// An action in place of one that was refused.
public struct ProjectedAction: Sendable, Equatable {
    /// What found it.
    public enum Method: String, Sendable, CaseIterable {
        /// The proposal was allowed as it was.
        case proposal
        /// A quadratic programme.
        case program
        /// Bisection between the proposal and an action that is allowed.
        case segment
        /// Points that fill the box.
        case samples
        /// A solver's proposal.
        case solver
    }

    /// As it is to be executed; it was judged allowed.
    public let action: [Float]
    /// From the proposal: √Σ ((difference) / (high − low))².
    public let distance: Double
    /// What found it.
    public let method: Method
    /// Actions that were judged until it was found.
    public let judged: Int
}

/// Looks for the nearest action that rules allow.
///
/// Candidates are, in this order: nearest points of the parts in which rules are linear, or quadratic in one direction; where that does
/// not settle it, those of parts that tangents bound, taken anew at what was found; then points between the proposal and an action that
/// is allowed, then 256 points that fill the box, by distance; then what a proposer names. All are rounded to single
/// precision, as they will be executed, and judged: nothing else is ever returned. The work is bounded: at most 64 quadratic
/// programmes for each of 9 sets of parts, and 700 judgements.
public struct ActionProjection: Sendable {
    /// Points that fill the box.
    public static let samples = 256
    private static let halvings = 24
    private static let tangentRounds = 8

    /// Coordinates of an action.
    public var size: Int { low.count }
    private let low: [Float]
    private let high: [Float]
    private let weights: [Double]
    private let points: [Double]
    /// Nothing for more coordinates than a quadratic programme has.
    private let box: NearestPoint?
    private let now: SignalDependence
    private let ahead: SignalDependence

    /// Names the rules and the actions there are.
    ///
    /// - Parameters:
    ///   - rules: those of the monitors that will be given.
    ///   - low: of each coordinate, finite.
    ///   - high: likewise, not below `low`.
    public init(for rules: RuleFile, low: [Double], high: [Double]) {
        precondition(low.count == high.count, "\(low.count) lower bounds, \(high.count) upper ones")
        precondition(
            zip(low, high).allSatisfy { $0 <= $1 && $0.isFinite && $1.isFinite }, "a box without a point")
        // A coordinate of no width cannot differ.
        weights = zip(low, high).map { $0 < $1 ? 1 / ($1 - $0) : 1 }
        self.low = low.map { Double(Float($0)) < $0 ? Float($0).nextUp : Float($0) }
        self.high = high.map { Double(Float($0)) > $0 ? Float($0).nextDown : Float($0) }
        points = HaltonPoints.unit(Self.samples, size: low.count)
        box =
            1...NearestPoint.mostCoordinates ~= low.count
            ? NearestPoint(low: low, high: high, weights: weights) : nil
        let program = Program(rules)
        now = SignalDependence(program, rules, ahead: false)
        ahead = SignalDependence(program, rules, ahead: true)
    }

    /// Looks for the nearest action that is allowed.
    ///
    /// - Parameters:
    ///   - proposal: what was refused; where it is not finite, there is no nearest action.
    ///   - monitor: behind the last step that was taken, of the rules that were named.
    ///   - step: the step that is proposed: what is seen in it, and any finite action.
    ///   - fallback: an action that may be allowed; nothing where there is none.
    ///   - proposer: what is asked where rules are not linear.
    ///   - wasRefused: whether the proposal, within the box, is known to be refused.
    ///   - isAllowed: judges an action; what it refuses is not returned.
    /// - Returns: the nearest of the candidates that are allowed; nothing where none is.
    public func nearestAllowed(
        to proposal: [Float], monitor: RuleMonitor, step: TraceStep, fallback: [Float]? = nil,
        proposer: (any ActionProposer)? = nil, wasRefused: Bool = false, isAllowed: ([Float]) -> Bool
    ) -> ProjectedAction? {
        precondition(proposal.count == size, "\(proposal.count) numbers for \(size) coordinates")
        guard size > 0, proposal.allSatisfy(\.isFinite) else { return nil }
        var found = Candidates(proposal: proposal, weights: weights)
        if !wasRefused, found.take(clipped(proposal), .proposal, isAllowed) { return found.best }
        let context = ActionContext(monitor, step, now)
        if let box {
            let requirements = ActionRequirements(context, ahead: ahead, box: box)
            if settles(requirements, &found, isAllowed) { return found.best }
            followTangents(context, box, &found, isAllowed)
        }
        search(&found, fallback, FoldedRules(context, ahead: ahead), isAllowed)
        if let proposer, let question = question(context, found) {
            for action in proposer.proposals(for: question) {
                if found.take(clipped(action.map { Float($0) }), .solver, isAllowed) { break }
            }
        }
        return found.best
    }

    private func clipped(_ action: [Float]) -> [Float] {
        action.indices.map { max(low[$0], min(high[$0], action[$0])) }
    }

    private func rounded(_ point: ActionVector) -> [Float] { clipped((0..<size).map { Float(point[$0]) }) }

    /// Tries the nearest points of the parts in which rules are linear.
    ///
    /// - Returns: whether what was found is the nearest action, or none is allowed.
    private func settles(
        _ requirements: ActionRequirements, _ found: inout Candidates, _ isAllowed: ([Float]) -> Bool
    ) -> Bool {
        var search = ActionSearch(requirements, from: ActionVector(found.proposal.map(Double.init)))
        var (isRefused, isRelaxedRefused) = (false, false)
        while let part = search.next() {
            if isTaken(part, search, &found, isAllowed) { return !isRelaxedRefused && !search.isCut }
            isRefused = true
            isRelaxedRefused = isRelaxedRefused || part.isRelaxed
            search.divide(part)
        }
        return !isRefused && !search.isCut
    }

    private func isTaken(
        _ part: ActionSearch.Part, _ search: ActionSearch, _ found: inout Candidates,
        _ isAllowed: ([Float]) -> Bool, roundings: [Double] = [0.51, 2]
    ) -> Bool {
        if found.take(rounded(part.point), .program, isAllowed) { return true }
        for (roundings, isAnywhere) in roundings.map({ ($0, false) }) + [(roundings.last ?? 2, true)] {
            guard let inside = search.inside(part, by: roundings, anywhere: isAnywhere) else { return false }
            if found.take(rounded(inside), .program, isAllowed) { return true }
        }
        return false
    }

    /// Tries the nearest points of parts that tangents bound, which are taken anew at each point until it stays.
    private func followTangents(
        _ context: ActionContext, _ box: NearestPoint, _ found: inout Candidates,
        _ isAllowed: ([Float]) -> Bool
    ) {
        let proposal = ActionVector(found.proposal.map(Double.init))
        var anchor = proposal.clamped(lowerBound: box.low, upperBound: box.high)
        for round in 1...Self.tangentRounds {
            let requirements = ActionRequirements(context, ahead: ahead, box: box, tangentsAt: anchor)
            guard requirements.hasTangents else { return }
            var search = ActionSearch(requirements, from: proposal)
            guard var part = search.next() else { return }
            let isSettled = box.distance(part.point, anchor) < 1e-9
            anchor = part.point
            guard isSettled || round == Self.tangentRounds else { continue }
            for _ in 0..<4 {
                if isTaken(part, search, &found, isAllowed, roundings: [0.51, 2, 32, 1024]) { return }
                search.divide(part)
                guard let next = search.next() else { return }
                part = next
            }
            return
        }
    }

    /// Looks between the proposal and what is allowed; where nothing is known to be, in the whole box.
    private func search(
        _ found: inout Candidates, _ fallback: [Float]?, _ folded: FoldedRules, _ isAllowed: ([Float]) -> Bool
    ) {
        var folded = folded
        if let known = found.best?.action { halve(known, &found, &folded, isAllowed) }
        if let fallback, fallback.count == size, fallback.allSatisfy(\.isFinite) {
            let action = clipped(fallback)
            if found.take(action, .segment, isAllowed) { halve(action, &found, &folded, isAllowed) }
        }
        guard found.best == nil else { return }
        for sample in samples(by: found) {
            let action = clipped(sample: sample)
            if case .refused = folded.answer(action) { continue }
            if found.take(action, .samples, isAllowed) { return halve(action, &found, &folded, isAllowed) }
        }
    }

    private func clipped(sample: Int) -> [Float] {
        clipped(
            (0..<size).map { low[$0] + Float(points[sample * size + $0]) * (high[$0] - low[$0]) })
    }

    /// The points that fill the box, the nearest first.
    private func samples(by found: Candidates) -> [Int] {
        let distances = (0..<Self.samples).map { found.distance(clipped(sample: $0)) }
        return distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
    }

    /// Goes from an allowed action towards the proposal as far as that is allowed.
    ///
    /// What is just in front of the action is tried first, since most candidates are as near as they may be.
    private func halve(
        _ allowed: [Float], _ found: inout Candidates, _ folded: inout FoldedRules,
        _ isAllowed: ([Float]) -> Bool
    ) {
        let start = found.proposal
        func point(_ share: Double) -> [Float] {
            clipped(
                start.indices.map {
                    Float(Double(start[$0]) + share * (Double(allowed[$0]) - Double(start[$0])))
                })
        }
        func isOpen(_ share: Double) -> Bool {
            switch folded.answer(point(share)) {
            case .allowed: true
            case .refused: false
            case .unsure: found.take(point(share), .segment, isAllowed)
            }
        }
        var (near, far) = (0.0, 1.0)
        guard isOpen(1 - 0x1p-12) else { return }
        far = 1 - 0x1p-12
        for _ in 0..<Self.halvings {
            let middle = 0.5 * (near + far)
            if isOpen(middle) { far = middle } else { near = middle }
        }
        // The first judge's borders may be off by roundings.
        for back in [0, 0x1p-20, 0x1p-12] {
            if found.take(point(min(far + back, 1)), .segment, isAllowed) { return }
        }
    }

    private func question(_ context: ActionContext, _ found: Candidates) -> ActionQuestion? {
        SolverText(context, ahead: ahead).question(
            proposal: found.proposal.map(Double.init), weights: weights, low: low.map(Double.init),
            high: high.map(Double.init), within: found.best?.distance)
    }
}

/// Candidates that were judged, and the nearest of those that are allowed.
private struct Candidates {
    let proposal: [Float]
    let weights: [Double]
    private(set) var best: ProjectedAction?
    private var judged = 0
    private var last: [Float] = []

    init(proposal: [Float], weights: [Double]) { (self.proposal, self.weights) = (proposal, weights) }

    func distance(_ action: [Float]) -> Double {
        var sum = 0.0
        for place in action.indices {
            let difference = weights[place] * (Double(action[place]) - Double(proposal[place]))
            sum += difference * difference
        }
        return sum.squareRoot()
    }

    /// Judges an action, and keeps it where it is allowed and nearer than those before.
    mutating func take(
        _ action: [Float], _ method: ProjectedAction.Method, _ isAllowed: ([Float]) -> Bool
    ) -> Bool {
        if action == last { return false }
        judged += 1
        guard action.allSatisfy(\.isFinite), isAllowed(action) else {
            last = action
            return false
        }
        let distance = distance(action)
        if distance < best?.distance ?? .infinity {
            best = ProjectedAction(action: action, distance: distance, method: method, judged: judged)
        }
        return true
    }
}
