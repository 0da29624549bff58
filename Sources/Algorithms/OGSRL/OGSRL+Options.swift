import Dynamics
import SafeRL

extension OGSRL.Configuration {
    /// The keys of `ogsrl`.
    public static var options: [Option] { guardians + models + improvement }

    private static let count = Option.Domain.integer(minimum: 1, maximum: 100_000_000)
    private static let share = Option.Domain.number(
        minimum: 0, maximum: 1, excludingMinimum: true, excludingMaximum: true)
    private static let shareOrNone = Option.Domain.number(minimum: 0, maximum: 1, excludingMaximum: true)
    private static let positive = Option.Domain.number(minimum: 0, maximum: 1e6, excludingMinimum: true)
    private static let unit = Option.Domain.number(minimum: 0, maximum: 1)

    private static var guardians: [Option] {
        [
            Option(
                "guardian", .words(of: OGSRL.Guardian.self),
                "Who judges whether (s, a) lies where the data is."),
            Option(
                "outsideShare", share,
                "Share of recorded pairs that the guardian calls outside (alpha; alpha_c of psos)."),
            Option(
                "calibrationShare", shareOrNone,
                "Share of the episodes that sets a conformal threshold and certifies it; 0 takes a quantile of all pairs."
            ),
            Option("bandwidth", positive, "Width of the kernel in scaled units; guardian kde (sigma)."),
            Option(
                "degree", .integer(minimum: 1, maximum: 8),
                "Degree of the monomials; guardians psos, christoffel (d)."
            ),
            Option("neighbours", count, "Which nearest recorded pair counts; guardian neighbours (k)."),
            Option("visits", count, "Recorded visits from which on a pair is inside; guardian count."),
            Option(
                "guardianUpdates", count,
                "Updates that the fit of psos may take, of schedule.steps; other guardians take 1."),
        ]
    }

    private static var models: [Option] {
        [
            Option(
                "history", .integer(minimum: 0, maximum: 100),
                "Earlier observations and actions that are part of the state, for guardian, model and policy (k)."
            ),
            Option("model", .words(of: OGSRL.Model.self), "How the environment is modelled."),
            Option("modelNeighbours", count, "Recorded pairs that a successor is drawn from; model nearest."),
            Option(
                "modelUpdates", count,
                "Updates that the ensemble may take before early stopping, of schedule.steps; other models take 1."
            ),
            Option(
                "heldOutShare", share, "Share of the episodes that early stopping looks at; model ensemble."),
            Option("members", .integer(minimum: 1, maximum: 100), "Networks trained; model ensemble."),
            Option("elites", .integer(minimum: 1, maximum: 100), "Networks that predict; model ensemble."),
            Option("modelWidths", .sizes, "Hidden widths of a member; model ensemble."),
            Option("mode", .words(of: OGSRL.Mode.self), "What happens in the model outside the data."),
            Option(
                "penalty", .number(minimum: -1e9, maximum: 0),
                "Reward outside; modes absorbing-penalty (every step) and terminate (once)."),
            Option(
                "budgets", .named(minimum: 0, maximum: 1e9),
                "Largest expected sum of an episode for each named cost; out-of-support is the guardian's."),
            Option(
                "discountsCosts", .boolean,
                "Whether budgets are of discounted sums; else of plain sums to the horizon."),
            Option(
                "budgetsPer", .words(of: OGSRL.BudgetSpan.self),
                "What budgets of plain sums are for: an episode in the model, or a recorded one, in proportion to the steps."
            ),
            Option(
                "starts", .words(of: OGSRL.Starts.self),
                "Where episodes in the model start: where recorded ones did, in any recorded state, or in any of the episodes within the budgets."
            ),
        ]
    }

    private static var improvement: [Option] {
        [
            Option("optimiser", .words(of: OGSRL.Optimiser.self), "What improves the policy."),
            Option(
                "actions", .words(of: OGSRL.Actions.self),
                "The distinct recorded actions, or a Gaussian over all."
            ),
            Option(
                "inputs", .words(of: OGSRL.Inputs.self),
                "What the policy sees: observations, or their number in a table."),
            Option(
                "proposals", .words(of: OGSRL.Proposals.self),
                "Whether a policy over recorded actions proposes only what the guardian calls inside, or any."
            ),
            Option(
                "warmStart", .words(of: OGSRL.WarmStart.self),
                "What the policy starts from: a clone of the recorded behaviour, or nothing."),
            Option(
                "cloningUpdates", count,
                "Updates that cloning takes, of schedule.steps; in a table 1; warmStart cloning."),
            Option("widths", .sizes, "Hidden widths of policy (inputs features) and value networks."),
            Option(
                "advantages", .words(of: OGSRL.Advantages.self),
                "Whether gradients are of roll-outs, or of expectations in the counted model."),
            Option("rollouts", count, "Episodes in the model for one update."),
            Option("horizon", count, "Steps after which an episode in the model is truncated (H)."),
            Option("discount", unit, "Discount of rewards (gamma)."),
            Option("trace", unit, "Trace of the advantages (lambda)."),
            Option("divergence", positive, "Largest KL divergence of one update (delta)."),
            Option(
                "damping", .number(minimum: 0, maximum: 1e6), "Added to the diagonal of the Fisher matrix."),
            Option(
                "valueRate", .number(minimum: 0, maximum: 1, excludingMinimum: true),
                "Adam's step size of values."),
            Option(
                "shrinkage", .number(minimum: 0, maximum: 1e9, excludingMinimum: true),
                "Pseudo-records that draw a pair's law towards its state's (m); optimisers exact, spibb, advantages exact."
            ),
            Option(
                "leastRecords", count,
                "Records below which a pair keeps the behaviour's probability (N_wedge); optimiser spibb."),
            Option("reportRollouts", count, "Fresh episodes in the model for the final report."),
            Option(
                "confidence", share,
                "Confidence of the certificates in the report, and of each margin of optimisers exact, spibb, advantages exact."
            ),
            Option(
                "testShare", shareOrNone,
                "Share of the episodes kept apart to test whether the policy returns more than what it learned from."
            ),
            Option(
                "samples", .boolean,
                "Whether the policy draws its actions; else the most probable one is taken."),
        ]
    }
}
