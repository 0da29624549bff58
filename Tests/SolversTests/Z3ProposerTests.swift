import Rules
import Solvers
import Storage
import Testing

/// Z3 where it is installed.
private enum Installed {
    static let isThere = (try? Z3Library()) != nil
    static let reason: Comment = "libz3.so.4 is not installed (apt-get install libz3-4)"
}

/// Rules about two actions in their first step.
private struct Ring {
    let rules: RuleFile

    init(_ text: String) throws {
        rules = try RuleFile(
            "rules 1\nsignal a = action[0]\nsignal b = action[1]\nsignal x = observation[0]\nsignal z = next[0]\n"
                + "model z = x + 0.5 * a within 0.01\n" + text, name: "a.rules")
    }

    func isAllowed(_ action: [Float]) -> Bool {
        var monitor = RuleMonitor(rules)
        return (try? monitor.proposeAhead(step(action)).isAllowed) ?? false
    }

    private func step(_ action: [Float]) -> TraceStep {
        var step = TraceStep(for: rules)
        step.signals = [Double(action[0]), Double(action[1]), 0.25, .nan]
        return step
    }

    func nearest(_ action: [Float], by proposer: any ActionProposer) -> ProjectedAction? {
        ActionProjection(for: rules, low: [-1, -1], high: [1, 1]).nearestAllowed(
            to: action, monitor: RuleMonitor(rules), step: step(action), proposer: proposer,
            isAllowed: isAllowed)
    }
}

@Suite(.enabled(if: Installed.isThere, Installed.reason)) struct Z3ProposerTests {
    private func proposer(_ timeout: Duration = .milliseconds(200)) throws -> Z3Proposer {
        try Z3Proposer(timeout: timeout)
    }

    @Test func theVersionIsThatOfTheLibrary() throws {
        let library = try Z3Library()
        #expect(library.version.hasPrefix("4.") && library.path.contains("z3"))
    }

    @Test func aCornerThatNoPointFillsIsFound() throws {
        // Two thin corners, of which 256 points meet none.
        let ring = try Ring("rule far: norm(a, b) >= 1.408\nrule same: a * b <= 0 or a + b < -1.99\n")
        let solver = try proposer()
        let found = try #require(ring.nearest([0.25, 0.5], by: solver))
        #expect(ring.isAllowed(found.action) && found.method == .solver)
        #expect(solver.counts.questions == 1)
    }

    @Test func itsActionIsNearerThanWhatPointsGive() throws {
        let ring = try Ring("rule curve: a * a * a + b * b >= 0.7\n")
        let solver = try proposer()
        let found = try #require(ring.nearest([0.25, 0.125], by: solver))
        #expect(ring.isAllowed(found.action))
        let plain = try #require(ring.nearest([0.25, 0.125], by: Mute()))
        #expect(found.distance <= plain.distance)
    }

    private struct Mute: ActionProposer {
        func proposals(for question: ActionQuestion) -> [[Double]] { [] }
    }

    @Test func modelsAndFormulasAreUnderstood() throws {
        let ring = try Ring(
            "rule r: max(abs(z * b), min(a, b)) >= 0.3 and (count[0..3](a > 0.1) >= 1 implies sqrt(1 + b) > 1.2)\n"
        )
        for start: [Float] in [[0, 0], [0.9, 0.1], [-0.5, 0.75]] where !ring.isAllowed(start) {
            let found = try #require(ring.nearest(start, by: proposer()))
            #expect(ring.isAllowed(found.action))
        }
    }

    @Test func aNanosecondIsTooShortForAnAnswer() throws {
        let ring = try Ring("rule far: norm(a, b) >= 1.408\nrule same: a * b <= 0 or a + b < -1.99\n")
        let solver = try proposer(.nanoseconds(1))
        #expect(ring.nearest([0.25, 0.5], by: solver) == nil)
        #expect(solver.counts == Z3Proposer.Counts(questions: 1, timeouts: 1))
    }

    @Test func anErrorEndsNeitherTheProcessNorTheSession() throws {
        var session = try Z3Session(try Z3Library())
        #expect(session.run("(get-value (nothing))") == nil)
        #expect(session.run("(assert nothing)") == nil)
        #expect(session.run("(") == nil)
        // A busy machine may leave it no time for more than "unknown"; it answers.
        #expect(session.run("(check-sat)") != nil)
    }

    @Test func threadsTakeTurns() async throws {
        let ring = try Ring("rule curve: a * a * a + b * b >= 0.7\n")
        let solver = try proposer()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    ring.nearest([0.25, Float(number) / 16], by: solver).map { ring.isAllowed($0.action) }
                        ?? false
                }
            }
            for await isAllowed in group { #expect(isAllowed) }
        }
        #expect(solver.counts.questions == 8)
    }
}

@Suite struct SolverAbsenceTests {
    @Test func aLibraryThatIsNotThereIsNamed() {
        #expect {
            try Z3Library(path: "/nowhere/libz3.so.4")
        } throws: { error in
            guard case .noLibrary(let reason) = error as? Z3Error else { return false }
            return reason.contains("/nowhere/libz3.so.4") && (error as? any Fault)?.kind == .missingInput
        }
    }

    @Test func anotherLibraryIsNotZ3() {
        #expect(throws: Z3Error.notZ3(library: "libm.so.6", missing: "Z3_get_full_version")) {
            try Z3Library(path: "libm.so.6")
        }
    }

    /// A solver that answers from a list, and then fails, as one that was killed.
    private struct Scripted: SolverSession {
        var answers: [String?]
        var commands: [String] = []

        mutating func run(_ commands: String) -> String? {
            self.commands.append(commands)
            guard commands.hasPrefix("(check-sat)") || commands.hasPrefix("(get-value") else { return "" }
            return answers.isEmpty ? nil : answers.removeFirst()
        }
    }

    private func question() throws -> ActionQuestion {
        let kept = Asked()
        let ring = try Ring("rule far: norm(a, b) >= 0.5\n")
        _ = ring.nearest([0.125, 0], by: kept)
        let question = kept.question.withLock { $0 }
        return try #require(question)
    }

    private func search(_ answers: [String?]) throws -> (models: [[Double]], failures: Int) {
        var session = Scripted(answers: answers)
        var search = NearestModel(try question(), timeout: .seconds(60))
        search.search(&session)
        // As much is taken back as was put down.
        let depth = session.commands.reduce(0) {
            $0 + ($1.contains("(push)") ? 1 : 0) - ($1.contains("(pop)") ? 1 : 0)
        }
        #expect(depth == 0)
        return (search.models, search.failures)
    }

    @Test func whatIsNoModelGivesNoAction() throws {
        #expect(try search([]) == ([], 1))
        #expect(try search(["unknown\n"]) == ([], 1))
        #expect(try search(["timeout"]) == ([], 1))
        #expect(try search(["unsat\n"]) == ([], 0))
        #expect(try search(["sat\n"]) == ([], 1))
        #expect(try search(["sat\n", "((a0 oops))"]) == ([], 1))
        #expect(try search(["sat\n", "((a0 0.5) (a1 0.0))", nil]) == ([[0.5, 0]], 1))
    }

    @Test func questionsAreTwelveAtMost() throws {
        let sat = [String?](repeating: "sat\n", count: 40).flatMap { [$0, "((a0 1.0) (a1 1.0))"] }
        #expect(try search(sat).models.count <= 12)
    }
}
