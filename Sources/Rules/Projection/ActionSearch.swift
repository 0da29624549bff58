/// Parts of what rules ask of an action, the nearest first: each is a quadratic programme.
///
/// The normal form of choices is not written out. A part begins without any; where its nearest point does not meet a choice, the
/// part is divided by it. What is taken in only moves a point away, so the nearest point of all comes first.
struct ActionSearch {
    /// Programmes that are solved at most.
    static let mostParts = 64

    /// Some choices made.
    struct Part {
        var constraints: [Int]
        /// Choices that are still to be made.
        var choices: [Int]
        var isRelaxed: Bool
        var point = ActionVector(repeating: 0)
        var distance = 0.0
    }

    /// Whether parts were left out since there are too many.
    private(set) var isCut = false
    private var open: [Part] = []
    private var solved = 0
    private let constraints: [LinearConstraint]
    private let choices: [[Conjunction]]
    private let box: NearestPoint
    private let proposal: ActionVector
    /// How far inside each half-space a point must lie to stay inside when it is rounded.
    private let margins: [Double]

    init(_ requirements: ActionRequirements, from proposal: ActionVector) {
        (constraints, choices) = (requirements.constraints, requirements.choices)
        (self.proposal, box) = (proposal, requirements.box)
        let step = (requirements.box.high - requirements.box.low) * 0x1p-22
        margins = requirements.constraints.map {
            ($0.coefficients.magnitudes * step).sum() + 1e-14 * $0.magnitude
        }
        if let whole = requirements.whole {
            solve(
                Part(constraints: whole.constraints, choices: whole.choices, isRelaxed: whole.isRelaxed))
        }
    }

    private mutating func solve(_ part: Part) {
        guard solved < Self.mostParts else {
            isCut = true
            return
        }
        solved += 1
        let chosen = part.constraints.map { constraints[$0] }
        guard let found = box.nearest(to: proposal, within: chosen) else { return }
        var part = part
        (part.point, part.distance) = found
        open.append(part)
    }

    /// The nearest part all of whose choices its point meets; nothing where none is left.
    mutating func next() -> Part? {
        while let nearest = open.indices.min(by: { open[$0].distance < open[$1].distance }) {
            let part = open.remove(at: nearest)
            guard let unmet = part.choices.first(where: { !isMet($0, part) }) else { return part }
            divide(part, by: unmet)
        }
        return nil
    }

    /// Divides a part whose point was refused by a choice that is still to be made.
    mutating func divide(_ part: Part) {
        if let choice = part.choices.first { divide(part, by: choice) }
    }

    private mutating func divide(_ part: Part, by choice: Int) {
        for option in choices[choice] {
            var next = part
            next.choices.removeAll { $0 == choice }
            next.constraints += option.constraints.filter { !part.constraints.contains($0) }
            next.choices += option.choices
            next.isRelaxed = next.isRelaxed || option.isRelaxed
            solve(next)
        }
    }

    /// Whether a point lies well inside of one of the options, or in half-spaces that were chosen.
    private func isMet(_ choice: Int, _ part: Part) -> Bool {
        choices[choice].contains { option in
            !option.isRelaxed && option.constraints.allSatisfy { isMet(constraint: $0, part) }
                && option.choices.allSatisfy { isMet($0, part) }
        }
    }

    private func isMet(constraint number: Int, _ part: Part) -> Bool {
        if part.constraints.contains(number) { return true }
        let constraint = constraints[number]
        return (constraint.coefficients * part.point).sum() <= constraint.bound - margins[number]
    }

    /// The nearest point of a part whose half-spaces are moved inwards by so many roundings of their coordinates.
    ///
    /// - Parameters:
    ///   - part: one that was solved.
    ///   - roundings: of the coordinates to single precision, at the part's point or, where that is not enough, anywhere in the box.
    ///   - isAnywhere: which of the two.
    /// - Returns: the point; nothing where there is none so far inside.
    func inside(_ part: Part, by roundings: Double, anywhere isAnywhere: Bool) -> ActionVector? {
        guard !part.constraints.isEmpty else { return nil }
        var step = box.high - box.low
        if isAnywhere {
            step *= 0x1p-23
        } else {
            for place in 0..<box.size { step[place] = Double(Float(part.point[place]).ulp) }
        }
        let moved = part.constraints.map { number in
            var constraint = constraints[number]
            constraint.bound -=
                roundings * (constraint.coefficients.magnitudes * step).sum() + 2e-15 * constraint.magnitude
            return constraint
        }
        return box.nearest(to: proposal, within: moved)?.point
    }
}
