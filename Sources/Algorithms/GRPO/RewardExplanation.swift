import Alignment
import SafeRL
import Tensors

/// What a reward gives to answers to one request, part by part.
public struct RewardExplanation: Sendable, Encodable {
    /// A part of a sum: what the task's judge tells, its weight, and what it adds.
    public struct Part: Sendable, Encodable {
        /// The verifier, with the kind of request that it counts for.
        public let name: String
        /// What the judge tells of the answer.
        public let value: Double
        /// Its weight; nothing for a part that is compared within the group.
        public let weight: Double?
        /// What it adds before gate, penalties and floors.
        public let adds: Double
    }

    /// One answer.
    public struct Answer: Sendable, Encodable {
        /// The answer.
        public let text: String
        /// What the judge tells, by name.
        public let verifiers: [String: Double]
        /// The gate's verifier and what it lets through; nothing where there is no gate.
        public let gate: Part?
        /// What is added up.
        public let terms: [Part]
        /// What multiplies the sum.
        public let penalties: [Part]
        /// What bounded the reward: the verifier, and the largest reward there; nothing where nothing did.
        public let floor: Part?
        /// What is compared with the other answers.
        public let group: [Part]
        /// The reward.
        public let reward: Double
    }

    /// The request's place among the demonstrations, from 0.
    public let row: Int
    /// The request, and its kind.
    public let request, kind: String
    /// The answers, one group.
    public let answers: [Answer]
}

extension GRPO {
    /// What a reward gives to answers to a request that a run has demonstrations of.
    ///
    /// Of an answer's length nothing is known here: `overlongCushion`, and `rloo`'s divergence, are left out.
    ///
    /// - Parameters:
    ///   - reward: of a configuration.
    ///   - task: what is answered.
    ///   - seed: of the demonstrations, `data.collect.seed`.
    ///   - row: of the demonstration whose request is answered, from 0.
    ///   - answers: one group; the demonstration's own answer where there is none.
    /// - Returns: every part of it.
    /// - Throws: `OptionIssue` for a reward that reads what the task's judge does not tell.
    public static func explanation(
        of reward: Reward, in task: any TextTask.Type, seed: UInt64, row: Int, answers: [String]
    ) throws -> RewardExplanation {
        let composer = reward.composer
        try composer.check(against: task)
        let (request, demonstrated) = TextTaskData.demonstration(task, row, seed: seed)
        let texts = answers.isEmpty ? [demonstrated] : answers
        let told = texts.map(request.judge)
        let parts = composer(told, kind: request.kind)
        return RewardExplanation(
            row: row, request: request.text, kind: request.kind,
            answers: texts.indices.map { composer.explained(texts[$0], told[$0], parts[$0]) })
    }
}

extension RewardComposer {
    fileprivate func explained(
        _ text: String, _ told: [String: Double], _ parts: Parts
    ) -> RewardExplanation.Answer {
        func part(
            _ verifier: String, on kind: String? = nil, weight: Double?, adds: Double
        ) -> RewardExplanation.Part {
            .init(
                name: kind.map { "\(verifier) on \($0)" } ?? verifier, value: told[verifier] ?? .nan,
                weight: weight, adds: adds)
        }
        return .init(
            text: text, verifiers: told,
            gate: gate.map { part($0, weight: nil, adds: parts.gate) },
            terms: zip(terms, parts.terms).map { part($0.verifier, on: $0.on, weight: $0.weight, adds: $1) },
            penalties: penalties.map { part($0, weight: nil, adds: told[$0] ?? .nan) },
            floor: parts.floor.map { part(floors[$0].verifier, weight: nil, adds: floors[$0].atMost) },
            group: zip(group, parts.group).map { part($0.verifier, on: $0.on, weight: nil, adds: $1) },
            reward: parts.reward)
    }
}
