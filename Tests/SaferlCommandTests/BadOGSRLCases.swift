import Foundation
import SaferlCommand

// Data, budgets and guardians that OGSRL cannot work with.
extension BadInput {
    /// A small run of OGSRL on `tiny.hdf5`.
    static let cohort = """
        {"algorithm": "ogsrl", "data": {"file": "tiny.hdf5"}, "schedule": {"steps": 5, "log": 1, "checkpoint": 1},
         "ogsrl": {"guardian": "count", "mode": "terminate", "widths": [4], "horizon": 3, "reportRollouts": 2,
                   "optimiser": {"advantages": {"rollouts": 2}}}}
        """

    /// What `train` refuses of a cohort; overrides are of `ogsrl`.
    fileprivate static func cohort(
        _ name: String, _ overrides: [String] = [], _ message: String, _ status: CommandStatus,
        _ change: (inout HDF5Columns) -> Void = { _ in }
    ) -> BadInput {
        BadInput(
            name: name,
            arguments: ["train", "my.json", "--quiet", "--run", "run"]
                + overrides.flatMap { ["--set", "ogsrl." + $0] },
            files: ["my.json": Array(cohort.utf8), "tiny.hdf5": HDF5Columns().with(change).bytes],
            message: message, status: status.rawValue)
    }

    /// All steps of one episode.
    private static func makeOneEpisode(_ columns: inout HDF5Columns) {
        columns.terminals = (0..<60).map { $0 == 59 ? 1 : 0 }
        columns.timeouts = [UInt8](repeating: 0, count: 60)
    }

    /// Refused before the run begins.
    static let ogsrl: [BadInput] = [
        cohort(
            "negative costs for OGSRL", [],
            "tiny.hdf5: column \"costs\", row 7: -1.0 is negative. A cost counts harm, at least 0; signed constraints "
                + "belong in \"constraint_values\".", .badData
        ) { $0.costs[7] = -1 },
        cohort(
            "budget without a cost column", [#"budgets={"lactate": 1}"#],
            #"--set ogsrl.budgets={"lactate": 1}: "lactate" is no cost of the data, which has "cost", "out-of-support"."#,
            .configuration),
        cohort(
            "budget of a guardian that is not there",
            [#"guardian="none""#, #"budgets={"out-of-support": 1}"#],
            #"--set ogsrl.budgets={"out-of-support": 1}: "out-of-support" needs a guardian, but "guardian" is "none"."#,
            .configuration),
        cohort(
            "negative budget", [#"budgets={"cost": -1}"#],
            #"--set ogsrl.budgets={"cost": -1}: must be an object of names with numbers in [0, 1000000000], such as "#
                + #"{"speed": 0}. The default is {}."#, .configuration),
        cohort(
            "one episode to fit on and to calibrate with",
            [#"guardian="kde""#, "guardian.calibrationShare=0.5"],
            "guardian: one episode cannot be both fitted on and held out. Give at least two episodes.",
            .badData, makeOneEpisode),
        cohort(
            "one episode to train an ensemble and to stop it", [#"model="ensemble""#],
            "model data: 1 episodes cannot be split into 2 parts. Give more episodes or fewer parts.",
            .badData, makeOneEpisode),
        cohort(
            "keys of another guardian and of another model, as they were called", ["degree=4", "members=9"],
            #"--set ogsrl.degree=4: without effect, because ogsrl.guardian is "count"; "psos" and "christoffel" have "#
                + "it. Remove it, or write --set ogsrl.guardian=psos.", .configuration),
        cohort(
            "key of another model", ["model=tabular", "model.members=9"],
            #"--set ogsrl.model.members=9: without effect, because ogsrl.model is "tabular"; "ensemble" has it. "#
                + "Remove it, or write --set ogsrl.model=ensemble.", .configuration),
        cohort(
            "key of another optimiser, as it was called", ["leastRecords=5"],
            #"--set ogsrl.leastRecords=5: without effect, because ogsrl.optimiser is "cpo"; "spibb" has it. "#
                + "Remove it, or write --set ogsrl.optimiser=spibb.", .configuration),
        cohort(
            "key of other advantages", ["optimiser.advantages.shrinkage=5"],
            "--set ogsrl.optimiser.advantages.shrinkage=5: without effect, because ogsrl.optimiser.advantages is "
                + #""sampled"; "exact" has it. Remove it, or write --set ogsrl.optimiser.advantages=exact."#,
            .configuration),
        cohort(
            "proposals without a guardian", ["guardian=none", "proposals=any"],
            #"--set ogsrl.proposals=any: without effect, because ogsrl.guardian is "none". Remove it, or write --set "#
                + "ogsrl.guardian=kde.", .configuration),
        cohort(
            "planner without a table", [#"optimiser="exact""#],
            #"--set ogsrl.optimiser="exact": "exact" plans in a table. Write "model": "tabular", "inputs": "table", "#
                + #""actions": "finite"."#, .configuration),
    ]

    private static let new = " This run cannot go on: start a new one."

    /// Found by a fit, when the run has begun.
    static let fits: [BadInput] = [
        cohort(
            "threshold that rejects everything", ["guardian.visits=2"],
            "guardian: the threshold -2.0 calls every training point outside. Lower visits." + new,
            .configuration),
        cohort(
            "more monomials than points", [#"guardian="christoffel""#, "guardian.degree=6"],
            "guardian: degree 6 makes 210 monomials, 60 points kept. Lower the degree or give more points."
                + new,
            .configuration),
        cohort(
            "features that do not vary", [#"guardian="psos""#],
            "guardian: every feature is constant on the training points. Give features that vary." + new,
            .badData
        ) { columns in
            columns.observations = [Float](repeating: 0.5, count: 180)
            columns.actions = [Float](repeating: 0.5, count: 60)
        },
        cohort(
            "too few episodes for a conformal threshold",
            [#"guardian="kde""#, "guardian.calibrationShare=0.5"],
            "guardian: 3 held-out episodes cannot calibrate a false-alarm rate of 0.05. Hold out at least 19."
                + new,
            .configuration),
    ]
}
