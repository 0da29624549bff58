import Alignment
import SafeRL

extension GRPO {
    /// Settings of `terms`: every part of a `RewardComposer`, each verifier by the task's name for it.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct TermsReward: Defaulted, Equatable {
        @Setting("A verifier that multiplies the sum, such as \"shape\"; \"\" for none.")
        public var gate = ""
        @Setting("Whether the gate takes the group's term away too.")
        public var gatesAll = false
        @Setting(
            -1e9...1e9,
            "Weights of verifiers, each for every request (\"shape\") or for one kind (\"refusal on harmful\")."
        )
        public var weights: [String: Double] = ["shape": 1]
        @Setting("Verifiers that multiply the sum, with commas between them; \"\" for none.")
        public var penalties = ""
        @Setting(
            -1e9...1e9, "Largest rewards that are left where a verifier is 1; the smallest of them counts.")
        public var floors: [String: Double] = [:]
        @Setting("A verifier that is compared within the answers to a request.")
        public var group = GroupReward()

        /// The shape alone.
        public init() {}

        /// The sum.
        var composer: RewardComposer {
            var composer = RewardComposer(
                weights.sorted { $0.key < $1.key }.map { name, weight in
                    let (verifier, kind) = Self.parts(of: name)
                    return .init(verifier, weight: weight, on: kind)
                })
            composer.gate = gate.isEmpty ? nil : gate
            composer.gatesAll = gatesAll
            composer.penalties = penalties.split(separator: ",").map {
                String($0.drop { $0 == " " })
            }
            composer.floors = floors.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map {
                .init($0.key, atMost: $0.value)
            }
            if let term = group.term { composer.group = [term] }
            return composer
        }

        /// A verifier's name, and the kind of request that it is for.
        private static func parts(of name: String) -> (verifier: String, kind: String?) {
            guard let range = name.range(of: " on ") else { return (name, nil) }
            return (String(name[..<range.lowerBound]), String(name[range.upperBound...]))
        }

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue` for a reward that is always 0.
        public func validate() throws {
            if weights.values.allSatisfy({ $0 == 0 }) && group.term == nil {
                throw OptionIssue(
                    "weights", "all of them are 0, and nothing is compared in the group. Give one a weight.")
            }
            if gatesAll && gate.isEmpty {
                throw OptionIssue("gatesAll", "there is no gate. Name one by gate, or write false.")
            }
        }
    }

    /// Settings of the group's term.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct GroupReward: Defaulted, Equatable {
        @Setting("The verifier, such as \"help\"; \"\" for none.")
        public var verifier = ""
        @Setting("The kind of request that it counts for; \"\" for every one.")
        public var on = ""
        @Setting("A verifier that takes it away where it is 1; \"\" for none.")
        public var unless = ""
        @Setting("How a value becomes a reward: within its group, raw, or not at all.")
        public var scale = RewardComposer.GroupTerm.Scale.group
        @Setting("Whether a value below the group's mean is worth 0.")
        public var isPositive = true
        @Setting(0...1e9, "Smallest standard deviation that is divided by.")
        public var floor = 0.25

        /// None.
        public init() {}

        var term: RewardComposer.GroupTerm? {
            verifier.isEmpty
                ? nil
                : .init(
                    verifier, on: on.isEmpty ? nil : on, unless: unless.isEmpty ? nil : unless, scale: scale,
                    atLeast: isPositive ? 0 : nil, floor: floor)
        }
    }
}

extension RewardComposer {
    /// Checks that a task's judge tells all that the reward reads, and that requests have its kinds.
    ///
    /// - Throws: `OptionIssue`.
    func check(against task: any TextTask.Type) throws {
        if let missing = verifiers.sorted().first(where: { !task.verifiers.contains($0) }) {
            throw OptionIssue(
                "reward",
                "reads \(quoted(missing)), which \(task.name) does not tell. Choose of "
                    + task.verifiers.joined(separator: ", ") + ".")
        }
        let kinds = terms.compactMap(\.on) + group.compactMap(\.on)
        if let other = kinds.first(where: { !task.kinds.contains($0) }) {
            throw OptionIssue(
                "reward",
                "is about \(quoted(other)) requests, and those of \(task.name) are "
                    + task.kinds.joined(separator: " or ") + ".")
        }
    }

    /// Whether a reward is the sum of its terms alone, which can be compared one by one.
    var isSum: Bool { gate == nil && penalties.isEmpty && floors.isEmpty }

    /// What each term of a sum is worth before its weight, and the weights: those of the group's terms are 1.
    ///
    /// - Parameter parts: of an answer.
    /// - Returns: a number for each term, then for each of the group's.
    func columns(_ parts: Parts) -> [Double] {
        zip(parts.terms, terms).map { $1.weight == 0 ? 0 : $0 / $1.weight } + parts.group
    }

    /// Weights of `columns`.
    var weights: [Double] { terms.map(\.weight) + group.map { _ in 1 } }
}
