/// Half-spaces and choices that all must be met; nothing at all where it is empty.
struct Conjunction: Sendable {
    /// Numbers of half-spaces.
    var constraints: [Int] = []
    /// Numbers of choices, of each of which one conjunction must be met.
    var choices: [Int] = []
    /// Whether something that is not linear was left out.
    var isRelaxed = false

    static let nothing = Conjunction()
    static let relaxed = Conjunction(isRelaxed: true)

    var isNothing: Bool { constraints.isEmpty && choices.isEmpty && !isRelaxed }
}

/// What the enforced rules ask of the action in a step, as half-spaces and choices between them.
///
/// The past is settled, so a rule is a formula over comparisons of numbers that are affine in the action. Models' errors are taken at their
/// worst. Absolute values, maxima and counts under a comparison become a conjunction or a choice, by their sign, and so does a quadratic in one
/// direction of the action, by its roots. What is curved otherwise is left out, which is said, or taken by its tangents at a point.
struct ActionRequirements {
    /// Parts of formulas that are looked at, at most.
    private static let mostParts = 4096
    /// Choices that are told apart at most.
    private static let mostChoices = 256

    /// Of half-spaces, by number.
    private(set) var constraints: [LinearConstraint] = []
    /// Of choices, by number.
    private(set) var choices: [[Conjunction]] = []
    /// What all rules ask together; nothing where no action can meet it.
    private(set) var whole: Conjunction? = .nothing

    var context: ActionContext
    /// What models say of each next signal; nothing where that is not linear.
    private(set) var models: [LinearForm?] = []
    let box: NearestPoint
    /// Where tangents are taken; nothing where what is curved is left out.
    let anchor: ActionVector?
    /// Whether something was taken by its tangents.
    var hasTangents = false
    private var parts = mostParts

    /// Looks at every rule that is enforced.
    ///
    /// - Parameters:
    ///   - now: the step that is proposed.
    ///   - ahead: what is not settled in the step ahead of it.
    ///   - box: the actions there are.
    ///   - anchor: where tangents are taken of what is curved; nothing to leave it out.
    init(
        _ now: ActionContext, ahead: SignalDependence, box: NearestPoint,
        tangentsAt anchor: ActionVector? = nil
    ) {
        (context, self.box, self.anchor) = (now, box, anchor)
        models = [LinearForm?](repeating: nil, count: now.models.count)
        for (place, model) in now.monitor.program.predicted.enumerated() {
            guard var form = form(of: model.node)?.linearAlone else { continue }
            if place < 16 { form.errors[place] += model.error } else { form.spread += model.error }
            models[model.signal] = form
        }
        let met = context.rulesMet(everywhereIn: box)
        for rule in context.rules where !met.contains(rule) { add(requirement(of: rule)) }
        guard !now.monitor.program.foreseen.isEmpty else { return }
        if let step = ActionContext(after: now, ahead) {
            context = step
            for rule in context.rules { add(requirement(of: rule)) }
        } else {
            add(.relaxed)
        }
    }

    private mutating func add(_ conjunction: Conjunction?) { whole = both(whole, conjunction) }

    // MARK: - Rules

    private mutating func requirement(of rule: Int) -> Conjunction? {
        switch context.demand(of: rule) {
        case .nothing: .nothing
        case .formula(let node): requirement(of: node, is: true)
        case .answer(let formula, let trigger):
            either([requirement(of: trigger, is: false), requirement(of: formula, is: true)])
        case .unknown: .relaxed
        }
    }

    // MARK: - Conjunctions and choices

    /// What both ask; nothing where one of them cannot be met.
    func both(_ a: Conjunction?, _ b: Conjunction?) -> Conjunction? {
        guard var a, let b else { return nil }
        if b.isNothing { return a }
        a.constraints += b.constraints
        a.choices += b.choices
        a.isRelaxed = a.isRelaxed || b.isRelaxed
        return a
    }

    /// A choice; nothing where none of them can be met.
    mutating func either(_ options: [Conjunction?]) -> Conjunction? {
        let possible = options.compactMap(\.self)
        if possible.count < 2 { return possible.first }
        if possible.contains(where: \.isNothing) { return .nothing }
        guard choices.count < Self.mostChoices else { return .relaxed }
        choices.append(possible)
        return Conjunction(choices: [choices.count - 1])
    }

    /// Whether another part of a formula may be looked at.
    mutating func mayGoOn() -> Bool {
        parts -= 1
        return parts >= 0
    }

    /// That a number without pieces is at most 0, whatever the models' errors.
    mutating func halfSpace(_ form: LinearForm) -> Conjunction? {
        let bound = -form.constant - form.worst
        if bound.isNaN { return .relaxed }
        if bound == .infinity { return .nothing }
        // What the box settles is no constraint.
        let (low, high) = (form.coefficients * box.low, form.coefficients * box.high)
        let isTurned = high .< low
        let least = low.replacing(with: high, where: isTurned).sum()
        let most = high.replacing(with: low, where: isTurned).sum()
        if least > bound { return nil }
        let margin = 1e-12 * (form.magnitude + form.worst + abs(most))
        if most <= bound - margin || form.coefficients == ActionVector(repeating: 0) { return .nothing }
        constraints.append(
            LinearConstraint(form.coefficients, bound: bound, magnitude: form.magnitude + form.worst))
        return Conjunction(constraints: [constraints.count - 1])
    }
}
