import Rules
import SafeRL
import Shields

/// Flags a cart above a speed; cannot judge a speed that is no number, nor one in `blind`.
final class SpeedWatch: StepWatch {
    let name = "monitor"
    let confirm: Int
    let limit: Float
    var blind: ClosedRange<Float>?
    var settings: [String: String] { ["monitor": "m", "monitor confirm": "\(confirm)"] }

    init(above limit: Float, confirm: Int = 1) { (self.limit, self.confirm) = (limit, confirm) }

    func check(observations: Int, actions: Int, choices: Int?, of name: String) throws {
        guard observations == 2 else {
            throw ReactionFault("a watch of 2 numbers, asked about \(observations).")
        }
    }

    func flags(_ observation: Span<Float>, _ action: Span<Float>) -> Bool? {
        let speed = observation[1]
        return speed.isNaN || blind?.contains(speed) == true ? nil : speed > limit
    }
}

/// Routes by the speed behind the action: act below the first limit, tighten below the second, ask below the third.
final class SpeedRouter: ProposalRouter {
    let limits: [Float]
    let horizon = 3
    let seed: UInt64 = 4
    var settings: [String: String] { ["router": "r"] }
    private var latest: Float = .nan
    /// Routes that were asked for.
    private(set) var asked = 0

    init(_ limits: [Float]) { self.limits = limits }

    func check(observations: Int, actions: Int, choices: Int?, of name: String) throws {}

    func route(_ observation: Span<Float>, _ action: Span<Float>) -> ProposalRoute {
        asked += 1
        latest = observation[1] + 0.1 * action[0]
        let place = limits.firstIndex { latest < $0 } ?? 3
        return ProposalRoute(RoutedClass.allCases[place], score: Double(latest), isGrounded: place < 2)
    }

    var evidence: any Encodable & Sendable { ["score": latest] }
}

/// Answers as it was told, one answer a question, and counts what it was asked.
final class Answers: AskHandler {
    var answers: [AskAnswer]
    private(set) var questions: [AskedProposal] = []
    private(set) var withdrawn = 0

    init(_ answers: [AskAnswer]) { self.answers = answers }

    func answer(to question: AskedProposal) -> AskAnswer {
        questions.append(question)
        return answers.isEmpty ? .no : answers.removeFirst()
    }

    func withdraw() { withdrawn += 1 }
}
