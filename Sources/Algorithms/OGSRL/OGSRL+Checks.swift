import Dynamics
import SafeRL

extension OGSRL {
    // MARK: What does not fit is refused at the start

    /// Most numbers that choices are spread out into: 2 GB of them.
    private static let mostIndicators = 1 << 28

    /// Checks the data against what every part asks of them.
    static func check(_ options: Configuration, _ data: TransitionDataset) throws {
        guard data.transforms.observationMean == nil else {
            throw OptionIssue(
                "inputs",
                "every part scales observations itself. Write \"data.normalizeObservations\": false.")
        }
        guard let choices = data.actionChoices else { return }
        if options.history > 0 {
            throw OptionIssue(
                "history",
                "remembers actions of real numbers, and the data's are one of \(choices) choices. Write 0.")
        }
        if options.actions == .gaussian {
            throw OptionIssue(
                "actions",
                "\"gaussian\" draws real numbers, but the data's actions are one of \(choices) choices. "
                    + "Write \"finite\".")
        }
        if data.count > mostIndicators / choices {
            throw OptionIssue(
                "model",
                "\(data.count) transitions with \(choices) choices are too many: their models need a number for each "
                    + "pair, \(mostIndicators) at most. Record fewer transitions, or write \"algorithm\": \"bc\"."
            )
        }
    }

    /// Refuses more recorded actions than a guardian can be asked about in every state.
    static func check(_ form: PolicySpaces) throws {
        guard let records = form.records, records.count > ProposalMask.mostChoices else { return }
        throw OptionIssue(
            "proposals",
            "\"masked\" asks the guardian about every recorded action in every state, and \(records.count) are too "
                + "many. Write \"any\", or \"actions\": \"gaussian\".")
    }

    /// The budgets, each of a cost that the data have.
    static func constraints(_ options: Configuration, _ data: ModelData) throws -> [CostConstraint] {
        let channels = data.costs.map(\.name) + (options.guardian == .none ? [] : [outOfSupportChannel])
        return try options.budgets.sorted { $0.key < $1.key }.map { name, budget in
            guard channels.contains(name) else {
                throw OptionIssue(
                    "budgets",
                    "\(quoted(name)) is no cost of the data, which has \(channels.map(quoted).joined(separator: ", "))."
                )
            }
            let sum = options.discountsCosts ? CostSum.discounted(options.discount) : .undiscounted
            return try CostConstraint(name, budget: budget, sum: sum)
        }
    }

    /// The budgets; of evaluations, whose costs are not discounted, where those of the budgets are not.
    public static func metricLimits(_ options: Configuration) -> [String: Double] {
        var limits: [String: Double] = [:]
        for (name, budget) in options.budgets {
            limits["cost_\(name)"] = budget
            if !options.discountsCosts || options.discount == 1 { limits["cost_mean.\(name)"] = budget }
        }
        return limits
    }

    /// None where episodes are kept apart.
    public static func improvementObstacle(_ configuration: Configuration) -> OptionIssue? {
        guard configuration.testShare == 0 else { return nil }
        if configuration.actions == .gaussian {
            return OptionIssue(
                "ogsrl.actions",
                "improvement is tested by probabilities of recorded actions, and a Gaussian has none. Train without "
                    + "--require-improvement, and judge the policy where it acts with \"saferl certify\".")
        }
        return OptionIssue(
            "ogsrl.testShare",
            "no episodes are kept apart to test improvement on, which --require-improvement asks for. Start a run with "
                + "--set ogsrl.testShare=0.4.")
    }

    /// Allowed: only the last stage, the policy's, gets longer, and its steps are all alike.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }
}
