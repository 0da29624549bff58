import Rules

/// Bisection on the radius within which a solver finds an action.
package struct NearestModel {
    /// Questions at most.
    package static let mostQuestions = 12

    /// Time of one answer, at least 1 ns; a later answer counts for nothing.
    package let timeout: Duration
    /// Answers that were unknown, late or errors.
    package private(set) var failures = 0
    /// Models that were found, the nearest first.
    package private(set) var models: [[Double]] = []
    private let question: ActionQuestion

    package init(_ question: ActionQuestion, timeout: Duration) {
        (self.question, self.timeout) = (question, timeout)
    }

    private enum Answer { case model([Double]), none, unknown }

    /// Asks until the nearest model is known to a hundredth of the first radius, or an answer fails.
    package mutating func search<Session: SolverSession & ~Copyable>(_ session: inout Session) {
        let milliseconds = max(1, Int((timeout / .milliseconds(1)).rounded(.up)))
        let start = "(set-option :timeout \(milliseconds))\n(push)\n" + question.text
        guard session.run(start) != nil else {
            failures += 1
            _ = session.run("(pop)")
            return
        }
        defer { _ = session.run("(pop)") }
        var (near, far) = (0.0, question.radius)
        var radius = far
        for _ in 0..<Self.mostQuestions {
            switch ask(radius, &session) {
            case .model(let model):
                models.insert(model, at: 0)
                // Where the model's distance says more than the radius, that is taken.
                far = min(radius, max(question.distance(of: model), near))
            case .none:
                if models.isEmpty { return }
                near = radius
            case .unknown:
                failures += 1
                return
            }
            guard far - near > 0.01 * question.radius else { return }
            radius = 0.5 * (near + far)
        }
    }

    private func ask<Session: SolverSession & ~Copyable>(
        _ radius: Double, _ session: inout Session
    ) -> Answer {
        guard let square = ActionQuestion.text(radius * radius) else { return .unknown }
        let clock = ContinuousClock()
        let start = clock.now
        guard session.run("(push)\n(assert (<= \(question.squaredDistance) \(square)))") != nil else {
            return .unknown
        }
        defer { _ = session.run("(pop)") }
        guard let said = session.run("(check-sat)"), clock.now - start <= timeout else { return .unknown }
        switch said.filter({ !$0.isWhitespace }) {
        case "unsat": return .none
        case "sat": break
        default: return .unknown
        }
        let names = question.variables.joined(separator: " ")
        guard let values = session.run("(get-value (\(names)))"),
            let model = SolverNumbers.values(in: values, count: question.variables.count)
        else { return .unknown }
        return .model(model)
    }
}
