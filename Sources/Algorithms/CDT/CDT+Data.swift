import SafeRL

extension CDT.Configuration {
    var isStochastic: Bool { actions == .gaussian }

    /// AdamW on every parameter, with a warm-up whose first update moves already.
    var optimizer: Adam {
        var adam = Adam(rate: warmUp > 0 ? .rising(learningRate, over: warmUp) : .constant(learningRate))
        adam.decay = weightDecay
        adam.largestNorm = gradientNorm > 0 ? gradientNorm : nil
        return adam
    }

    /// Sizes of the network for spaces and a longest episode.
    package func shape(observation: Int, action: Int, episode: Int) -> DecisionTransformer.Shape {
        var shape = DecisionTransformer.Shape(observation: observation, action: action, episode: episode)
        (shape.width, shape.blocks, shape.heads, shape.steps) = (width, blocks, heads, contextLength)
        (shape.usesReturn, shape.usesCost, shape.hasPrefix) = (usesReturn, usesCost, costPrefix)
        (shape.isStochastic, shape.headLayers) = (isStochastic, headLayers)
        shape.costCeiling = costInput == .published ? 50 : nil
        return shape
    }

    /// The task whose constants are meant, if there is one.
    ///
    /// - Throws: `OptionIssue` for a name of none.
    func constants(for data: TransitionDataset) throws -> CDTTask? {
        if task == "none" { return nil }
        if task == "auto" {
            let inferred = data.path.flatMap { DSRLTask.inferred(fromFileName: $0) }
            let sizes = (data.observationSize, data.actionSize)
            return inferred.flatMap {
                ($0.observationSize, $0.actionSize) == sizes ? CDTTask.named($0.shortName) : nil
            }
        }
        do throws(UnknownTask) {
            return CDTTask.named(try DSRLTask.named(task).shortName)
        } catch {
            throw OptionIssue("task", "\(error)")
        }
    }

    /// Sizes of the network for data.
    ///
    /// - Throws: `OptionIssue` when an episode is longer than is allowed, or all are shorter than a context.
    func shape(for data: TransitionDataset, _ constants: CDTTask?) throws -> DecisionTransformer.Shape {
        let longest = data.longestEpisode
        guard contextLength <= longest else {
            throw OptionIssue(
                "contextLength",
                "\(contextLength) steps are more than the \(longest) of the longest recorded episode. Write at most \(longest)."
            )
        }
        let ofTask = try constants.map { try DSRLTask.named($0.name).stepLimit }
        let episode = episodeLength > 0 ? episodeLength : max(ofTask ?? longest, longest)
        guard longest <= episode else {
            throw OptionIssue(
                "episodeLength",
                "\(episode) is less than the \(longest) steps of a recorded episode. Write \(longest) or more, or 0."
            )
        }
        return shape(observation: data.observationSize, action: data.actionSize, episode: episode)
    }

    /// The episodes with their labels and copies, and a line about them.
    ///
    /// - Throws: `OptionIssue` when the data do not fit.
    func sequences(
        of data: TransitionDataset, _ constants: CDTTask?, seed: UInt64
    ) throws -> (EpisodeSequences, String) {
        if costWeight > 0, let row = data.costs.firstIndex(where: { $0 > 1 }) {
            throw OptionIssue(
                "costWeight",
                "the classifier tells no cost from a cost of 1, and row \(row) costs \(data.costs[row]). "
                    + "Write costWeight 0, which does without it.")
        }
        if case .boundary(let own) = costToGo {
            return try boundarySequences(of: data, constants, limit: own.limit)
        }
        let rule: EpisodeSampling =
            switch sampling {
            case .uniform: .uniform
            case .linear(let own): .linear(from: own.ceiling)
            case .inverse(let own): .inverse(plus: own.offset)
            }
        let sequences = EpisodeSequences(data, returnScale: returnScale, sampling: rule)
        let copies = try relabelling(constants).map { relabelling in
            var draws = RandomStream(seed: seed, for: .splitting)
            return try relabelling.choose(among: sequences.outcomes, using: &draws).targets
        }
        if let copies { sequences.add(copies, sampling: rule) }
        guard sequences.canBeDrawn else {
            throw OptionIssue(
                "sampling",
                "every episode costs too much to be drawn. Raise sampling.ceiling, or write \"uniform\".")
        }
        return (
            sequences, "\(data.episodes.count) episodes, and \(copies?.count ?? 0) copies with better labels"
        )
    }

    /// The episodes of at most a limit's cost, each labelled with exactly that, drawn all alike.
    ///
    /// - Throws: `OptionIssue` when there is none, or when another cost is asked for than all were labelled with.
    private func boundarySequences(
        of data: TransitionDataset, _ constants: CDTTask?, limit: Float
    ) throws -> (EpisodeSequences, String) {
        let sequences = EpisodeSequences(data, returnScale: returnScale, sampling: .uniform, boundary: limit)
        guard sequences.canBeDrawn else {
            let least = sequences.outcomes.map(\.cost).min() ?? 0
            throw OptionIssue(
                "costToGo",
                "no episode costs at most \(limit), the cheapest \(least). Raise costToGo.limit, or write \"recorded\"."
            )
        }
        try checkBoundary(target(constants))
        return (
            sequences,
            "\(sequences.sequences.count) of \(data.episodes.count) episodes cost at most \(limit), and are labelled with that"
        )
    }

    /// Refuses a target that no context was labelled with.
    ///
    /// - Throws: `OptionIssue`.
    func checkBoundary(_ target: CDTTask.Target) throws {
        guard case .boundary(let own) = costToGo, own.limit != target.cost else { return }
        throw OptionIssue(
            "target",
            "asks for a cost of \(target.cost), and every episode is labelled with costToGo.limit, \(own.limit). "
                + "Ask for that cost, or train with another costToGo.limit.")
    }

    /// How episodes are relabelled, if they are.
    private func relabelling(_ constants: CDTTask?) throws -> EpisodeRelabelling? {
        let own: CDT.Relabelling.Labels, pairing: EpisodeRelabelling.Pairing
        switch relabelling {
        case .none: return nil
        case .published(let labels): (own, pairing) = (labels, .published)
        case .corrected(let labels): (own, pairing) = (labels, .corrected)
        }
        let degree = own.degree >= 0 ? own.degree : constants?.degree
        let most = own.maxReward > 0 ? own.maxReward : constants?.maxReward
        let decrease = own.maxRewardDecrease >= 0 ? own.maxRewardDecrease : constants?.maxRewardDecrease
        guard let degree, let most, let decrease else {
            throw OptionIssue(
                "relabelling",
                "needs a task's degree, maxReward and maxRewardDecrease, and the data are of none that is known. "
                    + "Name it as cdt.task, state the three, or write \"none\".")
        }
        var result = EpisodeRelabelling(maxReward: most, maxRewardDecrease: decrease)
        (result.share, result.degree, result.minReward) = (own.share, degree, own.minReward)
        (result.beta, result.pairing) = (own.beta, pairing)
        return result
    }

    /// What a policy is asked for, where contexts were labelled with it.
    ///
    /// - Throws: `OptionIssue` as `target`, and for a cost that none was labelled with.
    func checkedTarget(_ constants: CDTTask?) throws -> CDTTask.Target {
        let target = try target(constants)
        try checkBoundary(target)
        return target
    }

    /// What a policy is asked for.
    ///
    /// - Throws: `OptionIssue` when a task's targets are meant and none is known.
    func target(_ constants: CDTTask?) throws -> CDTTask.Target {
        switch target {
        case .stated(let own): return CDTTask.Target(reward: own.reward, cost: own.cost)
        case .task(let own):
            guard let constants else {
                throw OptionIssue(
                    "target",
                    "\"task\" needs a task, and the data are of none that is known. Name it as cdt.task, or state a "
                        + "target: {\"kind\": \"stated\", \"reward\": R, \"cost\": C}.")
            }
            return constants.targets[own.limit - 1]
        }
    }
}
